using System.Globalization;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class CallbackPayloadTests
{
    public static TheoryData<string> Files() => [.. Calls.Payloads()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Payload_is_read_as_the_table_says(string file)
    {
        var rows = Corpus.Read("callback-payloads.tsv").Where(r => r[0] == file).ToList();
        var result = Calls.Read(Calls.ProviderOf(file), Calls.Post(Calls.Payload(file)), new CallbackSecret("user:password"));

        rows.ShouldNotBeEmpty("no row in callback-payloads.tsv");
        result.Events.Count.ShouldBe(rows.Count(r => r[1] != "-"), result.Refusal);
        foreach (var row in rows.Where(r => r[1] != "-"))
        {
            var read = result.Events[int.Parse(row[1], CultureInfo.InvariantCulture)];
            foreach (var expectation in row.Skip(2).Select(c => c.Split('=', 2)))
                Field(read, expectation[0]).ShouldBe(expectation[1], $"{expectation[0]} of event {row[1]}");
        }
    }

    [Fact]
    public void Every_row_has_its_file() =>
        Corpus.Read("callback-payloads.tsv").Select(r => r[0]).Distinct().Except(Calls.Payloads()).ShouldBeEmpty();

    [Fact]
    public void Every_provider_has_payloads() =>
        Calls.Payloads().Select(Calls.ProviderOf).Distinct().Order(StringComparer.Ordinal).ShouldBe(CallbackReader.Providers);

    [Theory]
    [MemberData(nameof(Files))]
    public void Same_call_twice_has_the_same_keys(string file)
    {
        var first = Calls.Read(Calls.ProviderOf(file), Calls.Post(Calls.Payload(file))).Events.Select(e => e.ProviderEventId).ToList();
        var second = Calls.Read(Calls.ProviderOf(file), Calls.Post(Calls.Payload(file))).Events.Select(e => e.ProviderEventId).ToList();

        second.ShouldBe(first);
        first.ShouldBeUnique();
    }

    [Fact]
    public void Key_of_an_event_without_id_ignores_the_order_of_its_fields()
    {
        var one = Calls.ReadBody("mailjet", """{"event":"open","time":1753430400,"email":"a@exemple.fr"}""").Events.Single();
        var other = Calls.ReadBody("mailjet", """ { "email":"a@exemple.fr", "time":1753430400, "event":"open" } """).Events.Single();
        var later = Calls.ReadBody("mailjet", """{"event":"open","time":1753430401,"email":"a@exemple.fr"}""").Events.Single();

        other.ProviderEventId.ShouldBe(one.ProviderEventId);
        later.ProviderEventId.ShouldNotBe(one.ProviderEventId);
        one.ProviderEventId.Length.ShouldBe(64);
    }

    [Fact]
    public void Unknown_provider_has_no_reader() => CallbackReader.For("pigeon").ShouldBeNull();

    [Fact]
    public void Name_of_a_provider_may_be_written_in_capitals() => CallbackReader.For("SendGrid")!.Provider.ShouldBe("sendgrid");

    [Fact]
    public void Every_kind_has_a_word_of_its_own() => Enum.GetValues<CallbackEventKind>().Select(k => k.ToWord()).ShouldBeUnique();

    [Fact]
    public void Template_hint_explains_63016()
    {
        var failed = Calls.ReadBody("twilio", "MessageSid=SM1&MessageStatus=failed&ErrorCode=63016&To=%2B33612345678").Events.Single();

        failed.Event.ShouldBe(CallbackEventKind.Rejected);
        failed.Reason!.ShouldContain("template");
    }

    [Fact]
    public void Inbound_message_keeps_all_fields()
    {
        var received = Calls
            .ReadBody("twilio", "MessageSid=SM1&SmsStatus=received&From=%2B33612345678&To=36000&Body=STOP&OptOutType=STOP&New=x")
            .Events.Single();

        received.Inbound!.Fields["OptOutType"].ShouldBe("STOP");
        received.Inbound.Fields["New"].ShouldBe("x");
        received.Inbound.To.ShouldBe("36000");
    }

    private static string? Field(CallbackEvent read, string name) =>
        name switch
        {
            "event" => read.Event.ToWord(),
            "name" => read.Name,
            "recipient" => read.Recipient,
            "channel" => read.Channel,
            "time" => read.Timestamp?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
            "id" => read.MessageId,
            "key" => read.ProviderEventId,
            "reason" => read.Reason,
            "code" => read.Code,
            "status" => read.Status,
            "url" => read.Url,
            "ua" => read.UserAgent,
            "ip" => read.Ip,
            "auto" => read.Automatic.ToString(),
            "transient" => read.Transient.ToString(),
            "listing" => read.Listing.ToString(),
            "tags" => string.Join(',', read.Tags),
            "text" => read.Inbound?.Text,
            "media" => string.Join(',', read.Inbound!.Media.Select(m => $"{m.Url} {m.ContentType}")),
            _ when name.StartsWith("meta.", StringComparison.Ordinal) => read.Metadata.GetValueOrDefault(name[5..]),
            _ => throw new InvalidOperationException($"The table asks for '{name}'."),
        };
}
