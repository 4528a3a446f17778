using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.Authentication;

/// <summary>A certificate to issue.</summary>
/// <param name="Name">What the application is called.</param>
/// <param name="Days">How long it is valid.</param>
/// <param name="Scopes">What it may do.</param>
internal sealed record NewIssue(string Name, int Days, IReadOnlyCollection<string> Scopes);

/// <summary>The registered row with certificate and key as PEM, the key readable this one time; or the wrong fields as in <see cref="RegisteredCertificate"/>, and days.</summary>
internal sealed record IssuedCertificate(ClientCertificate? Row, string Certificate, string Key, IReadOnlyList<string> Wrong);

/// <summary>Issues a client certificate from the installation's own authority and registers it.</summary>
internal static class IssueCertificate
{
    public const int MaxDays = 3650;

    // The upper bound of a common name (RFC 5280, appendix A).
    public const int MaxName = 64;

    public static async Task<IssuedCertificate> RunAsync(
        Actor actor,
        NewIssue request,
        CallerCertificates callers,
        DataOptions data,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var name = request.Name.Trim();
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl))
            return Refused("name");
        if (request.Days is < 1 or > MaxDays)
            return Refused("days");
        var customer = await db.Set<Customer>().Where(c => c.Id == actor.Customer).Select(c => c.Name).SingleAsync(ct);
        var (certificate, key) = CertificateAuthority.IssueClient(data, SubjectOf(name, customer), TimeSpan.FromDays(request.Days), clock);
        var registered = await ClientCertificates.RegisterAsync(
            actor,
            new NewClientCertificate(name, certificate, request.Scopes) { IsIssuedHere = true, IsTrusted = callers.Rule },
            db,
            clock,
            ct
        );
        return registered.Certificate is { } row ? new(row, certificate, key, []) : new(null, "", "", registered.Wrong);
    }

    private static IssuedCertificate Refused(string field) => new(null, "", "", [field]);

    // With the customer, so that the same name with two customers is two subjects.
    private static X500DistinguishedName SubjectOf(string name, string customer)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var clean = string.Concat(customer.Where(c => !char.IsControl(c))).Trim();
        if (clean.Length > 0)
            subject.AddOrganizationName(clean.Length > MaxName ? clean[..MaxName] : clean);
        return subject.Build();
    }
}
