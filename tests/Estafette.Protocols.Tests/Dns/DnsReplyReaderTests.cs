using Estafette.Protocols.Dns;
using Estafette.Testing.Dns;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Dns;

public sealed class DnsReplyReaderTests
{
    private static readonly DnsQuestion Question = new("x.test", DnsRecordType.Mx);

    [Fact]
    public void Octets_of_any_kind_give_a_reading_and_no_exception() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<byte[]>(),
                tail =>
                    DnsReplyReader.Read(Head([.. tail]), 7, Question, out _)
                        is DnsReading.Read
                            or DnsReading.Malformed
                            or DnsReading.NotOurs
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Every_damage_of_a_good_answer_is_survived()
    {
        var good = Good();
        DnsReplyReader.Read(good, 7, Question, out var reply).ShouldBe(DnsReading.Read);
        reply!.Answers.Count.ShouldBe(6);
        for (var at = 0; at < good.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var damaged = (byte[])good.Clone();
                damaged[at] = (byte)value;
                DnsReplyReader.Read(damaged, 7, Question, out _);
            }
        }
    }

    [Fact]
    public void Every_cut_of_a_good_answer_is_noticed()
    {
        var good = Good();
        for (var length = 0; length < good.Length; length++)
            DnsReplyReader.Read(good.AsSpan(0, length), 7, Question, out _).ShouldNotBe(DnsReading.Read);
    }

    [Fact]
    public void Names_pointing_back_are_put_together()
    {
        // mx.x.test, its domain a pointer to the question at octet 12.
        var answer = Head([0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 7, 0, 10, 2, (byte)'m', (byte)'X', 0xC0, 12], answers: 1);
        DnsReplyReader.Read(answer, 7, Question, out var reply).ShouldBe(DnsReading.Read);
        reply!.Answers.ShouldHaveSingleItem().Record.ShouldBe(new DnsRecord("x.test", DnsRecordType.Mx, "mx.x.test", 10));
    }

    [Theory]
    [InlineData("a pointer to itself", new byte[] { 0xC0, 24 })]
    [InlineData("a pointer forwards", new byte[] { 0xC0, 26, 0 })]
    [InlineData("a circle", new byte[] { 1, 97, 0xC0, 24 })]
    [InlineData("a pointer beyond the end", new byte[] { 0xFF, 0xFF })]
    [InlineData("a label type nobody uses", new byte[] { 0x40, 0, 0 })]
    [InlineData("half a pointer", new byte[] { 0xC0 })]
    public void Name_is_refused_with(string what, byte[] name)
    {
        var answer = Head([.. name, 0, 15, 0, 1, 0, 0, 0, 60, 0, 3, 0, 10, 0], answers: 1);
        DnsReplyReader.Read(answer, 7, Question, out _).ShouldBe(DnsReading.Malformed, what);
    }

    [Fact]
    public void Name_that_grows_beyond_255_octets_by_pointers_is_refused()
    {
        var labels = Enumerable.Range(0, 4).SelectMany(_ => Enumerable.Repeat((byte)'a', 63).Prepend((byte)63)).ToArray();
        byte[] record = [.. labels, 0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 3, 0, 10, 0];
        DnsReplyReader.Read(Head(record, answers: 1), 7, Question, out _).ShouldBe(DnsReading.Malformed);
    }

    [Fact]
    public void Records_beyond_the_limit_are_left_out()
    {
        byte[] record = [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 3, 0, 10, 0];
        var answer = Head([.. Enumerable.Repeat(record, 2000).SelectMany(r => r)], answers: 2000);
        DnsReplyReader.Read(answer, 7, Question, out var reply).ShouldBe(DnsReading.Read);
        reply!.Answers.Count.ShouldBe(DnsReplyReader.MaxRecords);
    }

    [Theory]
    [InlineData(0, 1, 8, 0x81)]
    [InlineData(2, 0x01, 7, 0x81)]
    [InlineData(2, 0x90, 7, 0x81)]
    [InlineData(5, 2, 7, 0x81)]
    [InlineData(13, (byte)'y', 7, 0x81)]
    [InlineData(20, 1, 7, 0x81)]
    public void Message_that_is_no_answer_to_the_question_is_passed_over(int at, byte value, int id, byte flags)
    {
        var message = Head([]);
        message[2] = flags;
        message[1] = (byte)id;
        message[at] = value;
        DnsReplyReader.Read(message, 7, Question, out _).ShouldBe(DnsReading.NotOurs);
    }

    private static byte[] Good()
    {
        byte[][] records =
        [
            FakeDnsQuery.Record("x.test", DnsRecordType.Mx, "mx.x.test", 10),
            FakeDnsQuery.Record("x.test", DnsRecordType.Txt, "v=spf1 -all"),
            FakeDnsQuery.Record("x.test", DnsRecordType.A, "192.0.2.1"),
            FakeDnsQuery.Record("x.test", DnsRecordType.Aaaa, "2001:db8::1"),
            FakeDnsQuery.Record("x.test", DnsRecordType.Tlsa, "3 1 1 0011"),
            FakeDnsQuery.Soa("test"),
        ];
        return Head([.. records.SelectMany(r => r)], answers: 6);
    }

    private static byte[] Head(byte[] rest, int answers = 3) =>
        [0, 7, 0x81, 0x80, 0, 1, (byte)(answers >> 8), (byte)answers, 0, 0, 0, 0, .. Question.Wire.Span, .. rest];
}
