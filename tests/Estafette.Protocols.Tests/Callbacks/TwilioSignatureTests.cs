using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class TwilioSignatureTests
{
    private const string Header = "X-Twilio-Signature";
    private const string Form = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    private const string VectorUrl = "https://mycompany.com/myapp.php?foo=1&bar=2";
    private const string VectorSignature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    private static readonly CallbackSecret _secret = new("12345");

    [Theory]
    [InlineData(Form, VectorSignature)]
    [InlineData(Form + "&bodySHA256=Ch%2F3Y02as7ldtcmi3%2BlBbkFQKyg6gMfPGWMmMvluZiA%3D", "lhN9sMASXtkij921mMLP/O8yo04=")]
    public void Published_vectors_verify(string form, string signature) => Authentic(VectorUrl, form, signature).ShouldBeTrue();

    [Fact]
    public void Order_of_the_parameters_does_not_matter()
    {
        var turned = string.Join('&', Form.Split('&').Reverse());
        Authentic(VectorUrl, turned, VectorSignature).ShouldBeTrue();
    }

    [Fact]
    public void Names_are_sorted_by_code_and_not_by_language() =>
        Authentic(Calls.Url, "b=1&B=2&a=3&_=4&%C3%A9=5", TwilioSignature.Sign("12345", Calls.Url + "B2_4a3b1é5")).ShouldBeTrue();

    [Fact]
    public void Repeated_name_brings_each_distinct_value_once() =>
        Authentic(Calls.Url, "n=z&n=a&n=z&m=1", TwilioSignature.Sign("12345", Calls.Url + "m1naNz".Replace("N", "n"))).ShouldBeTrue();

    [Fact]
    public void Empty_value_and_blanks_are_signed_as_they_are() =>
        Authentic(Calls.Url, "Body=a+b%20c&ErrorCode=", TwilioSignature.Sign("12345", Calls.Url + "Bodya b cErrorCode")).ShouldBeTrue();

    [Theory]
    [InlineData("https://exemple.fr/x?m=1", "https://exemple.fr:443/x?m=1")]
    [InlineData("https://exemple.fr:443/x?m=1", "https://exemple.fr/x?m=1")]
    [InlineData("http://exemple.fr/x", "http://exemple.fr:80/x")]
    [InlineData("https://exemple.fr:8443/x", "https://exemple.fr/x")]
    [InlineData("https://u:p@exemple.fr/x", "https://u:p@exemple.fr:443/x")]
    [InlineData("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x")]
    [InlineData("https://exemple.fr?m=1", "https://exemple.fr:443?m=1")]
    [InlineData("https://exemple.fr", "https://exemple.fr:443")]
    public void Address_is_tried_with_and_without_its_port(string ours, string theirs) =>
        Authentic(ours, "a=1", TwilioSignature.Sign("12345", theirs + "a1")).ShouldBeTrue();

    [Theory]
    [InlineData("https://exemple.fr:443/x", "https://exemple.com/x")]
    [InlineData("https://exemple.fr/x?m=1", "https://exemple.fr/x?m=2")]
    [InlineData("https://exemple.fr/x", "http://exemple.fr/x")]
    [InlineData("https://exemple.fr/x", "https://exemple.fr/X")]
    public void Another_address_is_refused(string ours, string theirs) =>
        Authentic(ours, "a=1", TwilioSignature.Sign("12345", theirs + "a1")).ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("://")]
    [InlineData("https://")]
    [InlineData("https://@")]
    [InlineData("https://:")]
    [InlineData("https:///x?")]
    public void Odd_address_is_no_fault(string url) => Authentic(url, "a=1", TwilioSignature.Sign("12345", url + "a1")).ShouldBeTrue();

    [Fact]
    public void Any_altered_byte_of_the_form_is_refused()
    {
        for (var i = 0; i < Form.Length; i++)
        {
            var altered = Form[..i] + (char)(Form[i] ^ 2) + Form[(i + 1)..];
            // A lower-case digit in %2b is another spelling of the same value.
            if (Uri.UnescapeDataString(altered) != Uri.UnescapeDataString(Form))
                Authentic(VectorUrl, altered, VectorSignature).ShouldBeFalse(altered);
        }
    }

    [Fact]
    public void Second_token_is_accepted_during_a_rotation()
    {
        Calls.Read("twilio", Call(VectorUrl, Form, VectorSignature), new CallbackSecret("new", "12345")).Authenticated.ShouldBeTrue();
        Calls.Read("twilio", Call(VectorUrl, Form, VectorSignature), new CallbackSecret("new", "newer")).Authenticated.ShouldBeFalse();
    }

    [Fact]
    public void Json_is_covered_by_its_hash_in_the_address()
    {
        const string body = """{"MessageSid":"SM1","MessageStatus":"sent"}""";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        var url = $"https://exemple.fr/x?m=7&bodySHA256={hash}";
        var call = Call(url, body, TwilioSignature.Sign("12345", url), ("Content-Type", "application/json; charset=utf-8"));
        var result = Calls.Read("twilio", call, _secret);

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Events.Single().Event.ShouldBe(CallbackEventKind.Sent);
        result.Events.Single().Metadata.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal) { ["m"] = "7" });
        Calls.Read("twilio", call with { Body = Encoding.UTF8.GetBytes(body + " ") }, _secret).Refusal!.ShouldContain("hash");
    }

    [Fact]
    public void Json_without_hash_is_refused()
    {
        var call = Call(Calls.Url, "{}", TwilioSignature.Sign("12345", Calls.Url), ("content-type", "application/json"));
        Calls.Read("twilio", call, _secret).Authenticated.ShouldBeFalse();
    }

    [Fact]
    public void Call_by_get_is_read_from_the_address()
    {
        const string url = "https://exemple.fr/x?MessageSid=SM1&MessageStatus=delivered&To=%2B33612345678";
        var result = Calls.Read("twilio", Call(url, "", TwilioSignature.Sign("12345", url)), _secret);

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Events.Single().Recipient.ShouldBe("+33612345678");
    }

    [Fact]
    public void Signature_header_given_twice_or_missing_is_refused()
    {
        Calls
            .Read("twilio", Call(VectorUrl, Form, VectorSignature, (Header.ToLowerInvariant(), VectorSignature)), _secret)
            .Refusal!.ShouldContain("more than once");
        Calls.Read("twilio", Calls.Post(Form), _secret).Refusal!.ShouldContain("missing");
    }

    [Fact]
    public void Without_a_token_the_route_is_disabled() =>
        Calls.Read("twilio", Call(VectorUrl, Form, VectorSignature), CallbackSecret.None).Refusal!.ShouldContain("disabled");

    private static bool Authentic(string url, string form, string signature) =>
        Calls.Read("twilio", Call(url, form, signature), _secret).Authenticated;

    private static CallbackRequest Call(string url, string body, string signature, params (string, string)[] more) =>
        Calls.Post(body, [(Header, signature), .. more]) with
        {
            Url = url,
        };
}
