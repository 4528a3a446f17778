using System.Security.Cryptography;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Dkim;

/// <summary>Checks the DKIM signatures of a message (RFC 6376 §6, RFC 8301, RFC 8463).</summary>
/// <remarks>
/// Accepts rsa-sha256 with keys of 1,024 bits or more and ed25519-sha256. A message with LF alone at the line ends of its header is taken as
/// if it had CRLF. Nothing in the message or in the DNS makes it throw. A time of signature in the future is not held against a message.
/// </remarks>
public static class DkimVerifier
{
    /// <summary>Signatures checked in one message, from the top; those below are reported without being checked.</summary>
    public const int MaxSignatures = 10;

    private const int MaxRsaBits = 8192;
    private const int MaxKeyRecords = 5;

    /// <summary>Checks every signature.</summary>
    /// <param name="message">The whole message, as received.</param>
    /// <param name="dns">Where key records are asked for.</param>
    /// <param name="clock">For <c>x=</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One verdict for each <c>DKIM-Signature</c> field, from the top; none for an unsigned message.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public static async Task<IReadOnlyList<DkimVerdict>> VerifyAsync(
        ReadOnlyMemory<byte> message,
        IDnsLookup dns,
        TimeProvider clock,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(dns);
        ArgumentNullException.ThrowIfNull(clock);
        var text = SignedMessage.Read(message.Span);
        var verdicts = new List<DkimVerdict>();
        foreach (var place in text.PlacesOf("DKIM-Signature"))
        {
            _ = TagList.TryParse(text.RawValue(place), out var tags, out var problem);
            var verdict = new DkimVerdict(DkimSignature.DomainOf(tags), DkimSignature.SelectorOf(tags), DkimOutcome.PermError, "");
            var signature = tags is null ? null : DkimSignature.Read(tags, out problem);
            if (signature is null)
                verdict = verdict with { Reason = problem! };
            else if (verdicts.Count >= MaxSignatures)
                verdict = verdict with { Reason = $"not checked: more than {MaxSignatures} signatures" };
            else
                verdict = await CheckAsync(new Case(text, place, signature, tags!), verdict, new Surroundings(dns, clock), cancellation);
            verdicts.Add(verdict);
        }
        return verdicts;
    }

    private static async Task<DkimVerdict> CheckAsync(Case signed, DkimVerdict verdict, Surroundings around, CancellationToken cancellation)
    {
        var signature = signed.Signature;
        verdict = verdict with { Algorithm = signature.Algorithm, Identity = signature.Identity };
        if (signature.Expires < around.Clock.GetUtcNow().ToUnixTimeSeconds())
            return verdict with { Outcome = DkimOutcome.Fail, Reason = "the signature has expired" };
        var answer = await around.Dns.LookupAsync(signature.KeyName, DnsRecordType.Txt, cancellation);
        switch (answer.Outcome)
        {
            case DnsOutcome.Failed:
                return verdict with { Outcome = DkimOutcome.TempError, Reason = $"no answer for {signature.KeyName}" };
            case not DnsOutcome.Found:
                return verdict with { Reason = $"no key record at {signature.KeyName}" };
        }
        // RFC 6376 §6.1.2: of several records each may be tried; the first good one counts, else what the last said.
        var last = verdict;
        foreach (var record in answer.Records.Take(MaxKeyRecords))
        {
            last = CheckKey(signed, verdict, record.Value);
            if (last.Outcome == DkimOutcome.Pass)
                break;
        }
        return last;
    }

    // RFC 6376 §6.1.2, steps 4 to 9.
    private static DkimVerdict CheckKey(Case signed, DkimVerdict verdict, string record)
    {
        var signature = signed.Signature;
        if (DkimKeyRecord.Parse(record, out var problem) is not { } key)
            return verdict with { Reason = $"no readable key record at {signature.KeyName}: {problem}" };
        verdict = verdict with { IsTest = key.IsTest };
        var type = signature.Algorithm[..signature.Algorithm.IndexOf('-', StringComparison.Ordinal)];
        var outermost = signature.Identity[(signature.Identity.LastIndexOf('@') + 1)..];
        var reason = key switch
        {
            { IsRevoked: true } => $"the key at {signature.KeyName} is revoked",
            { ServesMail: false } => $"the key at {signature.KeyName} is not for mail signed with SHA-256",
            _ when key.KeyType != type => $"the key at {signature.KeyName} is not for {type}",
            { IsStrict: true } when !outermost.Equals(signature.Domain, StringComparison.OrdinalIgnoreCase) =>
                $"the key at {signature.KeyName} does not allow i= below d=",
            _ => null,
        };
        if (reason is not null)
            return verdict with { Reason = reason };
        return type == "rsa" ? CheckRsa(signed, verdict, key) : CheckEd25519(signed, verdict, key);
    }

    private static DkimVerdict CheckRsa(Case signed, DkimVerdict verdict, DkimKeyRecord key)
    {
        using var rsa = key.LoadRsa();
        if (rsa is null)
            return verdict with { Reason = $"the key at {signed.Signature.KeyName} is no RSA key" };
        verdict = verdict with { KeyBits = rsa.KeySize };
        // RFC 8301 §3.2; the upper limit bounds the work a stranger can cause.
        if (rsa.KeySize is < DkimKey.MinimumBits or > MaxRsaBits)
            return verdict with { Reason = $"the RSA key has {rsa.KeySize} bits, not {DkimKey.MinimumBits} to {MaxRsaBits}" };
        return Conclude(signed, verdict, hash => VerifyRsa(rsa, hash, signed.Signature.Signature));
    }

    private static bool VerifyRsa(RSA rsa, byte[] hash, byte[] signature)
    {
        try
        {
            return rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            // A key that reads well and is none, such as one with an even modulus.
            return false;
        }
    }

    private static DkimVerdict CheckEd25519(Case signed, DkimVerdict verdict, DkimKeyRecord key)
    {
        if (key.PublicKey.Length != Ed25519.KeyBytes)
            return verdict with { Reason = $"the key at {signed.Signature.KeyName} is no Ed25519 key" };
        verdict = verdict with { KeyBits = Ed25519.KeyBytes * 8 };
        if (!Ed25519.IsAvailable)
            return verdict with { Reason = "Ed25519 needs OpenSSL 3 (libcrypto.so.3), which this machine lacks" };
        // RFC 8463 §3: what is signed is the SHA-256 hash itself.
        return Conclude(signed, verdict, hash => Ed25519.Verify(key.PublicKey.Span, hash, signed.Signature.Signature) == Ed25519Check.Good);
    }

    // RFC 6376 §6.1.3.
    private static DkimVerdict Conclude(Case signed, DkimVerdict verdict, Func<byte[], bool> isSignatureOf)
    {
        var signature = signed.Signature;
        var (hash, length) = signed.Message.BodyHash(signature);
        if (length < signature.BodyLimit)
            return verdict with { Outcome = DkimOutcome.Fail, Reason = "the body is shorter than l= says" };
        if (!hash.AsSpan().SequenceEqual(signature.BodyHash))
            return verdict with { Outcome = DkimOutcome.Fail, Reason = "body hash did not verify" };
        _ = signed.Tags.TryFind("b", out var value);
        if (!isSignatureOf(signed.Message.HeaderHash(signed.Place, signature, value)))
            return verdict with { Outcome = DkimOutcome.Fail, Reason = "signature did not verify" };
        return verdict with
        {
            Outcome = DkimOutcome.Pass,
            Reason = "good signature",
            SignsPartOfBody = signature.BodyLimit is not null && signed.Message.IsLongerThan(signature),
        };
    }

    /// <summary>One signature in its message.</summary>
    private sealed record Case(SignedMessage Message, int Place, DkimSignature Signature, TagList Tags);

    /// <summary>What is asked outside of the message.</summary>
    private sealed record Surroundings(IDnsLookup Dns, TimeProvider Clock);
}
