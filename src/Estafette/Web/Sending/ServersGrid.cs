using Estafette.Core.Channels;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Sending;

/// <summary>The sending servers of a customer, in the order in which they are used.</summary>
internal sealed class ServersGrid : ListedGrid<ServerRow>
{
    public override string Name => "servers";

    public override string Path => "/servers";

    public override string CountKey => "servers.count";

    public override IReadOnlyList<GridColumn<ServerRow>> Columns { get; } =
    [
        new("name", "shared.name", r => r.Name) { Sorts = true, Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Health).Key)) { Sorts = true },
        new("kind", "servers.kind", r => StatusWords.Of("servers.kind", r.Kind)) { Sorts = true },
        new("target", "servers.target", r => r.Target) { Hidden = true, Sorts = true },
        new("priority", "servers.priority", r => r.Priority) { Sorts = true, Numeric = true },
        new("rate", "servers.rate", r => r.RateCount is { } rate ? $"{N(rate)} {RateWords.Of(r.RateUnit)}" : T("servers.unlimited"))
        {
            Numeric = true,
        },
        new("today", "servers.today", r => r.UsedToday) { Sorts = true, Numeric = true },
        new("maximum", "servers.daily-maximum", r => r.DailyMaximum)
        {
            Hidden = true,
            Sorts = true,
            Numeric = true,
        },
        new("actions", "shared.actions", _ => null) { NotExported = true },
    ];

    protected override Task<IReadOnlyList<ServerRow>> ReadAsync(GridScope scope) =>
        ListServers.RunAsync(scope.Customer, scope.Db, scope.Clock, scope.Gone);
}
