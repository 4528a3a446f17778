using System.Diagnostics;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Delivery;

public sealed class DeliveryJournalTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 3, 3, 9, 0, 0, 123, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Records_come_back_as_they_were_written()
    {
        var answer = new SendResult
        {
            Outcome = AttemptOutcome.Rejected,
            Blame = Blame.Message,
            Phase = SendPhase.Rcpt,
            Code = 550,
            Enhanced = "5.1.1",
            ProviderId = "id-é-1",
            Text = "boîte inconnue 😀 " + new string('x', 900),
        };
        using (var journal = DeliveryJournal.Open(_directory.Path))
        {
            Send(journal, 7, answer);
            Send(journal, 8, new SendResult { Outcome = AttemptOutcome.Accepted, Text = "" });
            Start(journal, 9);
        }
        var read = DeliveryJournal.ReadAll(_directory.Path);
        read.MachineRestarted.ShouldBeFalse();
        read.Started.Keys.Select(k => k.Item1.Value).Order().ShouldBe([7, 8, 9]);
        read.Answered.Count.ShouldBe(2);
        var back = read.Answered[(new DeliveryId(7), 3)];
        back.Result.ShouldBe(answer);
        (back.Content.Value, back.StartedAt, back.DurationMs).ShouldBe((21, At, 45));
        read.Answered[(new DeliveryId(8), 3)].Result.ShouldBe(new SendResult { Outcome = AttemptOutcome.Accepted, Text = "" });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(5000)]
    public void Words_of_any_length_and_kind_leave_a_readable_record(int length)
    {
        var hostile = new string('ÿ', length) + "😀"[..1] + "\0\r\n";
        using (var journal = DeliveryJournal.Open(_directory.Path))
        {
            Send(
                journal,
                1,
                new SendResult
                {
                    Outcome = AttemptOutcome.Deferred,
                    Text = hostile,
                    ProviderId = hostile,
                    Enhanced = hostile,
                }
            );
            Send(journal, 2, new SendResult { Outcome = AttemptOutcome.Accepted, Text = "ok" });
        }
        var read = DeliveryJournal.ReadAll(_directory.Path);
        read.Answered.Count.ShouldBe(2);
        read.Answered[(new DeliveryId(1), 3)].Result!.Outcome.ShouldBe(AttemptOutcome.Deferred);
    }

    [Fact]
    public void Journal_cut_at_any_byte_gives_every_record_before_the_cut_and_no_other()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
        {
            Send(journal, 1, new SendResult { Outcome = AttemptOutcome.Accepted, Text = new string('a', 100) });
            Send(journal, 2, new SendResult { Outcome = AttemptOutcome.Accepted, Text = new string('b', 300) });
        }
        var file = Directory.GetFiles(_directory.Path).Single();
        var whole = File.ReadAllBytes(file);
        var (starts, answers) = (0, 0);
        for (var length = 64; length <= whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            var read = DeliveryJournal.ReadAll(_directory.Path);
            read.Started.Count.ShouldBeGreaterThanOrEqualTo(starts);
            read.Answered.Count.ShouldBeGreaterThanOrEqualTo(answers);
            (starts, answers) = (read.Started.Count, read.Answered.Count);
            answers.ShouldBeLessThanOrEqualTo(starts);
        }
        (starts, answers).ShouldBe((2, 2));
    }

    [Fact]
    public void Damaged_byte_loses_its_record_and_no_other()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
            for (var i = 1; i <= 4; i++)
                Send(journal, i, new SendResult { Outcome = AttemptOutcome.Accepted, Text = new string('a', 200) });
        var file = Directory.GetFiles(_directory.Path).Single();
        var whole = File.ReadAllBytes(file);
        for (var at = 64; at < whole.Length; at += 7)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x55;
            File.WriteAllBytes(file, damaged);
            var read = DeliveryJournal.ReadAll(_directory.Path);
            (read.Started.Count + read.Answered.Count).ShouldBe(7);
        }
    }

    [Fact]
    public void Hole_left_by_a_writer_that_died_is_stepped_over()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
            for (var i = 1; i <= 3; i++)
                Start(journal, i);
        var file = Directory.GetFiles(_directory.Path).Single();
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(128, 64).Clear();
        File.WriteAllBytes(file, bytes);
        DeliveryJournal.ReadAll(_directory.Path).Started.Keys.Select(k => k.Item1.Value).Order().ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(w =>
                        Task.Run(() =>
                        {
                            for (var i = 0; i < 2000; i++)
                                Send(
                                    journal,
                                    w * 10_000 + i,
                                    new SendResult { Outcome = AttemptOutcome.Accepted, Text = new string('t', i % 400) }
                                );
                        })
                    )
            );
        var read = DeliveryJournal.ReadAll(_directory.Path);
        (read.Started.Count, read.Answered.Count).ShouldBe((16_000, 16_000));
    }

    [Fact]
    public async Task Full_segments_are_removed_once_nothing_of_them_is_needed_and_not_before()
    {
        using var journal = DeliveryJournal.Open(_directory.Path);
        var kept = Send(journal, 1, new SendResult { Outcome = AttemptOutcome.Accepted, Text = "kept" });
        // About 75 MB: several segments, from several writers.
        await Task.WhenAll(
            Enumerable
                .Range(1, 4)
                .Select(w =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 16_000; i++)
                            journal.Forget(
                                Send(
                                    journal,
                                    w * 100_000 + i,
                                    new SendResult { Outcome = AttemptOutcome.Accepted, Text = new string('t', 900) }
                                )
                            );
                    })
                )
        );
        Directory.GetFiles(_directory.Path).Length.ShouldBe(2);
        DeliveryJournal.ReadAll(_directory.Path).Answered.ContainsKey((new DeliveryId(1), 3)).ShouldBeTrue();
        journal.Forget(kept);
        Directory.GetFiles(_directory.Path).Length.ShouldBe(1);
    }

    [Fact]
    public void Start_after_a_crash_leaves_older_segments_alone()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
            Start(journal, 1);
        using (var journal = DeliveryJournal.Open(_directory.Path))
            Start(journal, 2);
        DeliveryJournal.ReadAll(_directory.Path).Started.Count.ShouldBe(2);
    }

    [Fact]
    public void Restart_of_the_machine_is_noticed()
    {
        using (var journal = DeliveryJournal.Open(_directory.Path))
            Start(journal, 1);
        var file = Directory.GetFiles(_directory.Path).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[9] ^= 1;
        File.WriteAllBytes(file, bytes);
        DeliveryJournal.ReadAll(_directory.Path).MachineRestarted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(64)]
    public void Head_that_a_power_cut_took_counts_as_a_restart(int length)
    {
        File.WriteAllBytes(Path.Combine(_directory.Path, "00000001.journal"), new byte[length]);
        DeliveryJournal.ReadAll(_directory.Path).MachineRestarted.ShouldBeTrue();
    }

    [Fact]
    public async Task Full_disk_stops_starts_and_is_noticed_when_it_is_over()
    {
        // A real file system of 1 MB; where the test may not mount one, there is nothing to see.
        var mount = Path.Combine(_directory.Path, "small");
        Directory.CreateDirectory(mount);
        if (await RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "none", mount) != 0)
            Assert.Skip("This test mounts a small file system and may not do so here.");
        try
        {
            using var journal = DeliveryJournal.Open(mount);
            var filler = Path.Combine(mount, "filler");
            await File.WriteAllBytesAsync(filler, new byte[900_000], TestContext.Current.CancellationToken);
            var written = 0;
            while (journal.TryStart(Key(++written), At, out _))
                written.ShouldBeLessThan(20_000);
            journal.IsHealthy.ShouldBeFalse();
            journal.Probe().ShouldBeFalse();
            journal.Probe().ShouldBeFalse();
            File.Delete(filler);
            journal.Probe().ShouldBeTrue();
            journal.IsHealthy.ShouldBeTrue();
            journal.TryStart(Key(50_000), At, out _).ShouldBeTrue();
            var read = DeliveryJournal.ReadAll(mount);
            read.Started.Count.ShouldBe(written);
            read.Started.ContainsKey((new DeliveryId(50_000), 3)).ShouldBeTrue();
        }
        finally
        {
            (await RunAsync("umount", mount)).ShouldBe(0);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false }
        )!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static JournalKey Key(long delivery) => new(new DeliveryId(delivery), 3, new LaneId(11), 5, new ContentId(21));

    private static DeliveryJournal.Entry Start(DeliveryJournal journal, long delivery)
    {
        journal.TryStart(Key(delivery), At, out var entry).ShouldBeTrue();
        return entry;
    }

    private static DeliveryJournal.Entry Send(DeliveryJournal journal, long delivery, SendResult result) =>
        journal.Answer(Start(journal, delivery), Key(delivery), At, 45, result);
}
