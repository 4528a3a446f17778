using System.Data.Common;
using System.Globalization;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Why a contact of the chosen lists and segments gets nothing. The values of suppressions are 10 + SuppressionReason.</summary>
public enum AudienceReason
{
    NoAddress = 1,

    /// <summary>In the list, or in some list, but not confirmed.</summary>
    Unconfirmed = 2,
    Unsubscribed = 3,

    /// <summary>In a segment and in no list at all: nobody asked for messages.</summary>
    NotSubscribed = 4,
    ExcludedByList = 5,
    ExcludedBySegment = 6,
    OptedOut = 11,
    HardBounced = 12,
    SoftBounced = 13,
    Complained = 14,
    SuppressedByHand = 15,
}

/// <summary>How many contacts a reason keeps out.</summary>
public sealed record AudienceExclusion(AudienceReason Reason, long Contacts);

/// <summary>Who a launch would reach now; suppressed addresses are counted apart, they get a delivery that says so.</summary>
public sealed record Audience(long Recipients, long Suppressed)
{
    /// <summary>Everybody of the chosen lists and segments who is not reached, by the first reason that applies.</summary>
    public IReadOnlyList<AudienceExclusion> Excluded { get; init; } = [];
}

/// <summary>What a campaign goes to, and what it leaves out.</summary>
public sealed record AudienceTargets(
    IReadOnlyCollection<ListId> Lists,
    IReadOnlyCollection<ListId> ExcludedLists,
    IReadOnlyCollection<SegmentId> Segments,
    IReadOnlyCollection<SegmentId> ExcludedSegments
)
{
    public static readonly AudienceTargets None = new([], [], [], []);

    /// <summary>The targets stored for a campaign.</summary>
    public static async Task<AudienceTargets> ReadAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        var lists = await db.Of<CampaignList>(customer).AsNoTracking().Where(l => l.CampaignId == campaign).ToListAsync(ct);
        var segments = await db.Of<CampaignSegment>(customer).AsNoTracking().Where(s => s.CampaignId == campaign).ToListAsync(ct);
        return new AudienceTargets(
            [.. lists.Where(l => !l.Excluded).Select(l => l.ListId)],
            [.. lists.Where(l => l.Excluded).Select(l => l.ListId)],
            [.. segments.Where(s => !s.Excluded).Select(s => s.SegmentId)],
            [.. segments.Where(s => s.Excluded).Select(s => s.SegmentId)]
        );
    }
}

/// <summary>Counts whom the freezing of an audience would choose, and why the others of its lists and segments are left out.</summary>
public static class CountAudience
{
    /// <summary>The audience of a campaign as it is stored.</summary>
    /// <exception cref="QueryTooSlowException">The database needs longer than <paramref name="within"/>.</exception>
    public static async Task<Audience> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        TimeSpan within,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var chosen = await RunAsync(
            customer,
            await AudienceTargets.ReadAsync(customer, campaign, db, ct),
            within,
            clock.GetUtcNow(),
            db,
            ct
        );
        return await Recipients.GivenRecipients.AddToAsync(chosen, customer, campaign, db, ct);
    }

    /// <summary>The audience of targets that may not be stored yet; those the customer does not own count nobody.</summary>
    /// <exception cref="QueryTooSlowException">The database needs longer than <paramref name="within"/>.</exception>
    public static async Task<Audience> RunAsync(
        CustomerId customer,
        AudienceTargets targets,
        TimeSpan within,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (targets.Lists.Count + targets.Segments.Count == 0)
            return new Audience(0, 0);
        var scope = await SegmentScopes.ReadAsync(customer, SegmentUse.Whole, LimitedQuery.KindOf(db), now, db, ct);
        var statement = await AudienceStatement.BuildAsync(scope, targets, db, ct);
        var counts = await LimitedQuery.RunAsync(
            db,
            within,
            async (command, stop) =>
            {
                statement.Fill(command);
                await using var reader = await command.ExecuteReaderAsync(stop);
                var rows = new Dictionary<int, long>();
                while (await reader.ReadAsync(stop))
                    rows[Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture)] = reader.GetInt64(1);
                return rows;
            },
            ct
        );
        var excluded = counts.Where(c => c.Key != 0).Select(c => new AudienceExclusion((AudienceReason)c.Key, c.Value));
        return new Audience(counts.GetValueOrDefault(0), counts.Where(c => c.Key > 10).Sum(c => c.Value))
        {
            Excluded = [.. excluded.OrderBy(e => e.Reason)],
        };
    }
}

/// <summary>The statement that sorts the contacts of an audience by reason.</summary>
internal sealed class AudienceStatement
{
    private readonly SegmentScope _scope;
    private readonly List<KeyValuePair<string, object>> _parameters = [];
    private List<SegmentPredicate> _included = [];
    private List<SegmentPredicate> _excluded = [];
    private string _text = "";

    private AudienceStatement(SegmentScope scope) => _scope = scope;

    public static async Task<AudienceStatement> BuildAsync(
        SegmentScope scope,
        AudienceTargets targets,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var statement = new AudienceStatement(scope);
        statement._included = await statement.CompileAsync(targets.Segments, "i", db, ct);
        statement._excluded = await statement.CompileAsync(targets.ExcludedSegments, "e", db, ct);
        statement.Write(targets);
        return statement;
    }

    public void Fill(DbCommand command)
    {
        command.CommandText = _text;
        foreach (var (name, value) in _parameters)
            command.Set(name, value);
        foreach (var predicate in _included.Concat(_excluded))
            predicate.AddTo(command);
    }

    private async Task<List<SegmentPredicate>> CompileAsync(
        IEnumerable<SegmentId> segments,
        string prefix,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var predicates = new List<SegmentPredicate>();
        foreach (var id in segments.Distinct().Order(Comparer<SegmentId>.Create((a, b) => a.Value.CompareTo(b.Value))))
            if (await db.Of<Segment>(_scope.Customer).AnyAsync(s => s.Id == id, ct))
                predicates.Add(CompileSegment.Run(await AudienceSql.ReadAsync(_scope.Customer, id, db, ct), _scope, $"{prefix}{id}_"));
        return predicates;
    }

    private void Write(AudienceTargets targets)
    {
        var lists = Ids(targets.Lists, "list");
        var (source, standing) = _included.Count == 0 ? OfLists(targets.Lists, lists) : OfSegments(targets.Lists, lists);
        var later = new List<string>();
        if (targets.ExcludedLists.Count > 0)
            later.Add($"WHEN {Members(Ids(targets.ExcludedLists, "not"), "s.status <> 2")} THEN 5");
        if (_excluded.Count > 0)
            later.Add($"WHEN ({AudienceSql.Any(_excluded)}) THEN 6");
        later.Add("WHEN x.reason IS NOT NULL THEN 10 + x.reason");
        _text = $"""
            SELECT reason, count(*) FROM (
              SELECT CASE p.standing WHEN 0 THEN p.later ELSE p.standing END AS reason FROM (
                SELECT CASE WHEN c.email IS NULL THEN 1 {standing} END AS standing, CASE {string.Join(' ', later)} ELSE 0 END AS later
                FROM {source}) p) r
            GROUP BY reason
            """;
    }

    private string Suppressions =>
        $"LEFT JOIN suppressions x ON x.customer_id = {_scope.Customer.Value} AND x.channel = 1 AND x.address_key = c.contact_key";

    private string IsOurs => $"{(_scope.Database == DatabaseKind.Sqlite ? "+" : "")}c.customer_id = {_scope.Customer.Value}";

    /// <summary>Lists alone: their subscriptions are walked once, and the contact of each is looked up.</summary>
    private (string Source, string Standing) OfLists(IReadOnlyCollection<ListId> lists, string ids)
    {
        var several = lists.Distinct().Count() > 1;
        string Has(string condition)
        {
            var number = $"CASE WHEN {condition} THEN 1 ELSE 0 END";
            return several ? $"max({number})" : number;
        }
        var source = $"""
            (SELECT s.contact_id, {Has("s.status = 1")} AS confirmed, {Has("s.status = 2")} AS gone FROM subscriptions s
              WHERE s.list_id IN ({ids}) AND s.customer_id = {_scope.Customer.Value} AND s.status IN (0, 1, 2){(
                several ? " GROUP BY s.contact_id" : ""
            )}) m
            JOIN contacts c ON c.id = m.contact_id {Suppressions} WHERE {IsOurs}
            """;
        return (source, "WHEN m.confirmed = 1 THEN 0 WHEN m.gone = 1 THEN 3 ELSE 2");
    }

    /// <summary>Segments, and lists beside them: of a segment's contact any list counts, of a list's only the chosen lists.</summary>
    private (string Source, string Standing) OfSegments(IReadOnlyCollection<ListId> lists, string ids)
    {
        var inSegments = $"({AudienceSql.Any(_included)})";
        var (chosen, confirmed) = (inSegments, $"({inSegments} AND {AudienceSql.ConfirmedSomewhere})");
        if (lists.Count > 0)
            (chosen, confirmed) = (
                $"({Members(ids, "s.status IN (0, 1, 2)")} OR {chosen})",
                $"({Members(ids, "s.status = 1")} OR {confirmed})"
            );
        var standing = $"""
            WHEN {confirmed} THEN 0
            WHEN EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id AND s.status = 2) THEN 3
            WHEN EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id) THEN 2
            ELSE 4
            """;
        return ($"contacts c {Suppressions} WHERE {IsOurs} AND {chosen}", standing);
    }

    /// <summary>Contacts whose subscription to one of the lists has a status.</summary>
    private string Members(string lists, string status) =>
        $"c.id IN (SELECT s.contact_id FROM subscriptions s WHERE s.list_id IN ({lists}) AND s.customer_id = {_scope.Customer.Value} AND {status})";

    private string Ids(IEnumerable<ListId> lists, string prefix)
    {
        var names = new List<string>();
        foreach (var list in lists.Distinct())
        {
            names.Add($"@{prefix}{names.Count}");
            _parameters.Add(new(names[^1], list.Value));
        }
        return string.Join(", ", names);
    }
}
