using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>A sender domain with the DNS record its owner must publish; the private key is never shown.</summary>
/// <param name="Id">Key.</param>
/// <param name="Domain">A-labels.</param>
/// <param name="Selector">Name of the key below <c>_domainkey</c>.</param>
/// <param name="RecordName">Full name of the TXT record.</param>
/// <param name="RecordValue">Value of the TXT record as one text.</param>
/// <param name="ZoneFileValue">The value as a zone file holds it: quoted strings of at most 255 characters.</param>
/// <param name="Active">Messages are signed.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record SenderDomainRow(
    long Id,
    string Domain,
    string Selector,
    string RecordName,
    string RecordValue,
    string ZoneFileValue,
    bool Active,
    DateTimeOffset CreatedAt
)
{
    public DomainStatus MxStatus { get; init; }
    public DomainStatus SpfStatus { get; init; }
    public DomainStatus DkimStatus { get; init; }
    public DomainStatus DmarcStatus { get; init; }

    /// <summary>When it was last looked at; null when never.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>A new key waits for its record while the current one signs.</summary>
    public bool HasNextKey { get; init; }

    internal static SenderDomainRow From(SenderDomain domain)
    {
        var record = DomainRecord.Of(domain.CurrentKey, domain.Domain);
        return new SenderDomainRow(
            domain.Id,
            domain.Domain,
            domain.DkimSelector,
            record.Name,
            record.Value,
            record.ZoneFileValue,
            domain.DkimActive,
            domain.CreatedAt
        )
        {
            MxStatus = domain.MxStatus,
            SpfStatus = domain.SpfStatus,
            DkimStatus = domain.DkimStatus,
            DmarcStatus = domain.DmarcStatus,
            CheckedAt = domain.CheckedAt,
            HasNextKey = domain.NextKey is not null,
        };
    }
}

/// <summary>Adds a domain of sender addresses and makes its DKIM key; signing starts when a check finds its record, or with <see cref="ActivateDkim"/>.</summary>
public static class AddSenderDomain
{
    /// <param name="Customer">The owner.</param>
    /// <param name="Domain">The domain, also in its own script.</param>
    public sealed record Request(CustomerId Customer, string Domain);

    public static async Task<Outcome<SenderDomainRow>> RunAsync(
        Request request,
        EstafetteDb db,
        DkimSigners signers,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var faults = new Faults();
        // A domain is what may stand behind the @ of an address: the same rules, the same A-labels.
        if (!EmailAddress.TryParse("x@" + request.Domain.Trim().TrimEnd('.'), out var address, out _))
        {
            faults.Add(nameof(request.Domain), DeliverabilityTexts.Get("domain.wrong"));
            return faults;
        }
        if (await db.Of<SenderDomain>(request.Customer).AnyAsync(d => d.Domain == address.Domain, ct))
        {
            faults.Add(nameof(request.Domain), DeliverabilityTexts.Get("domain.taken"));
            return faults;
        }
        var (selector, publicKey, protectedKey) = signers.NewKey();
        var domain = new SenderDomain
        {
            CustomerId = request.Customer,
            Domain = address.Domain,
            DkimSelector = selector,
            DkimPublicKey = publicKey,
            DkimProtectedKey = protectedKey,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(domain);
        await db.SaveChangesAsync(ct);
        return SenderDomainRow.From(domain);
    }
}

/// <summary>The sender domains of a customer, by name.</summary>
public static class ListSenderDomains
{
    public static async Task<IReadOnlyList<SenderDomainRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        [.. (await db.Of<SenderDomain>(customer).AsNoTracking().OrderBy(d => d.Domain).ToListAsync(ct)).Select(SenderDomainRow.From)];
}

/// <summary>Deletes a sender domain with its key.</summary>
public static class DeleteSenderDomain
{
    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Whether the domain existed.</returns>
    public static async Task<bool> RunAsync(Request request, EstafetteDb db, DkimSigners signers, CancellationToken ct)
    {
        var domain = await db.Of<SenderDomain>(request.Customer).SingleOrDefaultAsync(d => d.Id == request.Id, ct);
        if (domain is null)
            return false;
        db.Remove(domain);
        await db.SaveChangesAsync(ct);
        signers.Forget(request.Customer);
        return true;
    }
}
