using Estafette.Core.Contacts.Import;
using Estafette.Web.Contacts;

namespace Estafette.Api.V1;

/// <summary>What one column of a file becomes.</summary>
internal sealed record ImportColumnView(string Source, string Field, string? Attribute, string Type)
{
    public static ImportColumnView Of(ColumnMapping column) =>
        new(column.Source, V1Words.Of(column.Field), column.Attribute, V1Words.Of(column.Type));
}

/// <summary>What became of the rows of a file.</summary>
internal sealed record ImportCountsView(
    long Read,
    long Added,
    long Updated,
    long Skipped,
    long Duplicate,
    long Suppressed,
    long Rejected,
    long Noted
);

/// <summary>An import as v1 shows it.</summary>
internal sealed record ImportView(
    string Url,
    long Id,
    string Filename,
    string? Sheet,
    string Status,
    string? List,
    double Progress,
    long BytesTotal,
    long BytesDone,
    ImportCountsView Counts,
    IReadOnlyList<ImportColumnView> Mapping,
    string KnownContacts,
    string SubscriptionStatus,
    string? Provenance,
    string? LegalBasis,
    string? Wording,
    bool TrackingConsent,
    string Country,
    string? Errors,
    string? Failure,
    DateTimeOffset CreationDate,
    DateTimeOffset? CompletionDate
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "filename",
        "sheet",
        "status",
        "list",
        "progress",
        "bytes_total",
        "bytes_done",
        "counts.read",
        "counts.added",
        "counts.updated",
        "counts.skipped",
        "counts.duplicate",
        "counts.suppressed",
        "counts.rejected",
        "counts.noted",
        "errors",
        "failure",
        "creation_date",
        "completion_date",
    ];

    public static ImportView Of(ContactImport import, V1Links links, ImportMapping? proposed = null)
    {
        var progress = ImportProgress.Of(import);
        var counts = progress.Counts;
        return new(
            links.Import(import.Id),
            import.Id.Value,
            import.FileName,
            import.Sheet,
            progress.Pausing ? "pausing"
                : progress.Cancelling ? "cancelling"
                : V1Words.Of(import.Status),
            import.ListId is { } list ? links.List(list) : null,
            import.Status == ImportStatus.Draft ? 0 : Math.Round(progress.Share, 4),
            import.BytesTotal,
            import.BytesDone,
            new(
                counts.Read,
                counts.Added,
                counts.Updated,
                counts.Skipped,
                counts.Duplicate,
                counts.Suppressed,
                counts.Rejected,
                counts.Noted
            ),
            [.. (proposed ?? ImportMapping.FromJson(import.Mapping)).Columns.Select(ImportColumnView.Of)],
            V1Words.Of(import.KnownContacts),
            V1Words.Of(import.SubscriptionStatus),
            import.Provenance,
            import.LegalBasis,
            import.Wording,
            import.DeclaresTrackingConsent,
            import.DefaultCountry,
            progress.HasReport ? links.Import(import.Id) + "errors/" : null,
            import.Error is { } reason ? ImportWords.Of(reason) : null,
            import.CreatedAt,
            import.FinishedAt
        );
    }
}
