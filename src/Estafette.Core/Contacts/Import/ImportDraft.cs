using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>Whereto the contacts of a draft go, and on what ground.</summary>
public sealed record ImportRules(
    ListId? List,
    KnownContacts KnownContacts,
    SubscriptionStatus SubscriptionStatus,
    string? Provenance,
    string? LegalBasis,
    string? Wording,
    bool DeclaresTrackingConsent
);

/// <summary>Keeps what a user chose for an import that is not started yet, step by step, so that every step can be left and taken up again.</summary>
public static class ImportDraft
{
    /// <summary>Null when the customer has no such draft with a file.</summary>
    public static async Task<ContactImport?> FindAsync(CustomerId customer, ImportId id, EstafetteDb db, CancellationToken ct)
    {
        var import = await db.Of<ContactImport>(customer).SingleOrDefaultAsync(i => i.Id == id && i.Status == ImportStatus.Draft, ct);
        return import is not null && File.Exists(import.FilePath) ? import : null;
    }

    /// <summary>What the file holds as the draft says it is read; the first time as detected, with the mapping of the last file of the same columns.</summary>
    public static async Task<FileDetails> DetectAsync(ContactImport draft, EstafetteDb db, CancellationToken ct)
    {
        var (format, mapping) = (ImportFormat.FromJson(draft.Format), ImportMapping.FromJson(draft.Mapping));
        var chosen = draft.Format != new ImportFormat().ToJson();
        var mapped = mapping.Columns.Count > 0;
        var details = Detect(draft, chosen ? format : null, mapped ? mapping : null);
        if (mapped || await RememberedAsync(draft.CustomerId, details, db, ct) is not { } remembered)
            return details;
        return Detect(draft, chosen ? format : null, remembered);
    }

    /// <summary>Keeps how the file is read. Another way of reading forgets the mapping, whose columns it may have changed.</summary>
    public static async Task SetFormatAsync(ContactImport draft, ImportFormat format, EstafetteDb db, CancellationToken ct)
    {
        var details = Detect(draft, format with { Columns = [] }, null);
        var json = details.Format.ToJson();
        if (json != draft.Format)
            (draft.Format, draft.Mapping) = (json, new ImportMapping().ToJson());
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Keeps what the columns become.</summary>
    public static async Task SetMappingAsync(ContactImport draft, ImportMapping mapping, EstafetteDb db, CancellationToken ct)
    {
        if (draft.Format == new ImportFormat().ToJson())
            draft.Format = Detect(draft, null, null).Format.ToJson();
        draft.Mapping = mapping.ToJson();
        await db.SaveChangesAsync(ct);
    }

    /// <summary>What is wrong with the mapping, by field.</summary>
    public static async Task<IReadOnlyDictionary<string, ImportReason>> FaultsAsync(
        ContactImport draft,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, ImportReason>(StringComparer.Ordinal);
        StartImport.Check(await DetectAsync(draft, db, ct), errors);
        return errors;
    }

    /// <summary>Keeps whereto and why.</summary>
    public static async Task SetRulesAsync(ContactImport draft, ImportRules rules, EstafetteDb db, CancellationToken ct)
    {
        (draft.ListId, draft.KnownContacts, draft.SubscriptionStatus) = (rules.List, rules.KnownContacts, rules.SubscriptionStatus);
        (draft.Provenance, draft.LegalBasis, draft.Wording) = (rules.Provenance, rules.LegalBasis, rules.Wording);
        draft.DeclaresTrackingConsent = rules.DeclaresTrackingConsent;
        await db.SaveChangesAsync(ct);
    }

    /// <summary>The step that must be passed before the import can be checked or started: "columns" or "consent"; null when none is missing.</summary>
    public static async Task<string?> MissingStepAsync(ContactImport draft, EstafetteDb db, CancellationToken ct)
    {
        var unread = new ImportFormat().ToJson();
        if (draft.Format == unread && (await DetectAsync(draft, db, ct)).Format.ToJson() != unread)
            return "columns";
        var isCsv = ImportFormat.FromJson(draft.Format).Kind == FileKind.Csv;
        if (isCsv && ImportMapping.FromJson(draft.Mapping).Columns.Count == 0)
            return "columns";
        return string.IsNullOrWhiteSpace(draft.Provenance) || string.IsNullOrWhiteSpace(draft.LegalBasis) ? "consent" : null;
    }

    /// <summary>The draft as the request that starts it.</summary>
    public static StartImportRequest Request(ContactImport draft, string by) =>
        new()
        {
            Upload = draft.Id,
            List = draft.ListId,
            Format = ImportFormat.FromJson(draft.Format),
            Mapping = ImportMapping.FromJson(draft.Mapping),
            KnownContacts = draft.KnownContacts,
            SubscriptionStatus = draft.SubscriptionStatus,
            DefaultCountry = draft.DefaultCountry,
            Provenance = draft.Provenance,
            LegalBasis = draft.LegalBasis,
            Wording = draft.Wording,
            DeclaresTrackingConsent = draft.DeclaresTrackingConsent,
            CreatedBy = by,
        };

    private static FileDetails Detect(ContactImport draft, ImportFormat? format, ImportMapping? mapping) =>
        DetectFile.Run(
            new DetectRequest(draft.FilePath, draft.DefaultCountry, format, mapping)
            {
                Name = draft.FileName,
                IsSheet = draft.SourcePath is not null,
            }
        );

    private static async Task<ImportMapping?> RememberedAsync(
        CustomerId customer,
        FileDetails details,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (HeaderHash.Of(details) is not { } hash)
            return null;
        var json = await db.Of<ContactImport>(customer)
            .Where(i => i.HeaderHash == hash)
            .OrderByDescending(i => i.Id)
            .Select(i => i.Mapping)
            .FirstOrDefaultAsync(ct);
        return json is null ? null : ImportMapping.FromJson(json);
    }
}
