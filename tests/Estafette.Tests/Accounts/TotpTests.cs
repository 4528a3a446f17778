using System.Text;
using Estafette.Core.Accounts;

namespace Estafette.Tests.Accounts;

public sealed class TotpTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_the_rfc(long seconds, string code) =>
        Totp.CodeAt(Secret, DateTimeOffset.FromUnixTimeSeconds(seconds)).ShouldBe(code);

    [Fact]
    public void Code_is_accepted_one_step_early_or_late_and_never_twice()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_015);
        var code = Totp.CodeAt(Secret, now);
        var step = Totp.Verify(Secret, code, now, 0);
        step.ShouldBe(60_000_000);
        Totp.Verify(Secret, code, now.AddSeconds(30), 0).ShouldBe(step);
        Totp.Verify(Secret, code, now.AddSeconds(-30), 0).ShouldBe(step);
        Totp.Verify(Secret, code, now.AddSeconds(60), 0).ShouldBeNull();
        Totp.Verify(Secret, code, now, step!.Value).ShouldBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("éèàùôî")]
    public void What_is_no_code_is_refused(string? code) =>
        Totp.Verify(Secret, code, DateTimeOffset.FromUnixTimeSeconds(59), 0).ShouldBeNull();

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_the_rfc(string text, string encoded) => Totp.ToBase32(Encoding.ASCII.GetBytes(text)).ShouldBe(encoded);
}
