using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.Extensions.Primitives;

namespace Estafette.Web.Campaigns;

/// <summary>
/// What <see cref="AudienceSection"/> shows. A page loads it, puts the section into its form, and reads the posted choice with
/// <see cref="Read"/> for SetCampaignTargets. The fields are "list-ID" and "segment-ID", each "to", "not" or empty.
/// </summary>
public sealed record AudienceModel(
    CampaignId Campaign,
    IReadOnlyList<ListRow> Lists,
    IReadOnlyList<SegmentRow> Segments,
    AudienceTargets Targets,
    AudienceCount Count
)
{
    /// <param name="targets">Null: those stored for the campaign.</param>
    public static async Task<AudienceModel> LoadAsync(
        CustomerId customer,
        CampaignId campaign,
        AudienceTargets? targets,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        targets ??= await AudienceTargets.ReadAsync(customer, campaign, db, ct);
        return new AudienceModel(
            campaign,
            await ListLists.RunAsync(customer, db, ct),
            await ListSegments.RunAsync(customer, db, ct),
            targets,
            await AudienceCount.LoadAsync(customer, targets, QueryTime.Glance, db, clock, ct)
        );
    }

    /// <summary>The choice in a posted form or a query.</summary>
    public static AudienceTargets Read(IEnumerable<KeyValuePair<string, StringValues>> fields)
    {
        var chosen = fields.Select(f => (f.Key, Value: f.Value.ToString())).Where(f => f.Value is "to" or "not").ToList();
        List<T> Of<T>(string prefix, string use, Func<long, T> make) =>
            [
                .. chosen
                    .Where(f => f.Value == use && f.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(f =>
                        long.TryParse(f.Key.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0
                    )
                    .Where(id => id > 0)
                    .Select(make),
            ];
        return new AudienceTargets(
            Of("list-", "to", id => new ListId(id)),
            Of("list-", "not", id => new ListId(id)),
            Of("segment-", "to", id => new SegmentId(id)),
            Of("segment-", "not", id => new SegmentId(id))
        );
    }
}

/// <summary>The figures of an audience.</summary>
/// <param name="Audience">Null when the database needs longer than was waited.</param>
/// <param name="AnyTarget">There is something to count.</param>
/// <param name="Comes">The page was shown without waiting for them: it asks for them by itself.</param>
public sealed record AudienceCount(Audience? Audience, bool AnyTarget, bool Comes)
{
    public static async Task<AudienceCount> LoadAsync(
        CustomerId customer,
        AudienceTargets targets,
        TimeSpan within,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var any = targets.Lists.Count + targets.Segments.Count > 0;
        try
        {
            return new AudienceCount(await CountAudience.RunAsync(customer, targets, within, clock.GetUtcNow(), db, ct), any, false);
        }
        catch (QueryTooSlowException)
        {
            return new AudienceCount(null, any, within < QueryTime.Asked);
        }
    }
}
