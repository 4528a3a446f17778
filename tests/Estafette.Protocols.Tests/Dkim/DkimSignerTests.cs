using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Dkim;

public sealed partial class DkimSignerTests
{
    internal static readonly DkimKey Key = DkimKey.Generate();
    private static readonly DateTimeOffset At = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private const string Message =
        "From: Joe <joe@football.example.com>\r\nTo: Suzie <suzie@shopping.example.net>\r\nSubject: Is dinner\r\n ready?\r\n"
        + "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@football.example.com>\r\n\r\nHi.\r\n\r\nWe lost  the game.\t\r\n\r\nJoe.\r\n\r\n";

    [Fact]
    public void Signature_verifies_against_an_independent_canonicalisation() => Verify(SignedText(Message)).ShouldBeTrue();

    [Theory]
    [InlineData("We lost", "We won")]
    [InlineData("Subject: Is dinner", "Subject: Is supper")]
    [InlineData("From: Joe", "From: Jon")]
    [InlineData("To: Suzie <suzie", "To: Suzie <susie")]
    [InlineData("t=1", "t=2")]
    [InlineData("Joe.\r\n", "Joe.\r\nPS")]
    [InlineData("From: Joe", "From: Eve <eve@evil.example>\r\nFrom: Joe")]
    public void Any_change_breaks_the_signature(string before, string after)
    {
        var signed = SignedText(Message);
        var at = signed.IndexOf(before, StringComparison.Ordinal);
        at.ShouldBeGreaterThan(0);
        Verify(signed.Remove(at, before.Length).Insert(at, after)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Is dinner\r\n ready?", "Is   dinner ready?  ")]
    [InlineData("lost  the game.\t", "lost the game.")]
    [InlineData("Joe.\r\n\r\n", "Joe.\r\n")]
    [InlineData("Message-ID:", "MESSAGE-ID :")]
    public void Changes_that_relaxed_canonicalisation_allows_keep_it_valid(string before, string after)
    {
        var signed = SignedText(Message);
        signed.ShouldContain(before);
        Verify(signed.Replace(before, after, StringComparison.Ordinal)).ShouldBeTrue();
    }

    [Fact]
    public void Field_is_folded_lists_From_twice_and_ends_with_CRLF()
    {
        var field = Field(Message);
        field.EndsWith("\r\n", StringComparison.Ordinal).ShouldBeTrue();
        field.Split("\r\n").ShouldAllBe(line => line.Length <= 78);
        field.ShouldContain("h=From:From:To:Subject:Date:Message-ID;");
        field.ShouldContain("t=1795341600;");
        field.ShouldNotContain("l=");
    }

    [Fact]
    public void Repeated_fields_are_all_signed()
    {
        var text = Message.Replace(
            "Subject:",
            "List-Help: <https://a.example>\r\nList-Help: <https://b.example>\r\nSubject:",
            StringComparison.Ordinal
        );
        var signed = SignedText(text);
        Verify(signed).ShouldBeTrue();
        Verify(signed.Replace("https://a", "https://c", StringComparison.Ordinal)).ShouldBeFalse();
        Verify(signed.Replace("https://b", "https://c", StringComparison.Ordinal)).ShouldBeFalse();
    }

    // RFC 6376 §3.4.5, example 1.
    [Fact]
    public void Canonical_forms_are_those_of_the_RFC()
    {
        using var output = new MimeBuffer();
        RelaxedHeader.Append(output, "A: X\r\n"u8, withLineEnd: true);
        RelaxedHeader.Append(output, "B : Y\t\r\n\tZ  \r\n"u8, withLineEnd: true);
        Encoding.ASCII.GetString(output.WrittenSpan).ShouldBe("a:X\r\nb:Y Z\r\n");
        BodyHash(" C \r\nD \t E\r\n\r\n\r\n").ShouldBe(Convert.ToBase64String(SHA256.HashData(" C\r\nD E\r\n"u8)));
    }

    // RFC 6376 §3.4.4: hash of an empty body; Appendix A.2: bh= of its message.
    [Theory]
    [InlineData("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("\r\n \t\r\n\r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n", "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=")]
    public void Body_hashes_of_the_RFC_come_out(string body, string expected) => BodyHash(body).ShouldBe(expected);

    [Fact]
    public void Random_bodies_hash_like_the_naive_canonicalisation()
    {
        var random = new Random(5);
        const string Pieces = "aaaabbbbcccc==..   \t\t\r\n\u00E9";
        for (var i = 0; i < 4000; i++)
        {
            var body = new StringBuilder();
            for (var n = random.Next(0, i % 50 == 0 ? 12_000 : 120); n > 0; n--)
            {
                if (random.Next(12) == 0)
                    body.Append("\r\n");
                else if (random.Next(40) == 0)
                    body.Append('x', random.Next(2000));
                else
                    body.Append(Pieces[random.Next(Pieces.Length)]);
            }
            BodyHash(body.ToString()).ShouldBe(Convert.ToBase64String(SHA256.HashData(NaiveBody(body.ToString()))), body.ToString());
        }
    }

    [Fact]
    public async Task Eight_threads_share_one_signer()
    {
        using var signer = Signer();
        var texts = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(n =>
                    Task.Run(() => Enumerable.Range(0, 20).Select(i => Sign(signer, Message.Replace("Joe.", $"{n} {i}"))).ToArray())
                )
        );
        texts.SelectMany(t => t).ShouldAllBe(t => Verify(t));
    }

    [Fact]
    public void Message_without_From_or_with_a_broken_header_is_refused()
    {
        Should.Throw<ArgumentException>(() => SignedText("To: a@b.fr\r\n\r\nx\r\n")).Message.ShouldContain("no From");
        Should.Throw<ArgumentException>(() => SignedText("From: a@b.fr\r\nrubbish\r\n\r\nx\r\n")).Message.ShouldContain("byte 14");
    }

    [Fact]
    public void Key_record_publishes_the_public_half_in_strings_of_255()
    {
        Key.RecordValue.ShouldStartWith("v=DKIM1; k=rsa; p=MII");
        Key.RecordStrings.ShouldAllBe(s => s.Length <= 255);
        string.Concat(Key.RecordStrings).ShouldBe(Key.RecordValue);
        DkimKey.FromPem(Key.PrivateKeyPem).RecordValue.ShouldBe(Key.RecordValue);
        Key.ToString().ShouldNotContain("PRIVATE");
    }

    [Fact]
    public void Weak_keys_and_what_is_no_key_are_refused()
    {
        using var weak = RSA.Create(512);
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr", "s", weak.ExportPkcs8PrivateKeyPem())).Message.ShouldContain("512");
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr", "s", "hello"));
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr", "s", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"));
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr; x=y", "s", Key.PrivateKeyPem));
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr", "s\r\n", Key.PrivateKeyPem));
        using var publicOnly = RSA.Create(2048);
        Should.Throw<ArgumentException>(() => new DkimSigner("a.fr", "s", publicOnly.ExportSubjectPublicKeyInfoPem()));
    }

    internal static DkimSigner Signer() => new("football.example.com", "brisbane", Key.PrivateKeyPem);

    internal static string Sign(DkimSigner signer, string text)
    {
        using var output = new MimeBuffer();
        var bytes = Encoding.UTF8.GetBytes(text);
        signer.Sign(bytes, At, output).ShouldBe(output.Length);
        return Encoding.UTF8.GetString(output.WrittenSpan) + text;
    }

    private static string SignedText(string text)
    {
        using var signer = Signer();
        return Sign(signer, text);
    }

    private static string Field(string text) => SignedText(text)[..^text.Length];

    private static string BodyHash(string body)
    {
        Span<byte> hash = stackalloc byte[32];
        RelaxedBody.Hash(Encoding.UTF8.GetBytes(body), hash);
        return Convert.ToBase64String(hash);
    }

    private static byte[] NaiveBody(string body)
    {
        var lines = body.Split("\r\n").Select(l => Blanks().Replace(l, " ").TrimEnd(' ')).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\r\n")));
    }

    // A verifier written from the RFC with strings and expressions, for text that this test class makes.
    private static bool Verify(string signed)
    {
        var split = signed.Split("\r\n\r\n", 2);
        var fields = Regex.Split(split[0] + "\r\n", "(?<=\r\n)(?![ \t])").Where(f => f.Length > 0).ToList();
        var signature = fields[0];
        var tags = signature[(signature.IndexOf(':', StringComparison.Ordinal) + 1)..]
            .Split(';')
            .Select(t => t.Split('=', 2))
            .ToDictionary(t => t[0].Trim(), t => Regex.Replace(t[1], @"\s", ""));
        if (tags["bh"] != Convert.ToBase64String(SHA256.HashData(NaiveBody(split[1]))))
            return false;
        var rest = fields.Skip(1).Select(f => (Name: f.Split(':')[0].Trim().ToLowerInvariant(), Text: f)).ToList();
        var canonical = new StringBuilder();
        foreach (var name in tags["h"].ToLowerInvariant().Split(':'))
        {
            var last = rest.FindLastIndex(f => f.Name == name);
            if (last < 0)
                continue;
            canonical.Append(Relaxed(rest[last].Text)).Append("\r\n");
            rest.RemoveAt(last);
        }
        canonical.Append(Relaxed(signature[..(signature.LastIndexOf(" b=", StringComparison.Ordinal) + 3)]));
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(Key.RecordValue.Split("p=")[1]), out _);
        return rsa.VerifyData(
            Encoding.UTF8.GetBytes(canonical.ToString()),
            Convert.FromBase64String(tags["b"]),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
    }

    private static string Relaxed(string field)
    {
        var parts = field.Split(':', 2);
        return parts[0].Trim().ToLowerInvariant()
            + ":"
            + Blanks().Replace(parts[1].Replace("\r\n", "", StringComparison.Ordinal), " ").Trim(' ');
    }

    [GeneratedRegex("[ \t]+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}
