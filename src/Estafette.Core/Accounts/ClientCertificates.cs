using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>A certificate to register.</summary>
/// <param name="Name">What the application is called.</param>
/// <param name="Pem">The certificate; a private key in the same text is refused.</param>
/// <param name="Scopes">What it may do.</param>
public sealed record NewClientCertificate(string Name, string Pem, IReadOnlyCollection<string> Scopes)
{
    /// <summary>The installation's own authority issued it just now.</summary>
    public bool IsIssuedHere { get; init; }

    /// <summary>
    /// Given where certificates are known by subject: whether a trusted authority issued it. A subject then belongs to one customer, since it decides
    /// whose data a caller sees.
    /// </summary>
    public Func<X509Certificate2, bool>? IsTrusted { get; init; }
}

/// <summary>The row, or the wrong fields: name, pem, key (a private key was given), scopes, taken, expired, number, authority (not trusted), subject (another customer's).</summary>
public sealed record RegisteredCertificate(ClientCertificate? Certificate, IReadOnlyList<string> Wrong);

/// <summary>
/// Certificates of calling applications. An application may have several, so that they can be exchanged one after the other; a revoked one is
/// refused from the next request on.
/// </summary>
public static class ClientCertificates
{
    public const int MaxName = 100;

    /// <summary>Most certificates of a customer that are not revoked.</summary>
    public const int MaxCertificates = 100;

    public static async Task<RegisteredCertificate> RegisterAsync(
        Actor actor,
        NewClientCertificate request,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var wrong = new List<string>();
        if (request.Name.Trim().Length is 0 or > MaxName)
            wrong.Add("name");
        if (request.Scopes.Count == 0 || request.Scopes.Any(s => !ApiScopes.All.Contains(s, StringComparer.Ordinal)))
            wrong.Add("scopes");
        using var certificate = Read(request.Pem, wrong);
        if (certificate is null || wrong.Count > 0)
            return new(null, wrong);
        var hash = ClientCertificate.HashOf(certificate);
        if (await RefuseAsync(actor.Customer, request, certificate, hash, db, clock, ct) is { } refusal)
            return new(null, [refusal]);
        var row = new ClientCertificate
        {
            CustomerId = actor.Customer,
            Name = request.Name.Trim(),
            KeyHash = hash,
            Subject = certificate.Subject,
            NotBefore = certificate.NotBefore.ToUniversalTime(),
            NotAfter = certificate.NotAfter.ToUniversalTime(),
            Scopes = string.Join(' ', ApiScopes.All.Where(request.Scopes.Contains)),
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = actor.UserName,
        };
        db.Add(row);
        if (request.IsIssuedHere)
            db.Add(actor, "certificate.issued", row.Name, row.CreatedAt, $"{row.Subject} {hash[..16]}");
        else
            db.Add(actor, "certificate.registered", row.Name, row.CreatedAt, $"{row.Subject} {hash[..16]}");
        await db.SaveChangesAsync(ct);
        return new(row, []);
    }

    private static async Task<string?> RefuseAsync(
        CustomerId customer,
        NewClientCertificate request,
        X509Certificate2 certificate,
        string hash,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var rows = db.Set<ClientCertificate>();
        if (certificate.NotAfter.ToUniversalTime() <= clock.GetUtcNow().UtcDateTime)
            return "expired";
        if (await rows.AnyAsync(c => c.KeyHash == hash, ct))
            return "taken";
        if (await db.Of<ClientCertificate>(customer).CountAsync(c => c.RevokedAt == null, ct) >= MaxCertificates)
            return "number";
        if (request.IsTrusted is not { } isTrusted)
            return null;
        if (!isTrusted(certificate))
            return "authority";
        var subject = certificate.Subject;
        return await rows.AnyAsync(c => c.Subject == subject && c.CustomerId != customer && c.RevokedAt == null, ct) ? "subject" : null;
    }

    private static X509Certificate2? Read(string pem, List<string> wrong)
    {
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            wrong.Add("key");
            return null;
        }
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            wrong.Add("pem");
            return null;
        }
    }

    /// <summary>The customer's certificates, newest first, revoked ones included.</summary>
    public static async Task<IReadOnlyList<ClientCertificate>> ListAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<ClientCertificate>(customer).AsNoTracking().OrderByDescending(c => c.Id).Take(500).ToListAsync(ct);

    /// <summary>Refuses a certificate from now on; false when the customer has no such certificate.</summary>
    public static async Task<bool> RevokeAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Of<ClientCertificate>(actor.Customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } certificate)
            return false;
        if (certificate.RevokedAt is not null)
            return true;
        certificate.RevokedAt = clock.GetUtcNow();
        db.Add(actor, "certificate.revoked", certificate.Name, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Who presents a certificate whose key the TLS handshake proved; null when it is unknown, revoked, outside its dates or of a suspended customer.</summary>
    /// <param name="presented">The certificate.</param>
    /// <param name="bySubject">It was issued by a trusted authority: a registered subject is enough, since keys are exchanged there.</param>
    /// <param name="db">The database.</param>
    /// <param name="uses">Where the use is noted.</param>
    /// <param name="clock">Now.</param>
    /// <param name="ct">Stops the look-up.</param>
    public static async Task<ApiCaller?> AuthenticateAsync(
        X509Certificate2 presented,
        bool bySubject,
        EstafetteDb db,
        CertificateUses uses,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        if (presented.NotBefore.ToUniversalTime() > now.UtcDateTime || presented.NotAfter.ToUniversalTime() <= now.UtcDateTime)
            return null;
        var (hash, subject) = (ClientCertificate.HashOf(presented), presented.Subject);
        var rows = db.Set<ClientCertificate>().AsNoTracking();
        var known = await rows.SingleOrDefaultAsync(c => c.KeyHash == hash, ct);
        if (known is null && bySubject)
        {
            var same = await rows.Where(c => c.Subject == subject && c.RevokedAt == null).OrderByDescending(c => c.Id).ToListAsync(ct);
            // A subject of two customers says of neither who calls.
            known = same.DistinctBy(c => c.CustomerId).Count() == 1 ? same[0] : null;
        }
        if (known is null || known.RevokedAt is not null)
            return null;
        if (await db.Set<Customer>().Where(c => c.Id == known.CustomerId).Select(c => c.Suspended).SingleAsync(ct))
            return null;
        uses.Note(known.Id, now);
        return new ApiCaller(known.CustomerId, $"cert:{known.Id}", known.Name, ApiScopes.Read(known.Scopes));
    }
}

/// <summary>When certificates were used, kept until <see cref="AccountsUpkeep"/> writes it.</summary>
public sealed class CertificateUses : Uses;
