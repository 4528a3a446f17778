using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Sending;

/// <summary>A captured message with the names of where it comes from.</summary>
internal sealed record CapturedLine(CapturedRow Message, string? Server, string? Campaign);

/// <summary>
/// What capture servers kept, newest first or oldest first. No other order: the source of a message lies in its row, and reading thousands of them
/// for a page takes too long.
/// </summary>
internal sealed class OutboxGrid(IReadOnlyDictionary<ServerId, string> servers) : GridOf<CapturedLine>
{
    public override string Name => "outbox";

    public override string Path => "/outbox";

    public override string SearchHint => "outbox.search-hint";

    public override string CountKey => "outbox.count";

    public override IReadOnlyList<GridColumn<CapturedLine>> Columns { get; } =
    [
        new("subject", "outbox.subject", r => r.Message.Subject) { Wide = true },
        new("to", "outbox.to", r => r.Message.Recipient),
        new("campaign", "outbox.campaign", r => r.Campaign) { Hidden = true, Wide = true },
        new("server", "outbox.server", r => r.Server) { Hidden = true },
        new("at", "outbox.at", r => r.Message.At) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
        servers.Count < 2
            ? []
            :
            [
                new(
                    "server",
                    "outbox.server",
                    FilterKind.Choice,
                    [.. servers.Select(s => (s.Key.ToString(), s.Value)).OrderBy(s => s.Value)]
                ),
            ];

    public static async Task<GridOf<CapturedLine>> MakeAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        new OutboxGrid(
            await db.Of<SendingServer>(customer).Where(s => s.Kind == ServerKind.Capture).ToDictionaryAsync(s => s.Id, s => s.Name, ct)
        );

    public override async Task<GridPage<CapturedLine>> PageAsync(GridQuery query, GridScope scope)
    {
        long? after = long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : null;
        var request = new ListCaptured.Request(scope.Customer, Search: query.Search, After: after, Count: query.Size + 1)
        {
            Server = ServerId.TryParse(query.Filter("server"), null, out var server) ? server : null,
            OldestFirst = query is { Sort: not null, Descending: false },
        };
        var rows = (await ListCaptured.RunAsync(request, scope.Db, scope.Gone)).ToList();
        var more = rows.Count > query.Size;
        if (more)
            rows.RemoveAt(query.Size);
        var campaigns = await CampaignsAsync(rows, scope);
        var page = new GridPage<CapturedLine>(
            [.. rows.Select(r => new CapturedLine(r, servers.GetValueOrDefault(r.Server), Of(r.Campaign)))],
            more ? rows[^1].Id.ToString(CultureInfo.InvariantCulture) : null
        );
        // A search is not counted: it reads all messages.
        if (query.IsExport || query.Search is not null)
            return page;
        var (total, isAtLeast) = await CountAsync(ListCaptured.Filter(request, scope.Db), scope);
        return page with { Total = total, IsAtLeast = isAtLeast };

        string? Of(CampaignId? campaign) => campaign is { } id ? campaigns.GetValueOrDefault(id) : null;
    }

    private static async Task<Dictionary<CampaignId, string>> CampaignsAsync(List<CapturedRow> rows, GridScope scope)
    {
        var ids = rows.Select(r => r.Campaign).OfType<CampaignId>().Distinct().ToList();
        return await scope
            .Db.Of<Campaign>(scope.Customer)
            .Where(c => ids.Contains(c.Id))
            .ToDictionaryAsync(c => c.Id, c => c.Name, scope.Gone);
    }
}
