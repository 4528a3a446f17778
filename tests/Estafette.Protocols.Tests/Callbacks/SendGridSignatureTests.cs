using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class SendGridSignatureTests : IDisposable
{
    private const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
    private const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";
    private const string Body = """[{"event":"delivered","email":"a@exemple.fr"}]""";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("", true)]
    [InlineData("\r\n", false)]
    public void Published_vector_verifies_only_without_a_line_break(string end, bool authentic)
    {
        const string key =
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
        const string signature = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=";
        var request = Calls.Post(
            """{"category":"example_payload","event":"test_event","message_id":"message_id"}""" + end,
            (SignatureHeader, signature),
            (TimestampHeader, "1588788367")
        ) with
        {
            ReceivedAt = DateTimeOffset.FromUnixTimeSeconds(1588788400),
        };

        Calls.Read("sendgrid", request, new CallbackSecret(key)).Authenticated.ShouldBe(authentic);
    }

    [Fact]
    public void Signed_call_is_accepted_with_its_events()
    {
        var result = Calls.Read("sendgrid", Signed(), Secret());

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Events.Count.ShouldBe(1);
    }

    [Fact]
    public void Any_altered_byte_is_refused_and_the_events_are_still_shown()
    {
        var signed = Signed();
        for (var i = 0; i < signed.Body.Length; i++)
        {
            var altered = signed.Body.ToArray();
            altered[i] ^= 1;
            Calls.Read("sendgrid", signed with { Body = altered }, Secret()).Authenticated.ShouldBeFalse();
        }
        var longer = Calls.Read("sendgrid", signed with { Body = Encoding.UTF8.GetBytes(Body + " ") }, Secret());
        longer.Accepted.ShouldBeFalse();
        longer.Refusal.ShouldBe("The signature does not match the body.");
        longer.Events.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(-599, true)]
    [InlineData(-601, false)]
    [InlineData(599, true)]
    [InlineData(601, false)]
    public void Signature_is_good_for_ten_minutes(int seconds, bool authentic) =>
        Calls.Read("sendgrid", Signed(Calls.Now.AddSeconds(seconds)), Secret()).Authenticated.ShouldBe(authentic);

    [Fact]
    public void Recorded_call_verifies_when_a_longer_age_is_allowed() =>
        Calls
            .Read("sendgrid", Signed(Calls.Now.AddDays(-30)), Secret() with { MaxAge = TimeSpan.FromDays(60) })
            .Authenticated.ShouldBeTrue();

    [Fact]
    public void Both_keys_are_accepted_during_a_rotation()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stranger = Convert.ToBase64String(other.ExportSubjectPublicKeyInfo());

        Calls.Read("sendgrid", Signed(), new CallbackSecret(stranger)).Authenticated.ShouldBeFalse();
        Calls.Read("sendgrid", Signed(), new CallbackSecret(stranger, Secret().Primary)).Authenticated.ShouldBeTrue();
    }

    [Fact]
    public void Key_may_be_written_as_pem() =>
        Calls.Read("sendgrid", Signed(), new CallbackSecret(_key.ExportSubjectPublicKeyInfoPem())).Authenticated.ShouldBeTrue();

    [Fact]
    public void Signature_in_the_other_format_is_refused()
    {
        var time = Calls.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var plain = _key.SignData(Encoding.UTF8.GetBytes(time + Body), HashAlgorithmName.SHA256);

        Calls
            .Read("sendgrid", Calls.Post(Body, (SignatureHeader, Convert.ToBase64String(plain)), (TimestampHeader, time)), Secret())
            .Authenticated.ShouldBeFalse();
    }

    [Theory]
    [InlineData(SignatureHeader)]
    [InlineData(TimestampHeader)]
    public void Header_given_twice_or_not_at_all_is_refused(string header)
    {
        var signed = Signed();
        var pairs = signed.Headers.SelectMany(g => g.Select(v => KeyValuePair.Create(g.Key, v))).ToList();
        var twice = pairs.Append(KeyValuePair.Create(header.ToLowerInvariant(), "1"));
        var without = pairs.Where(p => p.Key != header);

        Calls
            .Read("sendgrid", signed with { Headers = CallbackRequest.HeadersFrom(twice) }, Secret())
            .Refusal.ShouldBe($"The header {header} stands more than once.");
        Calls
            .Read("sendgrid", signed with { Headers = CallbackRequest.HeadersFrom(without) }, Secret())
            .Refusal.ShouldBe($"The header {header} is missing.");
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    [InlineData("MIIB")]
    public void Unusable_key_is_refused_in_words(string key) =>
        Calls.Read("sendgrid", Signed(), new CallbackSecret(key)).Refusal!.ShouldContain("configured public key");

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("AAAA")]
    [InlineData("MEUCIQCt")]
    public void Unusable_signature_is_refused(string signature)
    {
        var time = Calls.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Calls
            .Read("sendgrid", Calls.Post(Body, (SignatureHeader, signature), (TimestampHeader, time)), Secret())
            .Authenticated.ShouldBeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Without_a_key_the_route_is_disabled(string? key)
    {
        var result = Calls.Read("sendgrid", Signed(), new CallbackSecret(key));

        result.Authenticated.ShouldBeFalse();
        result.Refusal!.ShouldContain("disabled");
    }

    private CallbackSecret Secret() => new(Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo()));

    private CallbackRequest Signed(DateTimeOffset? at = null)
    {
        var time = (at ?? Calls.Now).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = _key.SignData(Encoding.UTF8.GetBytes(time + Body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Calls.Post(Body, (SignatureHeader, Convert.ToBase64String(signature)), (TimestampHeader, time));
    }
}
