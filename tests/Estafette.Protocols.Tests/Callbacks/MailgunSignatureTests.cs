using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class MailgunSignatureTests
{
    private const string Token = "1234567890abcdef1234567890abcdef";
    private const string Good = "3b754b7c269e4c08fb3f5f36b2b5f98e45245965522dc16ca4c9faa0b11b557d";

    private static readonly CallbackSecret _secret = new("TEST_WEBHOOK_SIGNING_KEY");

    [Fact]
    public void Vector_of_the_specification_verifies_and_gives_its_token()
    {
        var result = Calls.Read("mailgun", Call(Good), _secret);

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.OneTimeToken.ShouldBe(Token);
        result.Events.Single().Event.ShouldBe(CallbackEventKind.Delivered);
    }

    [Fact]
    public void Hexadecimal_digits_may_be_capitals() =>
        Calls.Read("mailgun", Call(Good.ToUpperInvariant()), _secret).Authenticated.ShouldBeTrue();

    [Fact]
    public void Time_may_be_a_number() => Calls.Read("mailgun", Call(Good, time: "1234567890"), _secret).Authenticated.ShouldBeTrue();

    [Fact]
    public void Any_altered_digit_is_refused()
    {
        for (var i = 0; i < Good.Length; i++)
        {
            var altered = Good[..i] + (Good[i] == '0' ? '1' : '0') + Good[(i + 1)..];
            Calls.Read("mailgun", Call(altered), _secret).Authenticated.ShouldBeFalse();
        }
    }

    [Fact]
    public void Another_key_is_refused_unless_it_is_the_second()
    {
        Calls.Read("mailgun", Call(Good), new CallbackSecret("another")).Authenticated.ShouldBeFalse();
        Calls.Read("mailgun", Call(Good), new CallbackSecret("another", _secret.Primary)).Authenticated.ShouldBeTrue();
    }

    [Theory]
    [InlineData(600, true)]
    [InlineData(601, false)]
    [InlineData(-601, false)]
    public void Signature_is_good_for_ten_minutes(int seconds, bool authentic) =>
        Calls
            .Read("mailgun", Call(Good) with { ReceivedAt = DateTimeOffset.FromUnixTimeSeconds(1234567890 + seconds) }, _secret)
            .Authenticated.ShouldBe(authentic);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"signature":"x"}""")]
    [InlineData("""{"signature":{"timestamp":[],"token":{},"signature":null}}""")]
    [InlineData("""{"signature":{"timestamp":"99999999999999999999","token":"a","signature":"b"}}""")]
    public void Missing_or_odd_signature_is_refused(string body) =>
        Calls.Read("mailgun", Calls.Post(body), _secret).Authenticated.ShouldBeFalse();

    [Fact]
    public void Without_a_key_the_route_is_disabled() =>
        Calls.Read("mailgun", Call(Good), CallbackSecret.None).Refusal!.ShouldContain("disabled");

    private static CallbackRequest Call(string signature, string time = "\"1234567890\"")
    {
        var body =
            $$$"""{"signature":{"timestamp":{{{time}}},"token":"{{{Token}}}","signature":"{{{signature}}}"},"event-data":{"event":"delivered","id":"1"}}""";
        return Calls.Post(body) with { ReceivedAt = DateTimeOffset.FromUnixTimeSeconds(1234567900) };
    }
}
