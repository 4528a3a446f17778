using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Estafette.Web;
using Estafette.Web.Content;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A template as v1 shows it.</summary>
internal sealed record TemplateView(
    string Url,
    long Id,
    string Name,
    string? Language,
    string? Category,
    string Subject,
    string? Preheader,
    string Html,
    string? Plaintext,
    DateTimeOffset CreationDate,
    DateTimeOffset UpdateDate,
    string Preview
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "name",
        "language",
        "category",
        "subject",
        "preheader",
        "html",
        "plaintext",
        "creation_date",
        "update_date",
    ];

    public static TemplateView Of(Template template, V1Links links) =>
        new(
            links.Template(template.Id),
            template.Id.Value,
            template.Name,
            template.Language,
            template.Category,
            template.Subject,
            template.Preheader,
            template.Html,
            template.Text,
            template.CreatedAt,
            template.UpdatedAt,
            links.Template(template.Id) + "preview/"
        );
}

/// <summary>What a template looks like with some values.</summary>
internal sealed record TemplatePreviewView(string Subject, string? HtmlMessage, string? PlaintextMessage);

/// <summary>Templates: create, read, change, delete, look at with values.</summary>
internal static class TemplatesEndpoints
{
    private const string Tag = "Templates";
    private const int MaxName = 200;
    private const int MaxSubject = 250;
    private const int MaxHtml = 1024 * 1024;

    private static readonly ApiBody Body = new(
        ApiField.Line("name", MaxName).Required(),
        ApiField.Line("subject", MaxSubject).Required(),
        ApiField.Line("html", MaxHtml).Required(),
        ApiField.Line("plaintext", MaxHtml, "Made from html when it is absent"),
        ApiField.Line("preheader", MaxSubject),
        ApiField.Line("language", 10),
        ApiField.Choice("category", GalleryTemplates.Categories)
    )
    {
        Name = "TemplateInput",
    };

    public static void MapV1Templates(this RouteGroupBuilder group)
    {
        const string one = "/templates/{id:long}";
        group
            .MapGet("/templates", ListAsync)
            .WithScope(ApiScopes.TemplatesRead)
            .Describe(
                new ApiDoc(Tag, "List templates")
                {
                    Answer = typeof(TemplateView),
                    IsList = true,
                    Orders = ["name", "creation_date", "update_date"],
                    Query = [ApiField.Line("name", MaxName), ApiField.Line("language", 10), ApiField.Line("category", 50)],
                }
            );
        group
            .MapPost("/templates", AddAsync)
            .WithScope(ApiScopes.TemplatesWrite)
            .Describe(
                new ApiDoc(Tag, "Create a template")
                {
                    Answer = typeof(TemplateView),
                    Body = Body,
                    Statuses = [201],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.TemplatesRead)
            .Describe(new ApiDoc(Tag, "Read a template") { Answer = typeof(TemplateView) });
        group
            .MapPut(one, ChangeAsync)
            .WithScope(ApiScopes.TemplatesWrite)
            .Describe(new ApiDoc(Tag, "Replace a template") { Answer = typeof(TemplateView), Body = Body });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.TemplatesWrite)
            .Describe(new ApiDoc(Tag, "Change a template") { Answer = typeof(TemplateView), Body = Body.Partial() });
        group
            .MapDelete(one, DeleteAsync)
            .WithScope(ApiScopes.TemplatesWrite)
            .Describe(new ApiDoc(Tag, "Delete a template") { Remarks = "Campaigns made from it keep their content.", Statuses = [204] });
        group
            .MapPost(one + "/preview", PreviewAsync)
            .WithScope(ApiScopes.TemplatesRead)
            .Describe(
                new ApiDoc(Tag, "Look at a template with values of merge fields")
                {
                    Answer = typeof(TemplatePreviewView),
                    Body = new ApiBody(ApiField.Object("data", "Values by the name of their field")) { Name = "TemplateData" },
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links) =>
        V1List.WriteAsync(
            http,
            db.Of<Template>(http.Caller().Customer).AsNoTracking(),
            new ListShape<Template>
            {
                DefaultOrder = rows => rows.OrderBy(t => t.Id),
                After = (rows, last) => rows.Where(t => t.Id > last.Id),
                Orders = new(StringComparer.Ordinal)
                {
                    ["name"] = (rows, back) => back ? rows.OrderByDescending(t => t.Name) : rows.OrderBy(t => t.Name),
                    ["creation_date"] = (rows, back) => back ? rows.OrderByDescending(t => t.Id) : rows.OrderBy(t => t.Id),
                    ["update_date"] = (rows, back) =>
                        back
                            ? rows.OrderByDescending(t => t.UpdatedAt).ThenByDescending(t => t.Id)
                            : rows.OrderBy(t => t.UpdatedAt).ThenBy(t => t.Id),
                },
                Filters = new(StringComparer.Ordinal)
                {
                    ["name"] = (rows, value) => rows.Where(t => t.Name == value),
                    ["language"] = (rows, value) => rows.Where(t => t.Language == value),
                    ["category"] = (rows, value) => rows.Where(t => t.Category == value),
                },
                Columns = TemplateView.Columns,
                Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(t => TemplateView.Of(t, links))]),
            }
        );

    private static Task<Template?> FindAsync(long id, HttpContext http, EstafetteDb db)
    {
        var template = new TemplateId(id);
        return db.Of<Template>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(t => t.Id == template, http.RequestAborted);
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } template ? ApiAnswers.Ok(TemplateView.Of(template, links)) : ApiAnswers.NotFound();

    private static async Task<IResult> AddAsync(HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(http);
        return body.Refusal ?? await SaveAsync(body.Root, null, isPartial: false, http, db, links, clock);
    }

    private static async Task<IResult> ChangeAsync(long id, HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } known)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        return body.Refusal ?? await SaveAsync(body.Root, known, HttpMethods.IsPatch(http.Request.Method), http, db, links, clock);
    }

    private static async Task<IResult> SaveAsync(
        JsonElement body,
        Template? known,
        bool isPartial,
        HttpContext http,
        EstafetteDb db,
        V1Links links,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var request = Read(new FieldReader(body, isPartial, faults).RequireObject(), isPartial ? known : null, caller.Customer, known?.Id);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var saved = await SaveTemplate.RunAsync(request, db, clock, ct);
        foreach (var (field, fault) in saved.Faults)
            faults.Add(
                field switch
                {
                    "text" => "plaintext",
                    "" => FieldFaults.General,
                    _ => field,
                },
                fault.Issue is { } issue
                    ? Texts.Get("templates.fault-content", ContentWords.Of(issue))
                    : Texts.Get("templates.fault-" + fault.Code)
            );
        if (faults.Any || saved.Id is not { } id)
            return ApiAnswers.Invalid(faults);
        var action = known is null ? "template.created" : "template.changed";
        await AuditLog.WriteAsync(caller.Actor, action, $"template {id} {request.Name}", db, clock, ct);
        db.ChangeTracker.Clear();
        var view = TemplateView.Of((await FindAsync(id.Value, http, db))!, links);
        return known is null ? ApiAnswers.Created(http, view.Url, view) : ApiAnswers.Ok(view);
    }

    private static SaveTemplateRequest Read(FieldReader fields, Template? known, CustomerId customer, TemplateId? id)
    {
        string? Kept(string name, int most, string? was)
        {
            var value = fields.Text(name, most, isRequired: false);
            return known is not null && !fields.Has(name) ? was : value;
        }
        var category = Kept("category", 50, known?.Category);
        if (category is not null && !GalleryTemplates.Categories.Contains(category))
            fields.Faults.AddText("category", "choice", category);
        return new SaveTemplateRequest(
            customer,
            id,
            fields.Line("name", MaxName, isRequired: true) ?? known?.Name ?? "",
            fields.Line("subject", MaxSubject, isRequired: true) ?? known?.Subject ?? "",
            fields.Text("html", MaxHtml, isRequired: true) ?? known?.Html ?? ""
        )
        {
            Language = Kept("language", 10, known?.Language),
            Category = category,
            Preheader = Kept("preheader", MaxSubject, known?.Preheader),
            Text = Kept("plaintext", MaxHtml, known?.Text),
        };
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } template)
            return ApiAnswers.NotFound();
        var caller = http.Caller();
        await DeleteTemplate.RunAsync(caller.Customer, template.Id, db, http.RequestAborted);
        await AuditLog.WriteAsync(caller.Actor, "template.deleted", $"template {id}", db, clock, http.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> PreviewAsync(long id, HttpContext http, EstafetteDb db)
    {
        if (await FindAsync(id, http, db) is not { } template)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        var data = new FieldReader(body.Root, isPartial: true, faults).RequireObject().Raw("data");
        if (data is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
            faults.AddText("data", "object-expected");
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var values = data is { ValueKind: JsonValueKind.Object } given ? JsonSerializer.SerializeToUtf8Bytes(given) : [];
        var preview = await PreviewTemplate.RunAsync(http.Caller().Customer, template.Id, values, db, http.RequestAborted);
        return preview is null ? ApiAnswers.NotFound()
            : preview.Fault is { } fault ? ApiAnswers.Invalid(faults.Add(FieldFaults.General, fault))
            : ApiAnswers.Ok(new TemplatePreviewView(preview.Subject, preview.Html, preview.Text));
    }
}
