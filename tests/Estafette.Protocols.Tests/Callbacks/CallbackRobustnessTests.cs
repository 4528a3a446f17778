using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class CallbackRobustnessTests
{
    private const int Seed = 20250725;
    private const int ByteMutations = 40;
    private const int StructureMutations = 12;

    private static readonly CallbackSecret _secret = new("arn:aws:sns:eu-west-3:123456789012:lettres", "a:b")
    {
        SigningCertificate = _ => "-----BEGIN CERTIFICATE-----",
    };

    public static TheoryData<string> Files() => [.. Calls.Payloads()];

    public static TheoryData<string> JsonProviders() => [.. CallbackReader.Providers.Where(p => p != "twilio")];

    public static TheoryData<string> AllProviders() => [.. CallbackReader.Providers];

    [Theory]
    [MemberData(nameof(Files))]
    public void Changed_bytes_raise_no_exception(string file)
    {
        var random = new Random(Seed);
        for (var i = 0; i < ByteMutations; i++)
        {
            var bytes = Calls.Payload(file).ToList();
            for (var n = random.Next(1, 5); n > 0 && bytes.Count > 0; n--)
                MutateByte(bytes, random);
            MustAnswer(Calls.ProviderOf(file), [.. bytes]);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Changed_structure_raises_no_exception(string file)
    {
        if (!file.EndsWith(".json", StringComparison.Ordinal) || file.Contains("half-emoji", StringComparison.Ordinal))
            return;
        var random = new Random(Seed);
        for (var i = 0; i < StructureMutations; i++)
        {
            var root = JsonNode.Parse(Calls.Payload(file))!;
            var holder = new JsonObject { ["root"] = root };
            MutateNode(holder, random);
            var changed = Encoding.UTF8.GetBytes(holder["root"]?.ToJsonString() ?? "null");
            foreach (var provider in CallbackReader.Providers)
                MustAnswer(provider, changed);
        }
    }

    [Theory]
    [MemberData(nameof(JsonProviders))]
    public void What_is_no_event_is_refused_in_words(string provider)
    {
        string[] bodies =
        [
            "",
            " ",
            "{",
            "[",
            "[{]",
            "nul",
            "{} {}",
            "\"text\"",
            "12",
            "null",
            "true",
            "{}",
            "[1]",
            "[[]]",
            "[null]",
            "<xml/>",
            "a=b",
            "{\"event\":null}",
            "{\"event\":{}}",
            "{\"event-data\":{\"event\":[]}}",
        ];
        foreach (var body in bodies)
        {
            var result = Calls.ReadBody(provider, body);
            result.Events.ShouldBeEmpty(body);
            Authentic(provider, body)?.Refusal.ShouldNotBeNullOrWhiteSpace(body);
        }
    }

    [Theory]
    [MemberData(nameof(AllProviders))]
    public void Deep_nesting_is_refused(string provider)
    {
        foreach (var depth in new[] { JsonTree.MaxDepth + 1, 100_000 })
        {
            var result = Calls.Read(provider, Calls.Post(new string('[', depth), ("Content-Type", "application/json")));
            result.Refusal.ShouldNotBeNull();
            result.Events.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("brevo", """{"event":"open"}""")]
    [InlineData("sparkpost", """{"msys":{"x":{"type":"open"}}}""")]
    [InlineData("postmark", """{"RecordType":"Open"}""")]
    public void More_than_ten_thousand_events_are_refused_whole(string provider, string item)
    {
        var most = Authentic(provider, "[" + string.Join(',', Enumerable.Repeat(item, CallbackReader.MaxEvents)) + "]")!;
        var more = Authentic(provider, "[" + string.Join(',', Enumerable.Repeat(item, CallbackReader.MaxEvents + 1)) + "]")!;

        most.Events.Count.ShouldBe(CallbackReader.MaxEvents);
        most.Accepted.ShouldBeTrue(most.Refusal);
        more.Events.ShouldBeEmpty();
        more.Refusal.ShouldBe("The call holds more than 10000 events.");
    }

    [Fact]
    public void More_than_ten_thousand_recipients_are_refused()
    {
        var names = string.Join(',', Enumerable.Repeat("\"a@exemple.fr\"", CallbackReader.MaxEvents + 1));
        var result = Authentic("ses", $$$"""{"eventType":"Send","mail":{"destination":[{{{names}}}]}}""")!;

        result.Refusal!.ShouldContain("recipients");
        result.Events.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(AllProviders))]
    public void Body_over_ten_megabytes_is_refused_unread(string provider)
    {
        var result = Calls.Read(provider, Calls.Post(new byte[CallbackReader.MaxBodyBytes + 1]), _secret);

        result.Refusal!.ShouldContain("larger");
        CallbackReader.For(provider)!.CertificateUrl(Calls.Post(new byte[CallbackReader.MaxBodyBytes + 1])).ShouldBeNull();
    }

    [Fact]
    public void More_than_a_million_values_are_refused() =>
        Authentic("brevo", "[" + string.Join(',', Enumerable.Repeat("1", JsonTree.MaxValues + 1)) + "]")!.Refusal!.ShouldContain("values");

    [Fact]
    public void Long_name_of_an_event_is_cut()
    {
        var read = Calls.ReadBody("brevo", $$"""{"event":"{{new string('/', 1_000_000)}}"}""").Events.Single();

        read.Event.ShouldBe(CallbackEventKind.Ignored);
        read.Name.Length.ShouldBe(200);
    }

    [Fact]
    public void Zero_characters_never_come_through()
    {
        var read = Calls.ReadBody("brevo", """{"event":"open","email":"a\u0000b","tags":["\u0000"]}""").Events.Single();
        var form = Calls.ReadBody("twilio", "MessageSid=SM1&MessageStatus=received&Body=a%00b&x%00=%00").Events.Single();

        read.Recipient.ShouldBe("a\uFFFDb");
        read.Tags.ShouldBe(["\uFFFD"]);
        form.Inbound!.Text.ShouldBe("a\uFFFDb");
        form.Inbound.Fields.ContainsKey("x\uFFFD").ShouldBeTrue();
    }

    [Fact]
    public void Byte_order_mark_is_passed_over() =>
        Calls.Read("brevo", Calls.Post([0xEF, 0xBB, 0xBF, .. "{\"event\":\"open\"}"u8])).Events.Count.ShouldBe(1);

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused() =>
        Authentic("brevo", [.. "{\"event\":\"op"u8, 0xC3, .. "en\"}"u8])!.Refusal.ShouldBe("The body is not UTF-8.");

    [Fact]
    public void Numbers_as_text_and_text_as_numbers_read_alike()
    {
        var one = Calls.ReadBody("mailjet", """{"event":"open","time":1753430400,"MessageID":18446744073709551615}""").Events.Single();
        var other = Calls
            .ReadBody("mailjet", """{"event":"open","time":"1753430400","MessageID":"18446744073709551615"}""")
            .Events.Single();

        one.MessageId.ShouldBe("18446744073709551615");
        (other.MessageId, other.Timestamp).ShouldBe((one.MessageId, one.Timestamp));
    }

    [Fact]
    public void Of_a_repeated_property_the_last_counts() =>
        Calls.ReadBody("brevo", """{"event":"open","event":"click"}""").Events.Single().Event.ShouldBe(CallbackEventKind.Click);

    [Fact]
    public void Faulty_event_is_named_by_its_number() =>
        Authentic("brevo", """[{"event":"open"},{"email":"a@exemple.fr"}]""")!.Refusal.ShouldBe("Event 2 has no 'event'.");

    [Fact]
    public void Message_of_a_topic_that_is_broken_json_is_refused()
    {
        var result = Authentic("ses", """{"Type":"Notification","TopicArn":"arn:x","Message":"{\"eventType\":"}""")!;

        result.Refusal!.ShouldStartWith("The message of the topic cannot be read.");
        result.Events.ShouldBeEmpty();
    }

    [Fact]
    public void Long_embedded_text_is_kept_but_not_taken_apart()
    {
        var pairs = string.Concat(Enumerable.Repeat("a:1|", 200_000));
        var read = Calls.ReadBody("brevo", $$"""{"event":"open","X-Mailin-custom":"{{pairs}}"}""").Events.Single();

        read.Metadata["X-Mailin-custom"].Length.ShouldBe(pairs.Length);
        read.Metadata["a"].ShouldBe("1");
    }

    /// <summary>With the password where a provider takes one, so that only reading can fail; null for the others.</summary>
    private static CallbackResult? Authentic(string provider, string body) => Authentic(provider, Encoding.UTF8.GetBytes(body));

    private static CallbackResult? Authentic(string provider, byte[] body)
    {
        var result = Calls.Read(provider, Calls.Post(body, ("Authorization", "Basic YTpi")), new CallbackSecret("a:b"));
        return result.Authenticated ? result : null;
    }

    private static void MustAnswer(string provider, byte[] body)
    {
        (string, string)[] headers =
        [
            ("Authorization", "Basic YTpi"),
            ("X-Twilio-Signature", "AAAA"),
            ("X-Twilio-Email-Event-Webhook-Signature", "AAAA"),
            ("X-Twilio-Email-Event-Webhook-Timestamp", "1753430400"),
        ];
        foreach (var request in new[] { Calls.Post(body), Calls.Post(body, [.. headers, ("Content-Type", "application/json")]) })
        {
            var result = Calls.Read(provider, request, _secret);
            result.Events.ShouldNotBeNull();
            foreach (var read in result.Events)
                Encoding.UTF8.GetByteCount($"{read.ProviderEventId}{read.Name}{read.Recipient}{read.Reason}").ShouldBeGreaterThan(0);
            CallbackReader.For(provider)!.CertificateUrl(request);
        }
    }

    private static void MutateByte(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveAt(at);
                break;
            case 2:
                bytes.Insert(at, "{}[]\",:\\u0d8%&=\0"u8[random.Next(15)]);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(20, bytes.Count - at)));
                break;
        }
    }

    /// <summary>Walks down to some value and puts something else in its place.</summary>
    private static void MutateNode(JsonNode root, Random random)
    {
        var node = root;
        while (true)
        {
            var children = node switch
            {
                JsonObject fields => fields.Select(f => f.Key).Cast<object>().ToList(),
                JsonArray items => Enumerable.Range(0, items.Count).Cast<object>().ToList(),
                _ => [],
            };
            if (children.Count == 0)
                return;
            var chosen = children[random.Next(children.Count)];
            var child = chosen is string name ? node[name] : node[(int)chosen];
            if (child is JsonObject or JsonArray && random.Next(4) != 0)
            {
                node = child;
                continue;
            }
            var replacement = Replacement(child, random);
            if (chosen is string field)
                node[field] = replacement;
            else
                node[(int)chosen] = replacement;
            return;
        }
    }

    private static JsonNode? Replacement(JsonNode? old, Random random) =>
        random.Next(9) switch
        {
            0 => null,
            1 => JsonValue.Create(random.NextInt64()),
            2 => JsonValue.Create("\0\uD83D\uDE00/" + random.Next()),
            3 => new JsonArray(old?.DeepClone(), old?.DeepClone()),
            4 => new JsonObject { ["type"] = old?.DeepClone() },
            5 => JsonValue.Create(true),
            6 => new JsonArray(),
            7 => JsonValue.Create(JsonSerializer.Serialize(old)),
            _ => JsonNode.Parse("-1.5e300"),
        };
}
