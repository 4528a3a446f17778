using System.Text;
using Estafette.Protocols.Phones;

namespace Estafette.Protocols.Tests.Phones;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("06 12 34 56 78", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("0612345678", "fr", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("06.12.34.56.78", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("06-12-34-56-78", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("\u00A006\u202F12 34\u00A056 78\u200E", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("+33 (0)6 12 34 56 78", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("+33 (0)6 12 34 56 78", null, "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("(+33) 6 12 34 56 78", null, "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("0033 6 12 34 56 78", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("0033612345678", null, "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("00330612345678", "BE", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("33612345678", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("612345678", "FR", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("tel:+33612345678", null, "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData(
        "\uFF0B\uFF13\uFF13\uFF16\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18",
        null,
        "+33612345678",
        "FR",
        PhoneNumberKind.Mobile
    )]
    [InlineData("01 42 68 53 00", "FR", "+33142685300", "FR", PhoneNumberKind.FixedLine)]
    [InlineData("0801 23 45 67", "FR", "+33801234567", "FR", PhoneNumberKind.Other)]
    [InlineData("07 56 78 90 12", "FR", "+33756789012", "FR", PhoneNumberKind.Mobile)]
    [InlineData("0470 12 34 56", "BE", "+32470123456", "BE", PhoneNumberKind.Mobile)]
    [InlineData("02 550 21 11", "BE", "+3225502111", "BE", PhoneNumberKind.FixedLine)]
    [InlineData("078 123 45 67", "CH", "+41781234567", "CH", PhoneNumberKind.Mobile)]
    [InlineData("044 668 18 00", "CH", "+41446681800", "CH", PhoneNumberKind.FixedLine)]
    [InlineData("621 123 456", "LU", "+352621123456", "LU", PhoneNumberKind.Mobile)]
    [InlineData("+352 27 12 34 56", null, "+35227123456", "LU", PhoneNumberKind.FixedLine)]
    [InlineData("07400 123456", "GB", "+447400123456", "GB", PhoneNumberKind.Mobile)]
    [InlineData("+44 (0)20 7946 0958", null, "+442079460958", "GB", PhoneNumberKind.FixedLine)]
    [InlineData("01534 456789", "JE", "+441534456789", "JE", PhoneNumberKind.FixedLine)]
    [InlineData("0151 23456789", "DE", "+4915123456789", "DE", PhoneNumberKind.Mobile)]
    [InlineData("030/123456", "DE", "+4930123456", "DE", PhoneNumberKind.FixedLine)]
    [InlineData("06 1234 5678", "IT", "+390612345678", "IT", PhoneNumberKind.FixedLine)]
    [InlineData("+39 02 1234 5678", null, "+390212345678", "IT", PhoneNumberKind.FixedLine)]
    [InlineData("312 345 6789", "IT", "+393123456789", "IT", PhoneNumberKind.Mobile)]
    [InlineData("(212) 555-2368", "US", "+12125552368", "US", PhoneNumberKind.FixedOrMobile)]
    [InlineData("1-212-555-2368", "US", "+12125552368", "US", PhoneNumberKind.FixedOrMobile)]
    [InlineData("011 33 6 12 34 56 78", "US", "+33612345678", "FR", PhoneNumberKind.Mobile)]
    [InlineData("+1 416 555 0123", null, "+14165550123", "CA", PhoneNumberKind.FixedOrMobile)]
    [InlineData("0650-123456", "MA", "+212650123456", "MA", PhoneNumberKind.Mobile)]
    [InlineData("0692 12 34 56", "RE", "+262692123456", "RE", PhoneNumberKind.Mobile)]
    [InlineData("0692 12 34 56", "FR", "+262692123456", "RE", PhoneNumberKind.Mobile)]
    [InlineData("0639 01 23 45", "FR", "+262639012345", "YT", PhoneNumberKind.Mobile)]
    [InlineData("0690 00 12 34", "GP", "+590690001234", "GP", PhoneNumberKind.Mobile)]
    [InlineData("0690 00 12 34", "FR", "+590690001234", "GP", PhoneNumberKind.Mobile)]
    [InlineData("+262 262 20 00 00", null, "+262262200000", "RE", PhoneNumberKind.FixedLine)]
    [InlineData("+800 1234 5678", null, "+80012345678", "001", PhoneNumberKind.Other)]
    public void Number_is_read_as_people_write_it(string input, string? country, string e164, string where, PhoneNumberKind kind)
    {
        PhoneNumber.TryParse(input, country, out var number, out var error).ShouldBeTrue(error.ToString());
        (number.E164, number.Country, number.Kind).ShouldBe((e164, where, kind));
        number.IsMobile.ShouldBe(
            kind == PhoneNumberKind.Mobile ? true
            : kind is PhoneNumberKind.FixedLine or PhoneNumberKind.Other ? false
            : null
        );
    }

    [Theory]
    [InlineData(null, "FR", PhoneNumberError.Empty)]
    [InlineData("", "FR", PhoneNumberError.Empty)]
    [InlineData(" - ", "FR", PhoneNumberError.Empty)]
    [InlineData("+", "FR", PhoneNumberError.Empty)]
    [InlineData("abc", "FR", PhoneNumberError.Character)]
    [InlineData("06 12 34 56 78 x12", "FR", PhoneNumberError.Character)]
    [InlineData("06 12 34 56 78\r\n", "FR", PhoneNumberError.None)]
    [InlineData("06 12 34\r\n56 78", "FR", PhoneNumberError.Character)]
    [InlineData("+33+612345678", "FR", PhoneNumberError.Character)]
    [InlineData("06 12 34 56 78", null, PhoneNumberError.CountryMissing)]
    [InlineData("06 12 34 56 78", "", PhoneNumberError.CountryMissing)]
    [InlineData("06 12 34 56 78", "ZZ", PhoneNumberError.CountryUnknown)]
    [InlineData("+999 123456", "FR", PhoneNumberError.CallingCode)]
    [InlineData("+0612345678", "FR", PhoneNumberError.CallingCode)]
    [InlineData("06 12 34 56", "FR", PhoneNumberError.TooShort)]
    [InlineData("06 12 34 56 78 9", "FR", PhoneNumberError.TooLong)]
    [InlineData("+33", "FR", PhoneNumberError.TooShort)]
    [InlineData("15", "FR", PhoneNumberError.TooShort)]
    [InlineData("012 555 2368 ", "US", PhoneNumberError.NotInPlan)]
    [InlineData("1234567890123456789012345678", "FR", PhoneNumberError.TooLong)]
    [InlineData("0000000000", "FR", PhoneNumberError.NotInPlan)]
    public void Bad_number_is_refused_with_its_reason(string? input, string? country, PhoneNumberError expected)
    {
        PhoneNumber.TryParse(input, country, out var number, out var error).ShouldBe(expected == PhoneNumberError.None);
        error.ShouldBe(expected);
        number.E164.Length.ShouldBe(expected == PhoneNumberError.None ? 12 : 0);
    }

    [Fact]
    public void Reference_implementation_gives_the_same_answers()
    {
        var wrong = new List<string>();
        var rows = Corpus.Read("phones-reference.tsv").ToArray();
        rows.Length.ShouldBeGreaterThan(1000);
        foreach (var row in rows)
        {
            _ = PhoneNumber.TryParse(row[0], row[1], out var number, out var error);
            var kind = row[4] switch
            {
                "MOBILE" => PhoneNumberKind.Mobile,
                "FIXED_LINE" => PhoneNumberKind.FixedLine,
                "FIXED_LINE_OR_MOBILE" => PhoneNumberKind.FixedOrMobile,
                _ => PhoneNumberKind.Other,
            };
            if ((number.E164, number.Country, number.Kind) != (row[2], row[3], kind))
                wrong.Add($"{row[0]} in {row[1]}: {error} {number.E164} {number.Country} {number.Kind}, expected {row[2]} {row[3]} {kind}");
        }
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Random_text_never_throws_and_E164_parses_to_itself()
    {
        var random = new Random(4);
        string?[] countries = ["FR", "US", "IT", "GB", "AR", "BR", "MX", "RE", "JE", "AG", null];
        const string Pieces = "00112233445566778899+()-. /\u00A0\u0660\uFF11xa\0\uD83D";
        var good = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(0, 18); n > 0; n--)
                text.Append(i % 3 == 0 ? Pieces[random.Next(Pieces.Length)] : Pieces[random.Next(20)]);
            if (!PhoneNumber.TryParse(text.ToString(), countries[random.Next(countries.Length)], out var number, out _))
                continue;
            good++;
            number.E164.Length.ShouldBeLessThanOrEqualTo(16);
            PhoneNumber.TryParse(number.E164, "FR", out var again, out var error).ShouldBeTrue($"{text}: {number.E164} {error}");
            again.E164.ShouldBe(number.E164);
        }
        good.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Every_plan_of_the_table_has_expressions_that_compile()
    {
        foreach (var row in Corpus.Read("phones-reference.tsv").DistinctBy(r => r[3]))
            PhoneNumber.IsKnownCountry(row[3]).ShouldBeTrue();
        PhoneNumber.IsKnownCountry("ZZ").ShouldBeFalse();
        PhoneNumber.IsKnownCountry(null).ShouldBeFalse();
        Enum.GetValues<PhoneNumberError>()
            .Select(PhoneNumber.Describe)
            .Distinct()
            .Count()
            .ShouldBe(Enum.GetValues<PhoneNumberError>().Length);
    }
}
