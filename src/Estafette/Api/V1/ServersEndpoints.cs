using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Sending servers: add, read, change, test, delete. Their secrets go in and never come out.</summary>
internal static class ServersEndpoints
{
    private const string Tag = "Sending servers";

    public static void MapServers(this RouteGroupBuilder group)
    {
        const string one = "/servers/{id:long}";
        group
            .MapGet("/servers", ListAsync)
            .WithScope(ApiScopes.ServersRead)
            .Describe(
                new ApiDoc(Tag, "List sending servers")
                {
                    Answer = typeof(ServerView),
                    IsList = true,
                    Orders = ["name", "priority"],
                    Query = [ApiField.Line("name", 100), ApiField.Choice("kind", V1Words.All<ServerKind>()), ApiField.Flag("active")],
                }
            );
        group
            .MapPost("/servers", AddAsync)
            .WithScope(ApiScopes.ServersWrite)
            .Describe(
                new ApiDoc(Tag, "Add a sending server")
                {
                    Answer = typeof(ServerView),
                    Body = ServerInputs.Body,
                    Statuses = [201],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.ServersRead)
            .Describe(new ApiDoc(Tag, "Read a sending server") { Answer = typeof(ServerView) });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.ServersWrite)
            .Describe(
                new ApiDoc(Tag, "Change a sending server")
                {
                    Remarks =
                        "Settings that are not given stay; so does the secret. Whoever saves a server has looked at it: it is used again.",
                    Answer = typeof(ServerView),
                    Body = ServerInputs.Body.Partial(),
                }
            );
        group
            .MapDelete(one, DeleteAsync)
            .WithScope(ApiScopes.ServersWrite)
            .Describe(
                new ApiDoc(Tag, "Delete a sending server")
                {
                    Remarks = "Refused with 409 while a campaign to come uses it or messages wait for it.",
                    Statuses = [204],
                    MayConflict = true,
                }
            );
        group
            .MapPost(one + "/test", TestAsync)
            .WithScope(ApiScopes.ServersWrite)
            .Describe(
                new ApiDoc(Tag, "Send a test message through a server")
                {
                    Remarks = "A real message; the answer is 200 whether it was accepted or not.",
                    Answer = typeof(ServerTestView),
                    Body = new ApiBody(
                        ApiField.Line("to", 254).Required(),
                        ApiField.Line("from", 254).Required(),
                        ApiField.Line("from_name", 70)
                    )
                    {
                        Name = "ServerTestInput",
                    },
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock)
    {
        var customer = http.Caller().Customer;
        var shape = new ListShape<SendingServer>
        {
            DefaultOrder = rows => rows.OrderBy(s => s.Id),
            After = (rows, last) => rows.Where(s => s.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, back) => back ? rows.OrderByDescending(s => s.Name) : rows.OrderBy(s => s.Name),
                ["priority"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(s => s.Priority).ThenByDescending(s => s.Id)
                        : rows.OrderBy(s => s.Priority).ThenBy(s => s.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, value) => rows.Where(s => s.Name == value),
                ["kind"] = (rows, value) => V1Words.Read<ServerKind>(value) is { } kind ? rows.Where(s => s.Kind == kind) : null,
                ["active"] = (rows, value) => bool.TryParse(value, out var active) ? rows.Where(s => s.Active == active) : null,
            },
            Columns = ServerView.Columns,
            Rows = async (servers, ct) =>
            {
                var views = new List<object>(servers.Count);
                foreach (var server in servers)
                    if (await ShowServer.RunAsync(new(customer, server.Id), db, clock, ct) is { } details)
                        views.Add(ServerView.Of(details, links));
                return views;
            },
        };
        return V1List.WriteAsync(http, db.Of<SendingServer>(customer).AsNoTracking(), shape);
    }

    private static Task<ServerDetails?> FindAsync(long id, HttpContext http, EstafetteDb db, TimeProvider clock) =>
        ShowServer.RunAsync(new ShowServer.Request(http.Caller().Customer, new(id)), db, clock, http.RequestAborted);

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links, TimeProvider clock) =>
        await FindAsync(id, http, db, clock) is { } server ? ApiAnswers.Ok(ServerView.Of(server, links)) : ApiAnswers.NotFound();

    private static async Task<IResult> AddAsync(HttpContext http, EstafetteDb db, ServerKeeper keeper, V1Links links, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: false, faults).RequireObject();
        if (ServerInputs.ReadNew(fields) is not { } input)
            return ApiAnswers.Invalid(faults);
        var added = await AddServer.RunAsync(new(caller.Customer, input), db, keeper, clock, http.RequestAborted);
        if (!added.Ok)
            return ServerInputs.Wrong(added.Faults, faults);
        await AuditLog.WriteAsync(caller.Actor, "server.added", $"server {added.Value} {input.Name}", db, clock, http.RequestAborted);
        var view = ServerView.Of((await FindAsync(added.Value.Value, http, db, clock))!, links);
        return ApiAnswers.Created(http, view.Url, view);
    }

    private static async Task<IResult> ChangeAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        ServerKeeper keeper,
        V1Links links,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db, clock) is not { } known)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: true, faults).RequireObject();
        if (ServerInputs.ReadChanges(fields, known) is not { } input)
            return ApiAnswers.Invalid(faults);
        var changed = await EditServer.RunAsync(new(caller.Customer, new(id), input), db, keeper, clock, http.RequestAborted);
        if (changed.NotFound)
            return ApiAnswers.NotFound();
        if (!changed.Ok)
            return ServerInputs.Wrong(changed.Faults, faults);
        await AuditLog.WriteAsync(caller.Actor, "server.changed", $"server {id} {input.Name}", db, clock, http.RequestAborted);
        return ApiAnswers.Ok(ServerView.Of((await FindAsync(id, http, db, clock))!, links));
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, Signals signals, TimeProvider clock)
    {
        if (await FindAsync(id, http, db, clock) is not { } known)
            return ApiAnswers.NotFound();
        var caller = http.Caller();
        var deleted = await DeleteServer.RunAsync(new(caller.Customer, new(id)), db, signals, http.RequestAborted);
        if (deleted.NotFound)
            return ApiAnswers.NotFound();
        if (!deleted.Ok)
            return ApiAnswers.Conflict(string.Join(' ', deleted.Faults!.ByField.SelectMany(f => f.Value)));
        await AuditLog.WriteAsync(caller.Actor, "server.deleted", $"server {id} {known.Row.Name}", db, clock, http.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> TestAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        SenderFactory factory,
        Signals signals,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db, clock) is null)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: false, faults).RequireObject();
        var (to, from) = (fields.Line("to", 254, isRequired: true), fields.Line("from", 254, isRequired: true));
        var name = fields.Line("from_name", 70, isRequired: false);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var request = new TestServer.Request(http.Caller().Customer, new(id), to!, from!, name);
        var tested = await TestServer.RunAsync(request, db, factory, signals, clock, http.RequestAborted);
        if (tested.NotFound)
            return ApiAnswers.NotFound();
        if (tested.Value is not { } test)
            return ServerInputs.Wrong(tested.Faults, faults);
        return ApiAnswers.Ok(
            new ServerTestView(
                test.Succeeded,
                V1Words.Of(test.Result.Outcome),
                V1Words.Of(test.Result.Phase),
                test.Result.Code,
                test.Result.Text,
                (long)test.Duration.TotalMilliseconds,
                [.. test.Dialogue.Select(l => new DialogueView(l.FromServer ? "server" : "client", l.Text))]
            )
        );
    }
}
