using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Lists of contacts: create, read, change, delete.</summary>
internal static class ListsEndpoints
{
    private const string Tag = "Lists";
    private const int MaxName = 200;
    private const int MaxDescription = 2000;

    private static readonly ApiBody Body = new(
        ApiField.Line("name", MaxName).Required(),
        ApiField.Line("description", MaxDescription),
        ApiField.Line("language", 10),
        ApiField.Flag("public", "Shown in the preference centre, where people join and leave it by themselves")
    )
    {
        Name = "ListInput",
    };

    public static void MapContactLists(this RouteGroupBuilder group)
    {
        const string one = "/lists/{id:long}";
        group
            .MapGet("/lists", ListAsync)
            .WithScope(ApiScopes.ListsRead)
            .Describe(
                new ApiDoc(Tag, "List the lists")
                {
                    Answer = typeof(ListView),
                    IsList = true,
                    Orders = ["name", "creation_date"],
                    Query = [ApiField.Line("name", MaxName), ApiField.Flag("public")],
                }
            );
        group
            .MapPost("/lists", AddAsync)
            .WithScope(ApiScopes.ListsWrite)
            .Describe(
                new ApiDoc(Tag, "Create a list")
                {
                    Answer = typeof(ListView),
                    Body = Body,
                    Statuses = [201],
                }
            );
        group.MapGet(one, ShowAsync).WithScope(ApiScopes.ListsRead).Describe(new ApiDoc(Tag, "Read a list") { Answer = typeof(ListView) });
        group
            .MapPut(one, ChangeAsync)
            .WithScope(ApiScopes.ListsWrite)
            .Describe(new ApiDoc(Tag, "Replace a list's fields") { Answer = typeof(ListView), Body = Body });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.ListsWrite)
            .Describe(new ApiDoc(Tag, "Change a list's fields") { Answer = typeof(ListView), Body = Body.Partial() });
        group
            .MapDelete(one, DeleteAsync)
            .WithScope(ApiScopes.ListsWrite)
            .Describe(
                new ApiDoc(Tag, "Delete a list")
                {
                    Remarks = "Its contacts stay. Refused with 409 while a campaign to come, a segment or an import uses it.",
                    Statuses = [204],
                    MayConflict = true,
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        var shape = new ListShape<ContactList>
        {
            DefaultOrder = rows => rows.OrderBy(l => l.Id),
            After = (rows, last) => rows.Where(l => l.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, back) => back ? rows.OrderByDescending(l => l.Name) : rows.OrderBy(l => l.Name),
                ["creation_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(l => l.CreatedAt).ThenByDescending(l => l.Id)
                        : rows.OrderBy(l => l.CreatedAt).ThenBy(l => l.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, value) => rows.Where(l => l.Name == value),
                ["public"] = (rows, value) => bool.TryParse(value, out var isPublic) ? rows.Where(l => l.IsPublic == isPublic) : null,
            },
            Columns = ListView.Columns,
            Rows = async (lists, ct) => await ListView.OfAsync(customer, lists, db, links, ct),
        };
        return V1List.WriteAsync(http, db.Of<ContactList>(customer).AsNoTracking(), shape);
    }

    internal static Task<ContactList?> FindAsync(long id, HttpContext http, EstafetteDb db)
    {
        var list = new ListId(id);
        return db.Of<ContactList>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(l => l.Id == list, http.RequestAborted);
    }

    private static async Task<ListView> ViewAsync(ContactList list, HttpContext http, EstafetteDb db, V1Links links) =>
        (await ListView.OfAsync(http.Caller().Customer, [list], db, links, http.RequestAborted))[0];

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } list ? ApiAnswers.Ok(await ViewAsync(list, http, db, links)) : ApiAnswers.NotFound();

    private static async Task<IResult> AddAsync(HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var request = Read(new FieldReader(body.Root, isPartial: false, faults), null);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var created = await CreateList.RunAsync(caller.Customer, request, db, clock, http.RequestAborted);
        if (created.Id is not { } id)
            return Wrong(created.Errors, faults);
        await AuditLog.WriteAsync(caller.Actor, "list.created", $"list {id} {request.Name}", db, clock, http.RequestAborted);
        var view = await ViewAsync((await FindAsync(id.Value, http, db))!, http, db, links);
        return ApiAnswers.Created(http, view.Url, view);
    }

    private static async Task<IResult> ChangeAsync(long id, HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        if (await FindAsync(id, http, db) is not { } known)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var isPartial = HttpMethods.IsPatch(http.Request.Method);
        var request = Read(new FieldReader(body.Root, isPartial, faults), isPartial ? known : null);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var changed = await RenameList.RunAsync(caller.Customer, known.Id, request, db, http.RequestAborted);
        if (!changed.Found)
            return ApiAnswers.NotFound();
        if (!changed.IsDone)
            return Wrong(changed.Errors, faults);
        await AuditLog.WriteAsync(caller.Actor, "list.changed", $"list {id} {request.Name}", db, clock, http.RequestAborted);
        return ApiAnswers.Ok(await ViewAsync((await FindAsync(id, http, db))!, http, db, links));
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, WriteQueue writes, TimeProvider clock)
    {
        var caller = http.Caller();
        var deleted = await DeleteList.RunAsync(caller.Customer, new(id), caller.Actor.UserName, db, writes, clock, http.RequestAborted);
        return !deleted.Found ? ApiAnswers.NotFound()
            : deleted.IsDone ? Results.NoContent()
            : ApiAnswers.Conflict(Texts.Get("lists.in-use"));
    }

    /// <summary>What the body says; the rest as it was.</summary>
    private static CreateListRequest Read(FieldReader fields, ContactList? known)
    {
        fields.RequireObject();
        string? Kept(string name, int most, string? was)
        {
            var value = fields.Line(name, most, isRequired: false);
            return known is not null && !fields.Has(name) ? was : value;
        }
        return new CreateListRequest(
            fields.Line("name", MaxName, isRequired: true) ?? known?.Name ?? "",
            Kept("description", MaxDescription, known?.Description),
            Kept("language", 10, known?.Language),
            fields.Flag("public") ?? known?.IsPublic ?? false
        );
    }

    private static IResult Wrong(IReadOnlyDictionary<string, string> errors, FieldFaults faults)
    {
        foreach (var field in errors.Keys)
            faults.Add(field, Texts.Get("shared.name-taken"));
        return ApiAnswers.Invalid(faults);
    }
}
