using System.CommandLine;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette contacts import</c>: a spreadsheet, JSON or CSV file into a list, with progress.</summary>
internal sealed class ContactsImport
{
    private readonly Argument<string> _file = new("FILE") { Description = "XLSX, JSON, NDJSON or CSV file; - reads standard input" };
    private readonly Option<string?> _list = new("--list")
    {
        Description = "List the contacts join; created when missing",
        HelpName = "LIST",
    };
    private readonly Option<string[]> _map = new("--map")
    {
        Description =
            "What becomes of a column: COLUMN=email, phone, first_name, last_name, language, tracking_consent, ignored, or attribute:NAME",
        HelpName = "COLUMN=FIELD",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<KnownContacts> _known = new("--known")
    {
        Description = "Contacts that exist already: skip, update or overwrite",
        HelpName = "POLICY",
        DefaultValueFactory = _ => KnownContacts.Update,
    };
    private readonly Option<bool> _confirmed = new("--confirmed")
    {
        Description = "Subscriptions are confirmed; needs --provenance and --legal-basis",
    };
    private readonly Option<string?> _provenance = new("--provenance") { Description = "Where the addresses come from", HelpName = "TEXT" };
    private readonly Option<string?> _basis = new("--legal-basis") { Description = "Why they may be written to", HelpName = "TEXT" };
    private readonly Option<string?> _wording = new("--consent-wording")
    {
        Description = "The wording the persons agreed to",
        HelpName = "TEXT",
    };
    private readonly Option<bool> _tracking = new("--tracking-consent")
    {
        Description = "Declare that everybody in the file agreed to individual measurement of opens and clicks",
    };
    private readonly Option<string?> _sheet = new("--sheet")
    {
        Description = "Sheet of a workbook; default the first one that holds something",
        HelpName = "NAME",
    };
    private readonly Option<string?> _country = new("--country")
    {
        Description = "Country of phone numbers without prefix, ISO 3166; default the customer's",
    };

    public static Command Create(CommandTree tree)
    {
        var import = new ContactsImport();
        var command = new Command("import", "Import contacts from an XLSX, JSON or CSV file of any size")
        {
            import._file,
            import._list,
            import._map,
            import._known,
            import._confirmed,
            import._provenance,
            import._basis,
            import._wording,
            import._tracking,
            import._country,
            import._sheet,
        };
        tree.WithExamples(
            command,
            "estafette contacts import clients.csv --list Clients",
            "estafette contacts import clients.csv --list Clients --map 'E-mail client=email' 'Ville=attribute:city' --known skip",
            "estafette contacts import shop.json --list Clients --confirmed --provenance 'shop, May' --legal-basis consent"
        );
        return tree.Run(command, import.RunAsync);
    }

    private async Task<int> RunAsync(CommandSession session, ParseResult result, CancellationToken ct)
    {
        var customer = await session.CustomerAsync(ct);
        var request = await RequestAsync(session, customer, result, ct);
        var started = await StartImport.RunAsync(
            customer.Id,
            request,
            session.Db,
            session.Get<ImportFiles>(),
            session.Get<Signals>(),
            session.Clock,
            ct
        );
        if (started.Id is not { } id)
            throw CommandException.Faults("The file was not imported", started.Errors.ToDictionary(e => e.Key, e => $"{e.Value}"));
        await session.AuditAsync(customer.Id, "import.started", $"import {id} {result.GetRequiredValue(_file)}", ct);
        var work = session.InServer ? Task.CompletedTask : session.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);
        var end = await new ImportFollower(session, customer.Id, id).RunAsync(work, ct);
        await work;
        return await ReportAsync(session, customer.Id, end);
    }

    private async Task<StartImportRequest> RequestAsync(CommandSession session, Customer customer, ParseResult result, CancellationToken ct)
    {
        var request = new StartImportRequest
        {
            List = result.GetValue(_list) is { } list ? await ListAsync(session, customer.Id, list, ct) : null,
            KnownContacts = result.GetValue(_known),
            SubscriptionStatus = result.GetValue(_confirmed) ? SubscriptionStatus.Confirmed : SubscriptionStatus.Unconfirmed,
            DefaultCountry = result.GetValue(_country)?.ToUpperInvariant(),
            Provenance = result.GetValue(_provenance),
            LegalBasis = result.GetValue(_basis),
            Wording = result.GetValue(_wording),
            DeclaresTrackingConsent = result.GetValue(_tracking),
            CreatedBy = CommandSession.UserName,
        };
        var file = result.GetRequiredValue(_file);
        request =
            file == "-" || IsWorkbook(session.Console.PathOf(file))
                ? request with
                {
                    Upload = await UploadAsync(session, customer.Id, file, result.GetValue(_sheet), ct),
                }
                : request with
                {
                    Path = session.Console.PathOf(file),
                };
        return result.GetValue(_map) is { Length: > 0 } map ? await WithMappingAsync(session, customer, request, map, ct) : request;
    }

    private static async Task<ListId> ListAsync(CommandSession session, CustomerId customer, string given, CancellationToken ct)
    {
        var lists = await ListLists.RunAsync(customer, session.Db, ct);
        if (lists.Any(l => $"{l.Id}" == given || string.Equals(l.Name, given, StringComparison.OrdinalIgnoreCase)))
            return await Lookup.ListAsync(session.Db, customer, given, ct);
        var created = await CreateList.RunAsync(customer, new CreateListRequest(given), session.Db, session.Clock, ct);
        session.Console.Note($"The list '{given}' was created.");
        return created.Id ?? throw CommandException.Faults("The list was not created", created.Errors);
    }

    // Workbooks are unpacked into the data directory first, like what comes from standard input.
    private static bool IsWorkbook(string path) =>
        File.Exists(path) && (SpreadsheetFile.IsWorkbook(path) || SpreadsheetFile.IsOldWorkbook(path));

    private static async Task<ImportId> UploadAsync(
        CommandSession session,
        CustomerId customer,
        string file,
        string? sheet,
        CancellationToken ct
    )
    {
        await using var input = file == "-" ? session.Console.OpenInput() : File.OpenRead(session.Console.PathOf(file));
        var upload = await UploadImport.RunAsync(
            customer,
            new UploadImportRequest(file == "-" ? "standard-input" : Path.GetFileName(file), input, CommandSession.UserName),
            session.Db,
            session.Get<ImportFiles>(),
            session.Clock,
            ct
        );
        var id = upload.Id ?? throw new CommandException($"{upload.Error}");
        if (sheet is null)
            return id;
        var refused = await ChooseSheet.RunAsync(customer, id, sheet, session.Db, session.Get<ImportFiles>(), ct);
        return refused is null ? id : throw new CommandException($"{refused}");
    }

    /// <summary>The detected mapping with the columns given on the command line in place of the detected ones.</summary>
    private static async Task<StartImportRequest> WithMappingAsync(
        CommandSession session,
        Customer customer,
        StartImportRequest request,
        string[] map,
        CancellationToken ct
    )
    {
        var given = map.Select(Column).ToList();
        var details = request.Upload is { } upload
            ? await DetectImport.RunAsync(customer.Id, upload, null, null, session.Db, ct)
            : Detect(request.Path!, customer.DefaultCountry);
        var taken = given.Where(c => c.Field is not (ContactField.Attribute or ContactField.Ignored)).Select(c => c.Field).ToHashSet();
        var rest = (details?.Mapping.Columns ?? [])
            .Where(c => given.TrueForAll(g => g.Source != c.Source))
            .Select(c => taken.Contains(c.Field) ? new ColumnMapping(c.Source, ContactField.Attribute, c.Source) : c);
        return request with { Mapping = (details?.Mapping ?? new ImportMapping()) with { Columns = [.. given, .. rest] } };
    }

    private static FileDetails? Detect(string path, string country)
    {
        // A file that cannot be read is told by the start of the import.
        return File.Exists(path) ? DetectFile.Run(new DetectRequest(path, country)) : null;
    }

    private static ColumnMapping Column(string text)
    {
        var at = text.LastIndexOf('=');
        if (at <= 0)
            throw new CommandException($"--map '{text}': write COLUMN=FIELD.", ExitCode.Usage);
        var (source, field) = (text[..at], text[(at + 1)..]);
        if (field.StartsWith("attribute:", StringComparison.OrdinalIgnoreCase) && field.Length > "attribute:".Length)
            return new ColumnMapping(source, ContactField.Attribute, field["attribute:".Length..]);
        if (field.Equals("attribute", StringComparison.OrdinalIgnoreCase))
            return new ColumnMapping(source, ContactField.Attribute, source);
        return
            Enum.TryParse<ContactField>(field.Replace("_", "").Replace("-", ""), ignoreCase: true, out var known) && Enum.IsDefined(known)
            ? new ColumnMapping(source, known)
            : throw new CommandException(
                $"--map '{text}': '{field}' is no field. Fields: email, phone, first_name, last_name, language, tracking_consent, ignored, attribute:NAME.",
                ExitCode.Usage
            );
    }

    private static async Task<int> ReportAsync(CommandSession session, CustomerId customer, ImportProgress end)
    {
        var report = await ImportProgress.ReportAsync(customer, end.Id, session.Db, session.Get<ImportFiles>(), CancellationToken.None);
        var counts = end.Counts;
        session.Console.Object(
            new
            {
                end.Id,
                end.Status,
                end.FileName,
                ListId = end.List,
                counts.Read,
                counts.Added,
                counts.Updated,
                counts.Skipped,
                counts.Duplicate,
                counts.Suppressed,
                counts.Rejected,
                Incomplete = counts.Noted,
                Seconds = Math.Round(end.Duration.TotalSeconds, 3),
                RowsPerSecond = Math.Round(end.RowsPerSecond, 1),
                Report = report?.Path,
                Error = end.Error?.ToString(),
            },
            ("Import", $"{end.Id} {end.FileName}"),
            ("Status", end.Status),
            ("Rows", counts.Read),
            ("Added", counts.Added),
            ("Updated", counts.Updated),
            ("Skipped", counts.Skipped),
            ("Duplicate", counts.Duplicate),
            ("Suppressed", counts.Suppressed),
            ("Rejected", counts.Rejected),
            ("Incomplete", counts.Noted),
            ("Time", end.Duration),
            ("Rows/s", Math.Round(end.RowsPerSecond)),
            ("Report", report?.Path)
        );
        if (end.Error is { } error)
            session.Console.Note($"estafette: {error}");
        if (end.Status == ImportStatus.Paused)
            session.Console.Note(
                $"estafette: import {end.Id} was paused. Resume it on the page /imports/{end.Id}: it goes on where it stands."
            );
        return end.Status switch
        {
            ImportStatus.Finished => ExitCode.Done,
            ImportStatus.Cancelled or ImportStatus.Paused => ExitCode.Interrupted,
            _ => ExitCode.Failed,
        };
    }
}
