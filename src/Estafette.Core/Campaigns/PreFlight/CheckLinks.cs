using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>How far the asking of a campaign's addresses is, and what is wrong with those that answered.</summary>
public sealed record LinkProgress(int Done, int Total, IReadOnlyList<CampaignProblem> Problems)
{
    public bool IsDone => Done >= Total;
}

/// <summary>Has the links and images of a campaign asked in the background (<see cref="LinkCheckRunner"/>), and reads the answers.</summary>
public static class CheckLinks
{
    /// <summary>An answer holds so long; asking again by hand does not wait for it.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromHours(12);

    /// <summary>Addresses asked per campaign; more are not looked at.</summary>
    public const int MaxAddresses = 200;
    private const int MaxUrl = 2000;
    private const long HeavyImage = 1_000_000;

    /// <summary>Puts the addresses that have no fresh answer on the list of those to ask; returns how far it is.</summary>
    /// <returns>Null when the customer has no such campaign.</returns>
    public static async Task<LinkProgress?> RunAsync(
        CustomerId customer,
        CampaignId id,
        bool again,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await ReadSubjectAsync(customer, id, db, ct) is not { } subject)
            return null;
        var addresses = AddressesOf(subject);
        var now = clock.GetUtcNow();
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var keys = addresses.Select(CheckedLink.KeyOf).ToList();
            var known = await db.Of<CheckedLink>(customer).Where(l => keys.Contains(l.UrlKey)).ToDictionaryAsync(l => l.UrlKey, ct);
            foreach (var url in addresses)
                if (!known.TryGetValue(CheckedLink.KeyOf(url), out var row))
                    db.Add(
                        new CheckedLink
                        {
                            CustomerId = customer,
                            UrlKey = CheckedLink.KeyOf(url),
                            Url = url,
                            AskedAt = now,
                        }
                    );
                else if (row.State != LinkState.Waiting && (again || now - row.CheckedAt > Fresh))
                    (row.State, row.AskedAt) = (LinkState.Waiting, now);
            await db.SaveChangesAsync(ct);
            await write.CommitAsync(ct);
        }
        signals.Ring(Signal.CampaignChanged);
        return await ReadAsync(customer, subject, db, ct);
    }

    /// <summary>How far the asking is; asks nothing.</summary>
    internal static async Task<LinkProgress> ReadAsync(CustomerId customer, PreFlightSubject subject, EstafetteDb db, CancellationToken ct)
    {
        var addresses = AddressesOf(subject);
        var keys = addresses.Select(CheckedLink.KeyOf).ToList();
        var known = await db.Of<CheckedLink>(customer).AsNoTracking().Where(l => keys.Contains(l.UrlKey)).ToListAsync(ct);
        var answered = known.Where(l => l.State != LinkState.Waiting).ToList();
        var images = subject.Images.Select(i => i.GetAttribute("src")?.Trim()).ToHashSet(StringComparer.Ordinal);
        return new LinkProgress(
            answered.Count,
            addresses.Count,
            [.. answered.OrderBy(l => l.Url, StringComparer.Ordinal).SelectMany(l => ProblemsOf(l, images))]
        );
    }

    private static IEnumerable<CampaignProblem> ProblemsOf(CheckedLink link, HashSet<string?> images)
    {
        if (link.State == LinkState.Broken)
            yield return new("links.broken", "html", false, $"{link.Url} answers with error {link.Code}.", $"{link.Url} ({link.Code})");
        if (link.State == LinkState.Unreachable)
            yield return new("links.unreachable", "html", false, $"{link.Url} does not answer: {link.Detail}", link.Url);
        if (link is { State: LinkState.Good, Bytes: > HeavyImage } && images.Contains(link.Url))
            yield return new(
                "images.heavy",
                "html",
                false,
                $"The image {link.Url} weighs {link.Bytes / 1000} kB.",
                $"{link.Url} ({link.Bytes / 1000} kB)"
            );
    }

    private static List<string> AddressesOf(PreFlightSubject subject) =>
        [
            .. subject
                .Addresses.Where(u =>
                    u.Length <= MaxUrl && !(Uri.TryCreate(u, UriKind.Absolute, out var target) && LinkCheck.IsPlaceholder(target.Host))
                )
                .Take(MaxAddresses),
        ];

    private static async Task<PreFlightSubject?> ReadSubjectAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        return new PreFlightSubject(campaign, owner, null);
    }
}
