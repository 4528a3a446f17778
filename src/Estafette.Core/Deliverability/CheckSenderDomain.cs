using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>A sender domain with everything its people need to see.</summary>
/// <param name="Row">The domain.</param>
/// <param name="Findings">What the last check found; empty when there was none.</param>
/// <param name="Records">What should be published.</param>
/// <param name="NextSelector">Selector of the key that waits for its record.</param>
/// <param name="OldRecordName">Name of the record of the key before this one, while it should stay published.</param>
/// <param name="OldUntil">When that record may go.</param>
/// <param name="HasSecondKey">There is an Ed25519 key.</param>
/// <param name="SecondActive">It signs.</param>
public sealed record SenderDomainDetails(
    SenderDomainRow Row,
    IReadOnlyList<DomainFinding> Findings,
    IReadOnlyList<DomainRecord> Records,
    string? NextSelector,
    string? OldRecordName,
    DateTimeOffset? OldUntil,
    bool HasSecondKey,
    bool SecondActive
);

/// <summary>Reads sender domains with what their last check found.</summary>
public sealed class SenderDomainReader(DnsOptions options, PageAddress pages)
{
    /// <summary>Names are not looked at in this installation.</summary>
    public bool IsBypassed => options.BypassChecks;

    /// <returns>Null when the customer has no such domain.</returns>
    public async Task<SenderDomainDetails?> FindAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct) =>
        await db.Of<SenderDomain>(customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, ct) is { } domain ? Of(domain) : null;

    /// <summary>The details of a row that was read.</summary>
    public SenderDomainDetails Of(SenderDomain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var findings = DomainFinding.Read(domain.Messages);
        return new(
            SenderDomainRow.From(domain),
            findings,
            DomainRecords.Of(domain, findings, options, new Uri(pages.Base).IdnHost),
            domain.NextSelector,
            domain.OldKey is { } old ? DomainRecord.Of(old, domain.Domain).Name : null,
            domain.OldUntil,
            domain.SecondKey is not null,
            domain.SecondActive
        );
    }
}

/// <summary>
/// Looks at a sender domain now and keeps what was found; signing starts and a new key is used when their records are found. While the checks are
/// off nothing changes.
/// </summary>
public static class CheckSenderDomain
{
    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Whether the domain exists.</returns>
    public static async Task<bool> RunAsync(
        Request request,
        EstafetteDb db,
        DomainChecks checks,
        DkimSigners signers,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var row = await db.Of<SenderDomain>(request.Customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == request.Id, ct);
        if (row is null)
            return false;
        var asked = row.Keys;
        var findings = await checks.CheckAsync(row.Domain, row.DkimActive, asked, ct);
        if (findings.Count == 0)
            return true;
        // Read again: names were asked for some seconds, in which a person may have changed the keys.
        return await DkimKeys.ChangeAsync(
            request.Customer,
            request.Id,
            domain =>
            {
                var now = clock.GetUtcNow();
                domain.Record(findings, asked, now);
                domain.CheckDueAt = now + DomainWatch.PauseOf(domain, now);
            },
            db,
            signers,
            ct
        );
    }
}
