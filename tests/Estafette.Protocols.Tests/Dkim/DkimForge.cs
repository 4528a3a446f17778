using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Tests.Dkim;

/// <summary>Makes signatures of any shape, good and bad, with canonicalisations written from the RFC with strings and expressions.</summary>
internal static partial class DkimForge
{
    internal const string Message =
        "Received: from a.test  by b.test;\r\n\tFri, 11 Jul 2003 21:01:54 -0700\r\nFrom: Joe <joe@x.test>\r\nTo: Suzie <suzie@y.test>\r\n"
        + "Subject: Is  dinner\r\n ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\n\r\nHi.\r\n\r\nWe lost  the game.\t\r\n\r\nJoe.\r\n\r\n\r\n";

    internal static readonly byte[] Seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    internal static readonly string EdRecord = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    internal static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    /// <summary>A zone with the RSA key at s1 and the Ed25519 key at s2 of x.test.</summary>
    internal static ZoneLookup Zone() =>
        new ZoneLookup()
            .Add("s1._domainkey.x.test", DnsRecordType.Txt, DkimSignerTests.Key.RecordValue)
            .Add("s2._domainkey.x.test", DnsRecordType.Txt, EdRecord);

    /// <summary>Puts a signature in front of a message. In the tags, {bh} and {b} stand for the right values.</summary>
    internal static string Sign(string tags, string message = Message, RSA? key = null)
    {
        var split = message.Split("\r\n\r\n", 2);
        var values = tags.Split(';')
            .Select(t => t.Split('=', 2))
            .Where(t => t.Length == 2)
            .ToDictionary(t => t[0].Trim(), t => t[1].Trim());
        var shapes = values.GetValueOrDefault("c", "simple").Split('/');
        var body = Body(split[1], shapes.ElementAtOrDefault(1) == "relaxed");
        if (values.TryGetValue("l", out var limit) && int.TryParse(limit, out var length) && length <= body.Length)
            body = body[..length];
        var field = "DKIM-Signature: " + tags.Replace("{bh}", Convert.ToBase64String(SHA256.HashData(body)), StringComparison.Ordinal);
        var relaxed = shapes[0] == "relaxed";
        var fields = Regex.Split(split[0] + "\r\n", "(?<=\r\n)(?![ \t])").Where(f => f.Length > 0).ToList();
        var text = new StringBuilder();
        foreach (var name in values["h"].Split(':'))
        {
            var last = fields.FindLastIndex(f => f.Split(':')[0].Trim().Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
            if (last < 0)
                continue;
            text.Append(Header(fields[last], relaxed));
            fields.RemoveAt(last);
        }
        var own = Header(field.Replace("{b}", "", StringComparison.Ordinal) + "\r\n", relaxed);
        text.Append(own[..^2]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return field.Replace("{b}", Fold(values["a"], hash, key), StringComparison.Ordinal) + "\r\n" + message;
    }

    internal static Task<IReadOnlyList<DkimVerdict>> VerifyAsync(string message, IDnsLookup? zone = null) =>
        DkimVerifier.VerifyAsync(
            Encoding.UTF8.GetBytes(message),
            zone ?? Zone(),
            new Estafette.Testing.FakeTimeProvider(Now),
            TestContext.Current.CancellationToken
        );

    internal static async Task<DkimVerdict> VerifyOneAsync(string message, IDnsLookup? zone = null) =>
        (await VerifyAsync(message, zone)).ShouldHaveSingleItem();

    private static string Fold(string algorithm, byte[] hash, RSA? key)
    {
        using var own = RSA.Create();
        own.ImportFromPem(DkimSignerTests.Key.PrivateKeyPem);
        byte[]? signature;
        if (algorithm == "ed25519-sha256")
            Ed25519.TrySign(Seed, hash, out signature).ShouldBeTrue();
        else
            signature = (key ?? own).SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return string.Join("\r\n ", Convert.ToBase64String(signature!).Chunk(60).Select(c => new string(c)));
    }

    private static string Header(string field, bool relaxed)
    {
        if (!relaxed)
            return field;
        var parts = field.Split(':', 2);
        return parts[0].Trim().ToLowerInvariant() + ":" + Blanks().Replace(parts[1].Replace("\r\n", ""), " ").Trim(' ') + "\r\n";
    }

    private static byte[] Body(string body, bool relaxed)
    {
        var lines = body.Split("\r\n").ToList();
        if (relaxed)
            lines = [.. lines.Select(l => Blanks().Replace(l, " ").TrimEnd(' '))];
        while (lines.Count > 0 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        var text = string.Concat(lines.Select(l => l + "\r\n"));
        return Encoding.UTF8.GetBytes(text.Length == 0 && !relaxed ? "\r\n" : text);
    }

    [GeneratedRegex("[ \t]+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}
