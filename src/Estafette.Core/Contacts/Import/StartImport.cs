using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>What to import, whereto, and on what ground.</summary>
public sealed record StartImportRequest
{
    /// <summary>The uploaded file; or a path.</summary>
    public ImportId? Upload { get; init; }

    /// <summary>A file on this machine; or an upload.</summary>
    public string? Path { get; init; }

    /// <summary>The list the contacts are subscribed to; null: contacts only.</summary>
    public ListId? List { get; init; }

    /// <summary>Null: as detected.</summary>
    public ImportFormat? Format { get; init; }

    /// <summary>Null: as proposed from the names of the columns.</summary>
    public ImportMapping? Mapping { get; init; }
    public KnownContacts KnownContacts { get; init; } = KnownContacts.Update;

    /// <summary>Confirmed needs provenance and legal basis; without them subscriptions are unconfirmed.</summary>
    public SubscriptionStatus SubscriptionStatus { get; init; } = SubscriptionStatus.Unconfirmed;

    /// <summary>ISO 3166 alpha-2; null: the customer's.</summary>
    public string? DefaultCountry { get; init; }
    public string? Provenance { get; init; }
    public string? LegalBasis { get; init; }
    public string? Wording { get; init; }
    public bool DeclaresTrackingConsent { get; init; }
    public string? CreatedBy { get; init; }
}

/// <summary>The import that was started, or what is wrong with the request by field.</summary>
public sealed record StartedImport(ImportId? Id, IReadOnlyDictionary<string, ImportReason> Errors);

/// <summary>Puts an import in the queue of the runner.</summary>
public static class StartImport
{
    public static async Task<StartedImport> RunAsync(
        CustomerId customer,
        StartImportRequest request,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, ImportReason>(StringComparer.Ordinal);
        var upload = await FindUploadAsync(customer, request, db, errors, ct);
        if (request.List is { } list && !await db.Of<ContactList>(customer).AnyAsync(l => l.Id == list, ct))
            errors["list"] = ImportReason.Of("list-unknown");
        CheckConsent(request, errors);
        var country =
            request.DefaultCountry ?? await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.DefaultCountry).SingleAsync(ct);
        var details = errors.Count == 0 ? Detect(request, upload, country, errors) : null;
        if (details is null)
            return new StartedImport(null, errors);
        var import = upload ?? FromPath(customer, request, files, country, clock.GetUtcNow());
        Configure(import, request, details, country);
        if (upload is null)
            db.Add(import);
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.ImportChanged);
        return new StartedImport(import.Id, errors);
    }

    private static async Task<ContactImport?> FindUploadAsync(
        CustomerId customer,
        StartImportRequest request,
        EstafetteDb db,
        Dictionary<string, ImportReason> errors,
        CancellationToken ct
    )
    {
        if (request.Upload is { } id)
        {
            var upload = await db.Of<ContactImport>(customer).SingleOrDefaultAsync(i => i.Id == id && i.Status == ImportStatus.Draft, ct);
            if (upload is null)
                errors["upload"] = ImportReason.Of("upload-unknown");
            return upload;
        }
        if (request.Path is null)
            errors["path"] = ImportReason.Of("path-missing");
        else if (Directory.Exists(request.Path))
            errors["path"] = ImportReason.Of("path-directory", request.Path);
        else if (!File.Exists(request.Path))
            errors["path"] = ImportReason.Of("path-unknown", request.Path);
        return null;
    }

    // GDPR art. 7(1) asks for proof: addresses of unknown origin are kept, but nothing confirms them.
    private static void CheckConsent(StartImportRequest request, Dictionary<string, ImportReason> errors)
    {
        if (request.SubscriptionStatus == SubscriptionStatus.Unsubscribed)
            errors["subscriptionStatus"] = ImportReason.Of("unsubscribed");
        var proof = request.SubscriptionStatus == SubscriptionStatus.Confirmed || request.DeclaresTrackingConsent;
        if (proof && string.IsNullOrWhiteSpace(request.Provenance))
            errors["provenance"] = ImportReason.Of("provenance-missing");
        if (proof && string.IsNullOrWhiteSpace(request.LegalBasis))
            errors["legalBasis"] = ImportReason.Of("legal-basis-missing");
    }

    private static FileDetails? Detect(
        StartImportRequest request,
        ContactImport? upload,
        string country,
        Dictionary<string, ImportReason> errors
    )
    {
        try
        {
            var path = upload?.FilePath ?? Path.GetFullPath(request.Path!);
            var details = DetectFile.Run(
                new DetectRequest(path, country, request.Format, request.Mapping)
                {
                    Name = upload?.FileName,
                    IsSheet = upload?.SourcePath is not null,
                }
            );
            Check(details, errors);
            return errors.Count == 0 ? details : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            errors["path"] = ImportReason.Of("path-unreadable", unreadable.Message);
            return null;
        }
    }

    internal static void Check(FileDetails details, Dictionary<string, ImportReason> errors)
    {
        if (details.Error is not null)
        {
            errors["file"] = details.Error;
            return;
        }
        var mapped = details.Mapping.Columns;
        var twice = mapped
            .Where(c => c.Field is not (ContactField.Attribute or ContactField.Ignored))
            .GroupBy(c => c.Field)
            .FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            errors["mapping"] = ImportReason.Of("mapping-twice", twice.Key, twice.First().Source, twice.ElementAt(1).Source);
        var addressed = mapped.Any(c => c.Field is ContactField.Email or ContactField.Phone);
        var bare = details.Format.Kind == FileKind.Json && details.Columns.Count == 0;
        if (!addressed && !bare)
            errors["mapping"] = ImportReason.Of("mapping-address", Some(details.Columns.Select(c => c.Name)));
        var known = details.Format.Columns;
        var unknown =
            details.Format.Kind == FileKind.Csv ? mapped.FirstOrDefault(c => !known.Contains(c.Source, StringComparer.Ordinal)) : null;
        if (unknown is not null)
            errors["mapping"] = ImportReason.Of("mapping-unknown", unknown.Source, Some(known));
    }

    private static string Some(IEnumerable<string> names) => string.Join(", ", names.Take(20));

    private static ContactImport FromPath(
        CustomerId customer,
        StartImportRequest request,
        ImportFiles files,
        string country,
        DateTimeOffset now
    )
    {
        var path = Path.GetFullPath(request.Path!);
        return new ContactImport
        {
            CustomerId = customer,
            FileName = Path.GetFileName(path),
            FilePath = path,
            Owner = files.Owner,
            Format = "",
            Mapping = "",
            DefaultCountry = country,
            BytesTotal = new FileInfo(path).Length,
            CreatedBy = request.CreatedBy,
            CreatedAt = now,
        };
    }

    private static void Configure(ContactImport import, StartImportRequest request, FileDetails details, string country)
    {
        import.ListId = request.List;
        import.Format = details.Format.ToJson();
        import.Mapping = details.Mapping.ToJson();
        import.HeaderHash = HeaderHash.Of(details);
        import.KnownContacts = request.KnownContacts;
        import.SubscriptionStatus = request.SubscriptionStatus;
        import.DefaultCountry = country;
        import.Provenance = request.Provenance;
        import.LegalBasis = request.LegalBasis;
        import.Wording = request.Wording;
        import.DeclaresTrackingConsent = request.DeclaresTrackingConsent;
        import.Status = ImportStatus.Waiting;
    }
}
