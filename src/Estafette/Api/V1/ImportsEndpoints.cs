using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Web;
using Estafette.Web.Contacts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Estafette.Api.V1;

/// <summary>Imports of contacts: send a file, start it, watch it, stop it, fetch what did not go in.</summary>
internal static class ImportsEndpoints
{
    private const string Tag = "Imports";
    private const int MaxName = 255;
    private static readonly string[] Wishes = ["waiting", "running", "paused", "cancelled"];

    public static void MapV1Imports(this RouteGroupBuilder group)
    {
        const string one = "/imports/{id:long}";
        group
            .MapGet("/imports", ListAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(
                new ApiDoc(Tag, "List imports")
                {
                    Answer = typeof(ImportView),
                    IsList = true,
                    Orders = ["creation_date"],
                    Query = [ApiField.Choice("status", V1Words.All<ImportStatus>())],
                }
            );
        group
            .MapPost("/imports", UploadAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Send a file of contacts")
                {
                    Remarks =
                        "CSV, XLSX or JSON of any size, written to disk as it arrives. Without start=true it waits as a draft with the proposed mapping.",
                    Answer = typeof(ImportView),
                    Body = new ApiBody
                    {
                        Name = "ImportFile",
                        Files =
                        [
                            "text/csv",
                            "application/json",
                            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                            "application/octet-stream",
                        ],
                    },
                    Query =
                    [
                        ApiField.Line("filename", MaxName, "Name of the file; required unless a form names it").Required(),
                        ApiField.Flag("start", "Start it at once"),
                        .. ImportInput.Options,
                        ApiField.Line("mapping", 100_000, "As the field mapping of a change, as JSON text"),
                    ],
                    Statuses = [201],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(new ApiDoc(Tag, "Read where an import stands") { Answer = typeof(ImportView) });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Start, pause, resume or cancel an import")
                {
                    Remarks =
                        "running starts a draft with the options given, and resumes what is paused or failed; what is stored when it is cancelled stays.",
                    Answer = typeof(ImportView),
                    Body = new ApiBody([ApiField.Choice("status", Wishes), .. ImportInput.Options, ImportInput.Mapping])
                    {
                        Name = "ImportChanges",
                        IsPartial = true,
                    },
                    MayConflict = true,
                }
            );
        group
            .MapPost(one + "/cancel", CancelAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(new ApiDoc(Tag, "Cancel an import") { Answer = typeof(ImportView), MayConflict = true });
        group
            .MapGet(one + "/errors", ErrorsAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(new ApiDoc(Tag, "Download the rows that did not go in, or not whole") { MediaType = "text/csv" });
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links) =>
        V1List.WriteAsync(
            http,
            db.Of<ContactImport>(http.Caller().Customer).AsNoTracking(),
            new ListShape<ContactImport>
            {
                DefaultOrder = rows => rows.OrderByDescending(i => i.Id),
                After = (rows, last) => rows.Where(i => i.Id < last.Id),
                Orders = new(StringComparer.Ordinal)
                {
                    ["creation_date"] = (rows, back) => back ? rows.OrderByDescending(i => i.Id) : rows.OrderBy(i => i.Id),
                },
                Filters = new(StringComparer.Ordinal)
                {
                    ["status"] = (rows, value) =>
                        V1Words.Read<ImportStatus>(value) is { } status ? rows.Where(i => i.Status == status) : null,
                },
                Columns = ImportView.Columns,
                Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(i => ImportView.Of(i, links))]),
            }
        );

    private static Task<ContactImport?> FindAsync(long id, HttpContext http, EstafetteDb db)
    {
        var import = new ImportId(id);
        return db.Of<ContactImport>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(i => i.Id == import, http.RequestAborted);
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } import ? ApiAnswers.Ok(await ViewAsync(import, db, links, http)) : ApiAnswers.NotFound();

    /// <summary>A draft with the mapping that is proposed for it.</summary>
    private static async Task<ImportView> ViewAsync(ContactImport import, EstafetteDb db, V1Links links, HttpContext http)
    {
        var isProposed = import.Status == ImportStatus.Draft && File.Exists(import.FilePath);
        var details = isProposed ? await ImportDraft.DetectAsync(import, db, http.RequestAborted) : null;
        return ImportView.Of(import, links, details?.Mapping);
    }

    private static async Task<IResult> UploadAsync(
        HttpContext http,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        V1Links links,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        var faults = new FieldFaults();
        var options = new FieldReader(V1Query.Of(http), isPartial: true, faults);
        var starts = options.Flag("start") ?? false;
        var (stream, name) = await FileAsync(http, options.Line("filename", MaxName, isRequired: false));
        if (string.IsNullOrWhiteSpace(name))
            faults.AddText("filename", "required");
        else if (name.Length > MaxName || name.Any(char.IsControl))
            faults.AddText("filename", "too-long", MaxName);
        if (stream is null)
            faults.AddText("file", "required");
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var uploaded = await UploadImport.RunAsync(caller.Customer, new(name!, stream!, caller.Actor.UserName), db, files, clock, ct);
        if (uploaded.Id is not { } id)
            return ApiAnswers.Invalid(faults.Add("file", ImportWords.Of(uploaded.Error!)));
        db.ChangeTracker.Clear();
        if (await ConfigureAsync(id.Value, options, starts, http, db, files, signals, clock) is { } refusal)
        {
            // Nobody knows the draft: it would wait for its day in vain.
            await CancelImport.RunAsync(caller.Customer, id, db, signals, clock, ct);
            return refusal;
        }
        db.ChangeTracker.Clear();
        var view = await ViewAsync((await FindAsync(id.Value, http, db))!, db, links, http);
        return ApiAnswers.Created(http, view.Url, view);
    }

    /// <summary>The file: the body itself, or the field "file" of a form in parts.</summary>
    private static async Task<(Stream? Content, string? Name)> FileAsync(HttpContext http, string? name)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || type.MediaType != "multipart/form-data")
            return (http.Request.Body, name);
        if (HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
            return (null, name);
        var parts = new MultipartReader(boundary, http.Request.Body);
        while (await parts.ReadNextSectionAsync(http.RequestAborted) is { } part)
            if (
                ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
                && HeaderUtilities.RemoveQuotes(disposition.Name) == "file"
            )
                return (part.Body, name ?? HeaderUtilities.RemoveQuotes(disposition.FileName).Value);
        return (null, name);
    }

    private static async Task<IResult> ChangeAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        V1Links links,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db) is not { } import)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: true, faults).RequireObject();
        var wish = fields.Text("status", 20, isRequired: false);
        if (wish is not null && !Wishes.Contains(wish, StringComparer.Ordinal))
            faults.AddText("status", "choice", wish);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        if (import.Status == ImportStatus.Draft && wish is not "cancelled")
        {
            if (await ConfigureAsync(id, fields, wish is "waiting" or "running", http, db, files, signals, clock) is { } wrong)
                return wrong;
        }
        else if (wish is not null && !await ControlAsync(new(id), wish, http, db, signals, clock))
            return ApiAnswers.Conflict(Texts.Get("api.import-state", V1Words.Of(import.Status), wish));
        db.ChangeTracker.Clear();
        return ApiAnswers.Ok(await ViewAsync((await FindAsync(id, http, db))!, db, links, http));
    }

    private static async Task<bool> ControlAsync(
        ImportId id,
        string wish,
        HttpContext http,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock
    )
    {
        var (actor, ct) = (http.Caller().Actor, http.RequestAborted);
        var (result, action) = wish switch
        {
            "cancelled" => (await CancelImport.RunAsync(actor.Customer, id, db, signals, clock, ct), "import.cancelled"),
            "paused" => (await PauseImport.RunAsync(actor.Customer, id, db, signals, ct), "import.paused"),
            _ => (await ResumeImport.RunAsync(actor.Customer, id, db, signals, ct), "import.resumed"),
        };
        if (result != ImportControlResult.Done)
            return false;
        await AuditLog.WriteAsync(actor, action, $"import {id}", db, clock, ct);
        return true;
    }

    /// <summary>Keeps what is wanted of a draft, or starts it; the answer when something is wrong.</summary>
    private static async Task<IResult?> ConfigureAsync(
        long id,
        FieldReader fields,
        bool starts,
        HttpContext http,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        if (fields.Line("sheet", MaxName, isRequired: false) is { } sheet)
        {
            if (await ChooseSheet.RunAsync(caller.Customer, new(id), sheet, db, files, ct) is { } wrong)
                return ApiAnswers.Invalid(fields.Faults.Add("sheet", ImportWords.Of(wrong)));
            db.ChangeTracker.Clear();
        }
        if (await ImportDraft.FindAsync(caller.Customer, new(id), db, ct) is not { } draft)
            return ApiAnswers.NotFound();
        var request = ImportInput.Read(fields, draft, caller.Actor.UserName);
        if (fields.Faults.Any)
            return ApiAnswers.Invalid(fields.Faults);
        if (!starts)
        {
            if (request.List is { } list && await ListsEndpoints.FindAsync(list.Value, http, db) is null)
                return ApiAnswers.Invalid(fields.Faults.Add("list", ImportWords.Of(ImportReason.Of("list-unknown"))));
            if (request.Mapping is { } mapping && fields.Has("mapping"))
                await ImportDraft.SetMappingAsync(draft, mapping, db, ct);
            draft.DefaultCountry = request.DefaultCountry ?? draft.DefaultCountry;
            await ImportDraft.SetRulesAsync(draft, Rules(request), db, ct);
            return null;
        }
        if (request.Mapping is null)
            request = request with { Mapping = (await ImportDraft.DetectAsync(draft, db, ct)).Mapping };
        var started = await StartImport.RunAsync(caller.Customer, request, db, files, signals, clock, ct);
        foreach (var (field, reason) in started.Errors)
            fields.Faults.Add(ImportInput.NameOf(field), ImportWords.Of(reason));
        if (fields.Faults.Any)
            return ApiAnswers.Invalid(fields.Faults);
        await AuditLog.WriteAsync(caller.Actor, "import.started", $"import {id} {draft.FileName}", db, clock, ct);
        return null;
    }

    private static ImportRules Rules(StartImportRequest request) =>
        new(
            request.List,
            request.KnownContacts,
            request.SubscriptionStatus,
            request.Provenance,
            request.LegalBasis,
            request.Wording,
            request.DeclaresTrackingConsent
        );

    private static async Task<IResult> CancelAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        Signals signals,
        V1Links links,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db) is not { } import)
            return ApiAnswers.NotFound();
        if (!await ControlAsync(import.Id, "cancelled", http, db, signals, clock))
            return ApiAnswers.Conflict(Texts.Get("api.import-state", V1Words.Of(import.Status), "cancelled"));
        return ApiAnswers.Ok(await ViewAsync((await FindAsync(id, http, db))!, db, links, http));
    }

    private static async Task<IResult> ErrorsAsync(long id, HttpContext http, EstafetteDb db, ImportFiles files)
    {
        if (await ImportProgress.ReportAsync(http.Caller().Customer, new(id), db, files, http.RequestAborted) is not { } report)
            return ApiAnswers.NotFound();
        await ImportReportFile.WriteAsync(http, id, report);
        return Results.Empty;
    }
}
