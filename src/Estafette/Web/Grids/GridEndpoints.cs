using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Mvc;

namespace Estafette.Web.Grids;

/// <summary>What list pages need beside the page: their files, and the views that users keep.</summary>
internal static class GridEndpoints
{
    public static void MapViews(this WebApplication app)
    {
        app.MapPost("/views", SaveAsync).WithAllow(UserRole.Reader);
        app.MapPost("/views/{id:long}/delete", DeleteAsync).WithAllow(UserRole.Reader);
    }

    /// <summary>Maps the files of a list at "path/export"; the list is made per request, null answers 404.</summary>
    public static RouteHandlerBuilder MapGridExport<TRow>(
        this WebApplication app,
        string path,
        Func<HttpContext, GridScope, Task<GridOf<TRow>?>> make
    ) =>
        app.MapGet(
                path + "/export",
                async (HttpContext http, CurrentUser user, EstafetteDb db, Store store, TimeProvider clock, string? format) =>
                {
                    var customer = await user.CustomerAsync(http.RequestAborted);
                    var zone = TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone);
                    var scope = new GridScope(user.CustomerId, db, store, clock, zone, http.RequestAborted);
                    if (await make(http, scope) is not { } grid)
                        return Results.NotFound();
                    return await GridExport.SendAsync(http, grid, GridQuery.Read(grid, http.Request.Query), scope, format ?? "csv");
                }
            )
            .RequireAuthorization();

    /// <summary>The same for a list that needs nothing of the request.</summary>
    public static RouteHandlerBuilder MapGridExport<TRow>(this WebApplication app, string path, Func<GridScope, GridOf<TRow>> make) =>
        app.MapGridExport(path, (_, scope) => Task.FromResult<GridOf<TRow>?>(make(scope)));

    private static async Task<IResult> SaveAsync(
        [FromForm] string grid,
        [FromForm] string path,
        [FromForm] string? query,
        [FromForm] string? name,
        [FromForm] string? shared,
        CurrentUser user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!Preferences.IsLocal(path))
            return Results.BadRequest();
        var view = new SavedView
        {
            CustomerId = user.CustomerId,
            UserId = new UserId(user.Id),
            Grid = grid,
            Name = name?.Trim() ?? "",
            Query = Clean(query),
            Shared = shared is not null,
            CreatedAt = clock.GetUtcNow(),
        };
        var id = await SavedViews.SaveAsync(view, user.Actor, db, ct);
        var choices = id is null ? view.Query : $"{view.Query}{(view.Query.Length > 0 ? "&" : "")}view={id}";
        return Results.LocalRedirect(choices.Length > 0 ? $"{path.Split('?')[0]}?{choices}" : path.Split('?')[0]);
    }

    // What came from a form goes into an address again only after it was taken apart and put together.
    private static string Clean(string? query)
    {
        var pairs = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery((query ?? "").Replace("\0", "", StringComparison.Ordinal));
        return QueryString.Create(pairs).ToString().TrimStart('?');
    }

    private static async Task<IResult> DeleteAsync(
        long id,
        [FromForm] string? back,
        CurrentUser user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        await SavedViews.DeleteAsync(id, new UserId(user.Id), user.Actor, db, clock, ct)
            ? Results.LocalRedirect(Preferences.IsLocal(back) ? back! : "/")
            : Results.NotFound();
}
