using System.Net;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;
using Estafette.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Estafette.Tests.Tracking;

public sealed class EventJournalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private DataOptions Data => new() { Directory = _directory.Path };

    private EventJournal Open() => new(Data, new FakeTimeProvider(), NullLogger<EventJournal>.Instance);

    private JournalReader Reader(EventJournal journal) => new(Data, journal, NullLogger<JournalReader>.Instance);

    private static JournalEvent Event(long n) =>
        new(TokenPurpose.Click, MachineSign.None, 1_700_000_000_000 + n, n, 7, 3, IPAddress.Parse("2001:db8::1"), $"agent {n} é");

    private static async Task<List<JournalEvent>> AllAsync(JournalReader reader)
    {
        var all = new List<JournalEvent>();
        JournalPosition at = default;
        while (true)
        {
            var (events, next) = await reader.ReadAsync(at, 100, CancellationToken.None);
            if (events.Count == 0)
                return all;
            all.AddRange(events);
            at = next;
        }
    }

    [Fact]
    public async Task Events_of_many_requests_at_once_are_all_read_back()
    {
        await using var journal = Open();
        var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(() => AppendManyAsync(w * 1000))));
        kept.Sum().ShouldBe(8000);
        var reader = Reader(journal);
        await journal.WhenDurableAsync(CancellationToken.None);
        (await AllAsync(reader)).OrderBy(e => e.Subject).ShouldBe(Enumerable.Range(0, 8000).Select(n => Event(n)));

        async Task<int> AppendManyAsync(int from)
        {
            var count = 0;
            for (var i = 0; i < 1000; i++)
                if (await journal.AppendAsync(Event(from + i)))
                    count++;
            return count;
        }
    }

    [Fact]
    public async Task Burst_larger_than_the_buffer_waits_and_loses_nothing()
    {
        await using var journal = Open();
        var agent = new string('x', 300);
        var all = await Task.WhenAll(
            Enumerable.Range(0, 20_000).Select(n => journal.AppendAsync(Event(n) with { UserAgent = agent }).AsTask())
        );
        all.ShouldAllBe(kept => kept);
        var reader = Reader(journal);
        await journal.WhenDurableAsync(CancellationToken.None);
        var read = await AllAsync(reader);
        read.Count.ShouldBe(20_000);
        read[0].UserAgent!.Length.ShouldBe(JournalEvent.MaxUserAgent);
    }

    [Fact]
    public async Task Restart_goes_on_in_a_new_segment_and_both_are_read_in_order()
    {
        await using (var first = Open())
            await first.AppendAsync(Event(1));
        await using var second = Open();
        await second.AppendAsync(Event(2));
        await second.WhenDurableAsync(CancellationToken.None);
        (await AllAsync(Reader(second))).Select(e => e.Subject).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public async Task Damaged_record_ends_its_segment_and_spares_the_next(int fromEnd)
    {
        await using (var first = Open())
        {
            await first.AppendAsync(Event(1));
            await first.AppendAsync(Event(2));
        }
        var file = Directory.GetFiles(Path.Combine(_directory.Path, "journal"), "*.ev1").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^fromEnd] ^= 0x10;
        await File.WriteAllBytesAsync(file, bytes);
        await using var second = Open();
        await second.AppendAsync(Event(3));
        await second.WhenDurableAsync(CancellationToken.None);
        (await AllAsync(Reader(second))).Select(e => e.Subject).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Disk_that_refuses_is_told_and_recovery_goes_on()
    {
        await File.WriteAllTextAsync(_directory.File("journal"), "in the way");
        await using var journal = Open();
        (await journal.AppendAsync(Event(1))).ShouldBeFalse();
        File.Delete(_directory.File("journal"));
        (await journal.AppendAsync(Event(2))).ShouldBeTrue();
        await journal.WhenDurableAsync(CancellationToken.None);
        (await AllAsync(Reader(journal))).Select(e => e.Subject).ShouldBe([2]);
    }

    [Fact]
    public async Task Closed_journal_refuses()
    {
        var journal = Open();
        await journal.AppendAsync(Event(1));
        await journal.DisposeAsync();
        (await journal.AppendAsync(Event(2))).ShouldBeFalse();
    }
}
