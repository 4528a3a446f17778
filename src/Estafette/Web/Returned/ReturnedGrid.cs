using System.Globalization;
using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Estafette.Protocols.Bounces;
using Estafette.Web.Grids;
using Estafette.Web.Layout;

namespace Estafette.Web.Returned;

/// <summary>Mail that came back, newest first or oldest first: about the messages of the customer, or for the operators what is about nobody.</summary>
internal sealed class ReturnedGrid(bool ofNobody) : GridOf<ReturnedRow>
{
    public override string Name => ofNobody ? "returned-nobody" : "returned";

    public override string Path => ofNobody ? "/operator/returned" : "/returned";

    public override string SearchHint => "returned.search-hint";

    public override string CountKey => "returned.count";

    public override IReadOnlyList<GridColumn<ReturnedRow>> Columns { get; } =
    [
        new("kind", "returned.kind", r => ReturnedWords.Kind(r.Mail.Kind)),
        .. ofNobody ? Array.Empty<GridColumn<ReturnedRow>>() : [new("recipient", "returned.recipient", r => r.Recipient) { Wide = true }],
        new("said", "returned.said", r => ReturnedWords.Said(r.Mail.Code, r.Mail.Status, r.Mail.Diagnostic))
        {
            Wide = true,
            Hidden = ofNobody,
        },
        new("done", "returned.done", r => ReturnedWords.Short(r.Mail)) { Hidden = ofNobody },
        new("sender", "returned.sender", r => r.Mail.Sender) { Hidden = !ofNobody, Wide = true },
        new("subject", "returned.subject", r => r.Mail.Subject) { Hidden = !ofNobody, Wide = true },
        new("to", "returned.to", r => r.Mail.EnvelopeTo) { Hidden = true, Wide = true },
        new("at", "returned.at", r => r.Mail.ReceivedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [new("kind", "returned.kind", FilterKind.Chips, [.. Choice.Of<ReturnedKind>("returned.kind")])];

    /// <summary>Whose mail it is.</summary>
    public static CustomerId OwnerOf(bool ofNobody, CustomerId customer) => ofNobody ? default : customer;

    public override async Task<GridPage<ReturnedRow>> PageAsync(GridQuery query, GridScope scope)
    {
        long? after = long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : null;
        var owner = OwnerOf(ofNobody, scope.Customer);
        var request = new ListReturnedRequest(
            query.Filter<ReturnedKind>("kind"),
            query.Search,
            after,
            query.Size + 1,
            query is { Sort: not null, Descending: false }
        );
        var rows = (await ListReturned.RunAsync(owner, request, scope.Db, scope.Gone)).ToList();
        var more = rows.Count > query.Size;
        if (more)
            rows.RemoveAt(query.Size);
        var page = new GridPage<ReturnedRow>(rows, more ? rows[^1].Mail.Id.ToString(CultureInfo.InvariantCulture) : null);
        // A search is not counted: it reads all messages.
        if (query.IsExport || query.Search is not null)
            return page;
        var (total, isAtLeast) = await CountAsync(ListReturned.Filter(owner, request, scope.Db), scope);
        return page with { Total = total, IsAtLeast = isAtLeast };
    }
}
