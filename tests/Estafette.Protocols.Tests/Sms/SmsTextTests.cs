using Estafette.Protocols.Sms;

namespace Estafette.Protocols.Tests.Sms;

public sealed class SmsTextTests
{
    [Theory]
    [InlineData("a", 160, SmsEncoding.Gsm7, 160, 1)]
    [InlineData("a", 161, SmsEncoding.Gsm7, 161, 2)]
    [InlineData("a", 306, SmsEncoding.Gsm7, 306, 2)]
    [InlineData("a", 307, SmsEncoding.Gsm7, 307, 3)]
    [InlineData("€", 80, SmsEncoding.Gsm7, 160, 1)]
    [InlineData("€", 81, SmsEncoding.Gsm7, 162, 2)]
    [InlineData("Réponse à 8h", 1, SmsEncoding.Gsm7, 12, 1)]
    [InlineData("ça va", 1, SmsEncoding.Ucs2, 5, 1)]
    [InlineData("Ça va", 1, SmsEncoding.Gsm7, 5, 1)]
    [InlineData("ê", 70, SmsEncoding.Ucs2, 70, 1)]
    [InlineData("ê", 71, SmsEncoding.Ucs2, 71, 2)]
    [InlineData("ê", 134, SmsEncoding.Ucs2, 134, 2)]
    [InlineData("ê", 135, SmsEncoding.Ucs2, 135, 3)]
    [InlineData("\U0001F600", 35, SmsEncoding.Ucs2, 70, 1)]
    [InlineData("\U0001F600", 36, SmsEncoding.Ucs2, 72, 2)]
    [InlineData("", 1, SmsEncoding.Gsm7, 0, 1)]
    [InlineData("^{}\\[~]|€\f", 1, SmsEncoding.Gsm7, 20, 1)]
    [InlineData("à é è ù ä ö ü æ Ç É Ü Æ", 1, SmsEncoding.Gsm7, 23, 1)]
    public void Units_and_parts_are_those_of_the_air(string text, int times, SmsEncoding encoding, int units, int parts)
    {
        SmsText.Measure(string.Concat(Enumerable.Repeat(text, times))).ShouldBe(new SmsText(encoding, units, parts));
    }

    [Theory]
    [InlineData("âçêëîïôûÿœÀÂÈÊËÎÏÔÙÛŒ«»’…–—\u00A0\u202F`\t")]
    public void Characters_outside_of_the_table_make_it_sixteen_bits(string characters)
    {
        foreach (var c in characters)
            SmsText.Measure([c]).Encoding.ShouldBe(SmsEncoding.Ucs2, $"U+{(int)c:X4}");
    }

    [Fact]
    public void No_pair_is_divided_between_two_parts()
    {
        // 152 letters and a sign of two septets do not fit into the 153 of a part: the sign begins the next one.
        SmsText.Measure(new string('a', 152) + "€" + new string('a', 152)).Parts.ShouldBe(3);
        SmsText.Measure(new string('a', 151) + "€" + new string('a', 153)).Parts.ShouldBe(2);
        SmsText.Measure(new string('ê', 66) + "\U0001F600" + new string('ê', 66)).Parts.ShouldBe(3);
        SmsText.Measure(new string('ê', 65) + "\U0001F600" + new string('ê', 67)).Parts.ShouldBe(2);
    }
}
