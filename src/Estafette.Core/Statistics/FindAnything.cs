using System.Data.Common;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>A campaign, template or list that was found.</summary>
public sealed record FoundThing(long Id, string Name, CampaignStatus? Status = null);

/// <summary>A contact that was found.</summary>
public sealed record FoundContact(ContactId Id, string Address, string? Name);

/// <summary>A message that was found.</summary>
public sealed record FoundMessage(DeliveryId Id, string Address, DeliveryStatus Status, string? Campaign, DateTimeOffset At);

/// <summary>What a search of the whole account found, by kind; each kind at most <see cref="FindAnything.Most"/>.</summary>
public sealed record Found(
    IReadOnlyList<FoundThing> Campaigns,
    IReadOnlyList<FoundContact> Contacts,
    IReadOnlyList<FoundMessage> Messages,
    IReadOnlyList<FoundThing> Templates,
    IReadOnlyList<FoundThing> Lists
)
{
    public bool IsEmpty => Campaigns.Count + Contacts.Count + Messages.Count + Templates.Count + Lists.Count == 0;
}

/// <summary>
/// Finds campaigns, templates and lists by a part of their name, contacts by the beginning of their address, messages by the address of their
/// recipient or by their Message-ID. Every look-up uses an index, so that an account of millions answers at once.
/// </summary>
public sealed class FindAnything
{
    /// <summary>Most finds of each kind.</summary>
    public const int Most = 8;

    /// <summary>Fewest characters of a search.</summary>
    public const int Least = 2;

    // The greatest character: no key that begins with a text stands behind the text and it.
    private static readonly string Last = char.ConvertFromUtf32(0x10FFFF);

    private readonly Store _store;
    private readonly TrackingTokens _tokens;

    internal FindAnything(Store store, TrackingTokens tokens) => (_store, _tokens) = (store, tokens);

    /// <summary>An empty search gives the last campaigns.</summary>
    public async Task<Found> RunAsync(CustomerId customer, string? search, EstafetteDb db, CancellationToken ct)
    {
        var text = search?.Trim().ToLowerInvariant() ?? "";
        if (text.Length < Least)
            return new Found(await CampaignsAsync(customer, null, db, ct), [], [], [], []);
        var pattern = $"%{FoldedText.Of(text)}%";
        return new Found(
            await CampaignsAsync(customer, pattern, db, ct),
            await ContactsAsync(customer, text, db, ct),
            await MessagesAsync(customer, text, ct),
            await TemplatesAsync(customer, pattern, db, ct),
            await ListsAsync(customer, pattern, db, ct)
        );
    }

#pragma warning disable CA1304, CA1311, CA1309 // Translated to SQL, where the database folds the case and compares byte by byte.
    private static async Task<IReadOnlyList<FoundThing>> CampaignsAsync(
        CustomerId customer,
        string? pattern,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<Campaign>(customer)
            .Where(c => pattern == null || EF.Functions.Like(FoldedText.Of(c.Name), pattern))
            .OrderByDescending(c => c.Id)
            .Take(Most)
            .Select(c => new FoundThing(c.Id.Value, c.Name, c.Status))
            .ToListAsync(ct);

    private static async Task<IReadOnlyList<FoundThing>> TemplatesAsync(
        CustomerId customer,
        string pattern,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<Template>(customer)
            .Where(t => EF.Functions.Like(FoldedText.Of(t.Name), pattern))
            .OrderBy(t => t.Name)
            .Take(Most)
            .Select(t => new FoundThing(t.Id.Value, t.Name, null))
            .ToListAsync(ct);

    private static async Task<IReadOnlyList<FoundThing>> ListsAsync(
        CustomerId customer,
        string pattern,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<ContactList>(customer)
            .Where(l => EF.Functions.Like(FoldedText.Of(l.Name), pattern))
            .OrderBy(l => l.Name)
            .Take(Most)
            .Select(l => new FoundThing(l.Id.Value, l.Name, null))
            .ToListAsync(ct);

    private static async Task<IReadOnlyList<FoundContact>> ContactsAsync(
        CustomerId customer,
        string from,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var to = from + Last;
        var rows = await db.Of<Contact>(customer)
            .Where(c => string.Compare(c.ContactKey, from) >= 0 && string.Compare(c.ContactKey, to) < 0)
            .OrderBy(c => c.ContactKey)
            .Take(Most)
            .Select(c => new
            {
                c.Id,
                c.ContactKey,
                c.Email,
                c.FirstName,
                c.LastName,
            })
            .ToListAsync(ct);
        return rows.ConvertAll(c => new FoundContact(c.Id, c.Email ?? c.ContactKey, Join(c.FirstName, c.LastName)));
    }
#pragma warning restore CA1304, CA1311, CA1309

    private async Task<IReadOnlyList<FoundMessage>> MessagesAsync(CustomerId customer, string text, CancellationToken ct)
    {
        // A Message-ID is the proof of its delivery and a domain (ComposerScratch); "<" and ">" come along when it is copied from a header.
        await _tokens.EnsureLoadedAsync(ct);
        if (_tokens.TryReadVerp(text.Trim('<', '>').Split('@')[0], out var delivery))
            return await ReadAsync("find-message-by-id", c => c.Set("@id", delivery.Value).Set("@customer", customer.Value), ct);
        // Without an @ the beginning of an address says too little: millions of rows may have it.
        if (!text.Contains('@'))
            return [];
        return await ReadAsync(
            "find-messages-by-recipient",
            c => c.Set("@customer", customer.Value).Set("@from", text).Set("@to", text + Last).Set("@take", Most),
            ct
        );
    }

    private async Task<List<FoundMessage>> ReadAsync(string sql, Action<DbCommand> fill, CancellationToken ct)
    {
        await using var connection = await _store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = _store.Sql("Statistics/" + sql);
        fill(command);
        var found = new List<FoundMessage>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            found.Add(
                new FoundMessage(
                    new DeliveryId(row.GetInt64(0)),
                    row.GetString(1),
                    (DeliveryStatus)row.GetInt16(2),
                    row.IsDBNull(3) ? null : row.GetString(3),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))
                )
            );
        return found;
    }

    private static string? Join(string? first, string? last) => $"{first} {last}".Trim() is { Length: > 0 } name ? name : null;
}
