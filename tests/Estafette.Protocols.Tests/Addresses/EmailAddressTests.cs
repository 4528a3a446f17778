using System.Text;
using Estafette.Protocols.Addresses;

namespace Estafette.Protocols.Tests.Addresses;

public sealed class EmailAddressTests
{
    [Fact]
    public void Every_address_of_the_corpus_is_judged_as_written_there()
    {
        var rows = Corpus.Read("addresses.tsv").ToArray();
        rows.Length.ShouldBeGreaterThan(120);
        var wrong = new List<string>();
        foreach (var row in rows)
        {
            var error = EmailAddress.Check(row[0], out var address);
            var actual = error == EmailAddressError.None ? address.Address : "!" + error;
            if (actual != row[1])
                wrong.Add($"{row[0]} -> {actual}, expected {row[1]}");
            else if (error == EmailAddressError.None && address.Key != (row.Length > 2 ? row[2] : row[1]))
                wrong.Add($"{row[0]} -> key {address.Key}");
        }
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Parts_of_an_address_are_readable()
    {
        EmailAddress.TryParse("Jos\u00E9@B\u00FCcher.Example", out var address, out var error).ShouldBeTrue();
        error.ShouldBeNull();
        address.LocalPart.ShouldBe("Jos\u00E9");
        address.Domain.ShouldBe("xn--bcher-kva.example");
        address.DisplayDomain.ShouldBe("b\u00FCcher.example");
        address.RequiresSmtpUtf8.ShouldBeTrue();
        address.Key.ShouldBe("jos\u00E9@xn--bcher-kva.example");
        address.ToString().ShouldBe("Jos\u00E9@xn--bcher-kva.example");
    }

    [Fact]
    public void Plain_address_needs_no_utf8_and_keeps_the_string_it_came_in()
    {
        const string Input = "john.doe@example.com";
        EmailAddress.Check(Input, out var address).ShouldBe(EmailAddressError.None);
        address.RequiresSmtpUtf8.ShouldBeFalse();
        ReferenceEquals(address.Address, Input).ShouldBeTrue();
        ReferenceEquals(address.Key, Input).ShouldBeTrue();
    }

    [Fact]
    public void Null_is_an_empty_address_and_the_default_value_is_harmless()
    {
        EmailAddress.TryParse(null, out var address, out var error).ShouldBeFalse();
        error.ShouldBe("The address is empty.");
        address.Address.ShouldBe("");
        address.Key.ShouldBe("");
        address.Domain.ShouldBe("");
        address.ShouldBe(default);
    }

    [Fact]
    public void Every_error_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<EmailAddressError>().Select(EmailAddress.Describe).ToArray();
        sentences.Distinct().Count().ShouldBe(sentences.Length);
        sentences.ShouldAllBe(s => s.EndsWith('.'));
    }

    [Fact]
    public void Huge_input_is_refused() => EmailAddress.Check(new string('a', 5_000_000), out _).ShouldBe(EmailAddressError.AddressTooLong);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_text_never_throws_and_a_good_address_parses_to_itself(int seed)
    {
        var random = new Random(seed);
        const string Pieces = "abcXYZ019.@@..-_\"\\ <>,;:()[]\r\n\t\0\u00E9\u00FC\u3002\uFF20\u200B\uFEFF\uD83D\uDE00\u7528\u0301xn--";
        var good = 0;
        for (var i = 0; i < 15_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(0, 24); n > 0; n--)
                text.Append(random.Next(4) == 0 ? (char)random.Next(0x10000) : Pieces[random.Next(Pieces.Length)]);
            var input = i % 2 == 0 ? text.ToString() : $"{text}@example.fr";
            if (EmailAddress.Check(input, out var address) != EmailAddressError.None)
                continue;
            good++;
            EmailAddress.Check(address.Address, out var again).ShouldBe(EmailAddressError.None, address.Address);
            again.Address.ShouldBe(address.Address);
            again.Key.ShouldBe(address.Key);
            address.Address.ShouldBe($"{address.LocalPart}@{address.Domain}");
            Encoding.UTF8.GetByteCount(address.Address).ShouldBeLessThanOrEqualTo(254);
            address.Domain.ShouldAllBe(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-' || c == '.');
            address.Address.Any(char.IsControl).ShouldBeFalse();
        }
        good.ShouldBeGreaterThan(100);
    }
}
