using Estafette.Core.Contacts.Import;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>The latest imports, newest first.</summary>
internal sealed class ImportsGrid : ListedGrid<ImportProgress>
{
    /// <summary>Imports before these are found by nobody.</summary>
    private const int Most = 2000;

    public override string Name => "imports";

    public override string Path => "/imports";

    public override string CountKey => "imports.count";

    public override IReadOnlyList<GridColumn<ImportProgress>> Columns { get; } =
    [
        new("file", "imports.file", r => r.FileName) { Sorts = true, Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Status).Key)) { Sorts = true },
        new("read", "imports.read", r => r.Counts.Read) { Sorts = true, Numeric = true },
        new("added", "imports.added", r => r.Counts.Added) { Sorts = true, Numeric = true },
        new("updated", "imports.updated", r => r.Counts.Updated) { Sorts = true, Numeric = true },
        new("rejected", "imports.rejected", r => r.Counts.Rejected) { Sorts = true, Numeric = true },
        new("created", "shared.created", r => r.CreatedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } = [GridFilter.Status<ImportStatus>()];

    protected override bool Passes(ImportProgress row, string filter, string value) => row.Status.ToString() == value;

    protected override Task<IReadOnlyList<ImportProgress>> ReadAsync(GridScope scope) =>
        ImportProgress.ListAsync(scope.Customer, Most, scope.Db, scope.Gone);
}
