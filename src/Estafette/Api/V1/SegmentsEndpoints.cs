using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Web;
using Estafette.Web.Segments;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A segment as v1 shows it.</summary>
internal sealed record SegmentView(
    string Url,
    long Id,
    string Name,
    string? Description,
    [property: ApiSchema("SegmentDefinition")] JsonElement Definition,
    long? LastCount,
    DateTimeOffset? CountedDate,
    DateTimeOffset CreationDate,
    DateTimeOffset UpdateDate,
    string Count,
    string Members
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "name",
        "description",
        "definition",
        "last_count",
        "counted_date",
        "creation_date",
        "update_date",
    ];

    public static SegmentView Of(Segment segment, V1Links links) =>
        new(
            links.Segment(segment.Id),
            segment.Id.Value,
            segment.Name,
            segment.Description,
            JsonSerializer.Deserialize<JsonElement>(segment.Definition),
            segment.LastCount,
            segment.CountedAt,
            segment.CreatedAt,
            segment.UpdatedAt,
            links.Segment(segment.Id) + "count/",
            links.Segment(segment.Id) + "members/"
        );
}

/// <summary>How many contacts a segment holds now.</summary>
internal sealed record SegmentCountView([property: JsonPropertyName("count")] long Contacts, DateTimeOffset CountedDate);

/// <summary>Segments: create, read, change, delete, count, list their contacts.</summary>
internal static class SegmentsEndpoints
{
    private const string Tag = "Segments";

    private static readonly ApiBody Body = new(
        ApiField.Line("name", SaveSegment.MaxNameChars).Required(),
        ApiField.Line("description", SaveSegment.MaxDescriptionChars),
        ApiField.Ref("definition", "SegmentDefinition").Required()
    )
    {
        Name = "SegmentInput",
    };

    public static void MapSegments(this RouteGroupBuilder group)
    {
        const string one = "/segments/{id:long}";
        group
            .MapGet("/segments", ListAsync)
            .WithScope(ApiScopes.SegmentsRead)
            .Describe(
                new ApiDoc(Tag, "List segments")
                {
                    Answer = typeof(SegmentView),
                    IsList = true,
                    Orders = ["name", "creation_date"],
                    Query = [ApiField.Line("name", SaveSegment.MaxNameChars)],
                }
            );
        group
            .MapPost("/segments", AddAsync)
            .WithScope(ApiScopes.SegmentsWrite)
            .Describe(
                new ApiDoc(Tag, "Create a segment")
                {
                    Answer = typeof(SegmentView),
                    Body = Body,
                    Statuses = [201],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.SegmentsRead)
            .Describe(new ApiDoc(Tag, "Read a segment") { Answer = typeof(SegmentView) });
        group
            .MapPut(one, ChangeAsync)
            .WithScope(ApiScopes.SegmentsWrite)
            .Describe(new ApiDoc(Tag, "Replace a segment") { Answer = typeof(SegmentView), Body = Body });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.SegmentsWrite)
            .Describe(new ApiDoc(Tag, "Change a segment") { Answer = typeof(SegmentView), Body = Body.Partial() });
        group
            .MapDelete(one, DeleteAsync)
            .WithScope(ApiScopes.SegmentsWrite)
            .Describe(
                new ApiDoc(Tag, "Delete a segment")
                {
                    Remarks = "Refused with 409 while a campaign, an automation or another segment uses it.",
                    Statuses = [204],
                    MayConflict = true,
                }
            );
        group
            .MapGet(one + "/count", CountAsync)
            .WithScope(ApiScopes.SegmentsRead)
            .Describe(new ApiDoc(Tag, "Count the contacts of a segment now") { Answer = typeof(SegmentCountView) });
        group
            .MapGet(one + "/members", MembersAsync)
            .WithScope(ApiScopes.SegmentsRead)
            .Describe(
                new ApiDoc(Tag, "List the contacts of a segment now")
                {
                    Answer = typeof(ContactView),
                    IsList = true,
                    Orders = ContactView.Orders,
                    Query = [ApiField.Line("email", 254), ApiField.Line("language", 10)],
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links) =>
        V1List.WriteAsync(
            http,
            db.Of<Segment>(http.Caller().Customer).AsNoTracking(),
            new ListShape<Segment>
            {
                DefaultOrder = rows => rows.OrderBy(s => s.Id),
                After = (rows, last) => rows.Where(s => s.Id > last.Id),
                Orders = new(StringComparer.Ordinal)
                {
                    ["name"] = (rows, back) => back ? rows.OrderByDescending(s => s.Name) : rows.OrderBy(s => s.Name),
                    ["creation_date"] = (rows, back) => back ? rows.OrderByDescending(s => s.Id) : rows.OrderBy(s => s.Id),
                },
                Filters = new(StringComparer.Ordinal) { ["name"] = (rows, value) => rows.Where(s => s.Name == value) },
                Columns = SegmentView.Columns,
                Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(s => SegmentView.Of(s, links))]),
            }
        );

    private static Task<Segment?> FindAsync(long id, HttpContext http, EstafetteDb db)
    {
        var segment = new SegmentId(id);
        return db.Of<Segment>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(s => s.Id == segment, http.RequestAborted);
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } segment ? ApiAnswers.Ok(SegmentView.Of(segment, links)) : ApiAnswers.NotFound();

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
        Segment? known,
        bool isPartial,
        HttpContext http,
        EstafetteDb db,
        V1Links links,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var fields = new FieldReader(body, isPartial, faults).RequireObject();
        var name = fields.Line("name", SaveSegment.MaxNameChars, isRequired: true) ?? known?.Name;
        var description = fields.Text("description", SaveSegment.MaxDescriptionChars, isRequired: false);
        if (isPartial && !fields.Has("description"))
            description = known?.Description;
        var definition = Definition(fields, isPartial ? known : null);
        if (faults.Any || definition is null)
            return ApiAnswers.Invalid(faults);
        var saved = await SaveSegment.RunAsync(caller.Actor, known?.Id, new(name, description, definition), db, clock, ct);
        if (!saved.Found)
            return ApiAnswers.NotFound();
        foreach (var (field, code) in saved.Errors)
            faults.Add(field, Texts.Get(code == "taken" ? "shared.name-taken" : "api.line-break"));
        foreach (var fault in saved.Faults)
            faults.Add("definition", Texts.Get("api.segment-fault", fault.Path, SegmentWordsOf.Fault(fault)));
        if (faults.Any || saved.Id is not { } id)
            return ApiAnswers.Invalid(faults);
        db.ChangeTracker.Clear();
        var view = SegmentView.Of((await FindAsync(id.Value, http, db))!, links);
        return known is null ? ApiAnswers.Created(http, view.Url, view) : ApiAnswers.Ok(view);
    }

    private static SegmentDefinition? Definition(FieldReader fields, Segment? known)
    {
        if (fields.Raw("definition") is not { } given)
        {
            if (known is not null)
                return SegmentDefinition.Parse(known.Definition);
            fields.Faults.AddText("definition", "required");
            return null;
        }
        try
        {
            return SegmentDefinition.Parse(JsonSerializer.Serialize(given));
        }
        catch (Exception wrong) when (wrong is FormatException or InvalidOperationException or ArgumentException)
        {
            fields.Faults.AddText("definition", "segment-definition");
            return null;
        }
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        var deleted = await DeleteSegment.RunAsync(http.Caller().Actor, new(id), db, clock, http.RequestAborted);
        return !deleted.Found ? ApiAnswers.NotFound()
            : deleted.IsDone ? Results.NoContent()
            : ApiAnswers.Conflict(Texts.Get("segments.in-use") + " " + string.Join(", ", deleted.Users.Select(u => u.Name)));
    }

    private static async Task<IResult> CountAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } segment)
            return ApiAnswers.NotFound();
        var (customer, ct) = (http.Caller().Customer, http.RequestAborted);
        try
        {
            var count = await CountSegment.RunAsync(customer, SegmentDefinition.Parse(segment.Definition), false, db, clock, ct);
            await SaveSegment.RememberCountAsync(customer, segment.Id, segment.Definition, count.Contacts, db, clock, ct);
            return ApiAnswers.Ok(new SegmentCountView(count.Contacts, clock.GetUtcNow()));
        }
        catch (QueryTooSlowException)
        {
            return TooSlow();
        }
    }

    private static async Task<IResult> MembersAsync(long id, HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } segment)
            return ApiAnswers.NotFound();
        try
        {
            var definition = SegmentDefinition.Parse(segment.Definition);
            var members = await SegmentMembers.OfAsync(http.Caller().Customer, definition, db, clock, http.RequestAborted);
            return await V1List.WriteAsync(http, members.AsNoTracking(), ContactView.Shape(links));
        }
        catch (QueryTooSlowException)
        {
            return TooSlow();
        }
    }

    private static IResult TooSlow() => ApiAnswers.Detail(StatusCodes.Status503ServiceUnavailable, Texts.Get("api.segment-slow"));
}
