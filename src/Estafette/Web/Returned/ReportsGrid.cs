using System.Globalization;
using Estafette.Core.Inbound.Abuse;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using static Estafette.Web.Words;

namespace Estafette.Web.Returned;

/// <summary>Reports of abuse, newest first: about the customer's messages, or all of them for the operators.</summary>
internal sealed class ReportsGrid(bool ofAll) : GridOf<ReportRow>
{
    public override string Name => ofAll ? "all-reports" : "abuse-reports";

    public override string Path => ofAll ? "/operator/reports" : "/returned/reports";

    public override string CountKey => "returned.report-count";

    public override IReadOnlyList<GridColumn<ReportRow>> Columns { get; } =
    [
        .. ofAll ? [new("customer", "returned.customer", r => r.Customer)] : Array.Empty<GridColumn<ReportRow>>(),
        new("words", "returned.words", r => r.Report.Words) { Wide = true },
        new("campaign", "returned.campaign", r => r.Campaign),
        new("recipient", "returned.recipient", r => r.Recipient) { Wide = true },
        new("done", "returned.done", r => T(r.Report.OptedOut ? "returned.report-opted-out" : "returned.report-kept")),
        new("reporter", "returned.reporter", r => r.Report.Reporter) { Hidden = true, Wide = true },
        new("link", "returned.link", r => r.Report.Link) { Hidden = true, Wide = true },
        new("ip", "returned.ip", r => r.Report.Ip) { Hidden = true },
        new("at", "returned.at", r => r.Report.ReceivedAt) { Numeric = true },
    ];

    public override async Task<GridPage<ReportRow>> PageAsync(GridQuery query, GridScope scope)
    {
        long? after = long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : null;
        CustomerId? owner = ofAll ? null : scope.Customer;
        var rows = (await ListReports.RunAsync(owner, after, query.Size + 1, scope.Db, scope.Gone)).ToList();
        var more = rows.Count > query.Size;
        if (more)
            rows.RemoveAt(query.Size);
        var page = new GridPage<ReportRow>(rows, more ? rows[^1].Report.Id.ToString(CultureInfo.InvariantCulture) : null);
        if (query.IsExport)
            return page;
        var (total, isAtLeast) = await CountAsync(ListReports.Filter(owner, scope.Db), scope);
        return page with { Total = total, IsAtLeast = isAtLeast };
    }
}
