using Estafette.Core.Platform;
using Estafette.Protocols.Dkim;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>Starts or stops signing for a domain by hand; checks start it by themselves when they find the record, unless it was stopped by hand.</summary>
public static class ActivateDkim
{
    public sealed record Request(CustomerId Customer, long Id, bool Active);

    /// <returns>Whether the domain exists.</returns>
    public static Task<bool> RunAsync(Request request, EstafetteDb db, DkimSigners signers, CancellationToken ct) =>
        DkimKeys.ChangeAsync(request.Customer, request.Id, domain => domain.SwitchSigning(request.Active), db, signers, ct);
}

/// <summary>
/// Gives a domain a new key under a new selector. While the domain signs it goes on with the key it has: the new one is used as soon as a check
/// finds its record, or with <see cref="UseNextKey"/>. A new key that already waits is kept: its record may be on its way.
/// </summary>
public static class RotateKey
{
    public sealed record Request(CustomerId Customer, long Id);

    public static async Task<Outcome<SenderDomainRow>> RunAsync(Request request, EstafetteDb db, DkimSigners signers, CancellationToken ct)
    {
        SenderDomainRow? row = null;
        await DkimKeys.ChangeAsync(
            request.Customer,
            request.Id,
            domain =>
            {
                if (domain.NextKey is null)
                    domain.Rotate(signers.NewKey());
                row = SenderDomainRow.From(domain);
            },
            db,
            signers,
            ct
        );
        return row is null ? Outcome<SenderDomainRow>.Missing : row;
    }
}

/// <summary>Signs with the new key from now on, whether its record was found or not; the old record should stay published for a week.</summary>
public static class UseNextKey
{
    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Whether the domain exists.</returns>
    public static Task<bool> RunAsync(Request request, EstafetteDb db, DkimSigners signers, TimeProvider clock, CancellationToken ct) =>
        DkimKeys.ChangeAsync(request.Customer, request.Id, domain => domain.UseNextKey(clock.GetUtcNow()), db, signers, ct);
}

/// <summary>Gives up a new key that waits; the current one goes on.</summary>
public static class DropNextKey
{
    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Whether the domain exists.</returns>
    public static Task<bool> RunAsync(Request request, EstafetteDb db, DkimSigners signers, CancellationToken ct) =>
        DkimKeys.ChangeAsync(request.Customer, request.Id, domain => domain.DropNextKey(), db, signers, ct);
}

/// <summary>
/// Adds an Ed25519 key, whose signature goes beside that of RSA (RFC 8463 §3) once a check finds its record; or takes it away.
/// </summary>
public static class SwitchSecondKey
{
    public sealed record Request(CustomerId Customer, long Id, bool On);

    /// <summary>Whether this machine can make such keys.</summary>
    public static bool IsAvailable => Ed25519.IsAvailable;

    /// <returns>Whether the domain exists.</returns>
    public static Task<bool> RunAsync(Request request, EstafetteDb db, DkimSigners signers, CancellationToken ct) =>
        DkimKeys.ChangeAsync(
            request.Customer,
            request.Id,
            domain =>
            {
                if (!request.On)
                    domain.DropSecondKey();
                else if (domain.SecondKey is null && IsAvailable)
                {
                    var (selector, record, protectedKey) = signers.NewSecondKey();
                    domain.AddSecondKey(selector, record, protectedKey);
                }
            },
            db,
            signers,
            ct
        );
}

/// <summary>One change of the keys of a domain. When somebody else changed or deleted the domain at the same moment it is read and changed again.</summary>
internal static class DkimKeys
{
    private const int Attempts = 5;

    public static async Task<bool> ChangeAsync(
        CustomerId customer,
        long id,
        Action<SenderDomain> change,
        EstafetteDb db,
        DkimSigners signers,
        CancellationToken ct
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await db.Of<SenderDomain>(customer).SingleOrDefaultAsync(d => d.Id == id, ct) is not { } domain)
                return false;
            change(domain);
            try
            {
                await db.SaveChangesAsync(ct);
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                db.Entry(domain).State = EntityState.Detached;
                continue;
            }
            signers.Forget(customer);
            return true;
        }
    }
}
