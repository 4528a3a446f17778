using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class OutgoingSignatureTests
{
    private const string Key = "whsec_test";

    private static readonly byte[] _body = """{"event":"delivered"}"""u8.ToArray();
    private static readonly DateTimeOffset _at = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    // Computed with: printf '1700000000.{"event":"delivered"}' | openssl dgst -sha256 -hmac whsec_test
    private const string Golden = "t=1700000000,v1=c67c56205dc7bc11756ba99637a8aec7647e01861dbd99bea6427ded8c9117e2";

    [Fact]
    public void Header_has_the_form_that_the_documentation_promises() => OutgoingSignature.Sign(_body, _at, Key).ShouldBe(Golden);

    [Fact]
    public void Own_signature_is_good() => Verdict(OutgoingSignature.Sign(_body, _at, Key)).ShouldBe(OutgoingSignatureVerdict.Good);

    [Theory]
    [InlineData(300, OutgoingSignatureVerdict.Good)]
    [InlineData(301, OutgoingSignatureVerdict.Stale)]
    [InlineData(-300, OutgoingSignatureVerdict.Good)]
    [InlineData(-301, OutgoingSignatureVerdict.Stale)]
    public void Time_may_be_five_minutes_away(int seconds, OutgoingSignatureVerdict verdict) =>
        OutgoingSignature.Verify(Golden, _body, [Key], _at.AddSeconds(seconds)).ShouldBe(verdict);

    [Fact]
    public void Tolerance_may_be_wider() =>
        OutgoingSignature.Verify(Golden, _body, [Key], _at.AddHours(1), TimeSpan.FromHours(2)).ShouldBe(OutgoingSignatureVerdict.Good);

    [Fact]
    public void During_a_rotation_old_and_new_key_both_verify()
    {
        var header = OutgoingSignature.Sign(_body, _at, "new", "old");

        header.Split(',').Length.ShouldBe(3);
        OutgoingSignature.Verify(header, _body, ["old"], _at).ShouldBe(OutgoingSignatureVerdict.Good);
        OutgoingSignature.Verify(header, _body, ["new"], _at).ShouldBe(OutgoingSignatureVerdict.Good);
        OutgoingSignature.Verify(header, _body, ["other", "", "new"], _at).ShouldBe(OutgoingSignatureVerdict.Good);
        OutgoingSignature.Verify(header, _body, ["other"], _at).ShouldBe(OutgoingSignatureVerdict.Wrong);
        OutgoingSignature.Verify(header, _body, [], _at).ShouldBe(OutgoingSignatureVerdict.Wrong);
    }

    [Fact]
    public void Any_altered_byte_is_wrong()
    {
        for (var i = 0; i < _body.Length; i++)
        {
            var altered = _body.ToArray();
            altered[i] ^= 1;
            OutgoingSignature.Verify(Golden, altered, [Key], _at).ShouldBe(OutgoingSignatureVerdict.Wrong);
        }
    }

    [Fact]
    public void Another_time_is_wrong_because_it_is_signed() =>
        Verdict(Golden.Replace("1700000000", "1700000001")).ShouldBe(OutgoingSignatureVerdict.Wrong);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("t=1700000000")]
    [InlineData("v1=00")]
    [InlineData("t=,v1=00")]
    [InlineData("t=x,v1=00")]
    [InlineData("t=-1,v1=00")]
    [InlineData("t=1,t=2,v1=00")]
    [InlineData("t=1,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0,v1=0")]
    public void Header_of_another_form_is_malformed(string? header) => Verdict(header).ShouldBe(OutgoingSignatureVerdict.Malformed);

    [Fact]
    public void Unknown_parts_and_blanks_are_passed_over() =>
        Verdict("v2=zz, " + Golden.Replace(",", " , ") + ", x").ShouldBe(OutgoingSignatureVerdict.Good);

    [Fact]
    public void Signing_without_a_key_is_a_bug()
    {
        Should.Throw<ArgumentException>(() => OutgoingSignature.Sign(_body, _at));
        Should.Throw<ArgumentException>(() => OutgoingSignature.Sign(_body, _at, " "));
    }

    [Fact]
    public void Empty_body_and_key_beyond_ascii_can_be_signed()
    {
        var header = OutgoingSignature.Sign([], _at, "clé");
        OutgoingSignature.Verify(header, [], ["clé"], _at).ShouldBe(OutgoingSignatureVerdict.Good);
        OutgoingSignature.Verify(header, Encoding.UTF8.GetBytes(" "), ["clé"], _at).ShouldBe(OutgoingSignatureVerdict.Wrong);
    }

    private static OutgoingSignatureVerdict Verdict(string? header) => OutgoingSignature.Verify(header, _body, [Key], _at);
}
