using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>A From name and address that campaigns can choose.</summary>
/// <param name="Id">Key.</param>
/// <param name="Name">Shown name.</param>
/// <param name="Email">Address.</param>
/// <param name="ReplyTo">Where answers go; null: to the address.</param>
/// <param name="Signs">A key of its domain, or of one above it, is active.</param>
public sealed record SenderIdentityRow(long Id, string Name, string Email, string? ReplyTo, bool Signs);

/// <summary>What a person may say about an identity.</summary>
public sealed record SenderIdentityInput(string Name, string Email, string? ReplyTo = null);

/// <summary>The identities of a customer, by name.</summary>
public static class ListSenderIdentities
{
    public static async Task<IReadOnlyList<SenderIdentityRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var identities = await db.Of<SenderIdentity>(customer).AsNoTracking().OrderBy(i => i.Name).ThenBy(i => i.Email).ToListAsync(ct);
        var signing = await db.Of<SenderDomain>(customer).Where(d => d.DkimActive).Select(d => d.Domain).ToListAsync(ct);
        return [.. identities.Select(i => new SenderIdentityRow(i.Id, i.Name, i.Email, i.ReplyTo, Signs(i.Email, signing)))];
    }

    private static bool Signs(string email, List<string> domains)
    {
        var domain = email[(email.LastIndexOf('@') + 1)..];
        return domains.Exists(d => domain == d || domain.EndsWith("." + d, StringComparison.Ordinal));
    }
}

/// <summary>Adds an identity, or changes one.</summary>
public static class SaveSenderIdentity
{
    /// <param name="Customer">The owner.</param>
    /// <param name="Id">The identity to change; null to add one.</param>
    /// <param name="Identity">What it shall say.</param>
    public sealed record Request(CustomerId Customer, long? Id, SenderIdentityInput Identity);

    public static async Task<Outcome<SenderIdentity>> RunAsync(Request request, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var input = request.Identity;
        var existing = await db.Of<SenderIdentity>(request.Customer).SingleOrDefaultAsync(i => i.Id == request.Id, ct);
        if (request.Id is not null && existing is null)
            return Outcome<SenderIdentity>.Missing;
        var name = input.Name.Trim();
        var faults = Check(input, name, out var email, out var replyTo);
        var others = db.Of<SenderIdentity>(request.Customer).Where(i => i.Name == name && i.Email == email.Address && i.Id != request.Id);
        if (!faults.Any && await others.AnyAsync(ct))
            faults.Add(nameof(input.Email), DeliverabilityTexts.Get("identity.taken"));
        if (faults.Any)
            return faults;
        if (existing is null)
        {
            existing = new SenderIdentity
            {
                CustomerId = request.Customer,
                Name = name,
                Email = email.Address,
                CreatedAt = clock.GetUtcNow(),
            };
            db.Add(existing);
        }
        (existing.Name, existing.Email, existing.ReplyTo) = (name, email.Address, replyTo);
        await db.SaveChangesAsync(ct);
        return existing;
    }

    private static Faults Check(SenderIdentityInput input, string name, out EmailAddress email, out string? replyTo)
    {
        var faults = new Faults();
        replyTo = null;
        faults.Require(name.Length is > 0 and <= 200, nameof(input.Name), DeliverabilityTexts.Get("identity.name"));
        if (!MimeHeaders.TryValidateHeaderValue(name, out var wrongName))
            faults.Add(nameof(input.Name), wrongName!);
        if (!EmailAddress.TryParse(input.Email, out email, out var wrong))
            faults.Add(nameof(input.Email), wrong!);
        if (string.IsNullOrWhiteSpace(input.ReplyTo))
            return faults;
        if (EmailAddress.TryParse(input.ReplyTo, out var reply, out var wrongReply))
            replyTo = reply.Address;
        else
            faults.Add(nameof(input.ReplyTo), wrongReply!);
        return faults;
    }
}

/// <summary>Deletes an identity; campaigns keep what they were given.</summary>
public static class DeleteSenderIdentity
{
    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Whether it existed.</returns>
    public static async Task<bool> RunAsync(Request request, EstafetteDb db, CancellationToken ct)
    {
        var identity = await db.Of<SenderIdentity>(request.Customer).SingleOrDefaultAsync(i => i.Id == request.Id, ct);
        if (identity is null)
            return false;
        db.Remove(identity);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
