using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Estafette.Web.Grids;

namespace Estafette.Web.Returned;

/// <summary>The files of the pages about mail that came back: lists, and each message as it came.</summary>
internal static class ReturnedEndpoints
{
    public static void MapReturned(this WebApplication app)
    {
        app.MapGridExport("/returned", _ => new ReturnedGrid(ofNobody: false));
        app.MapGridExport("/returned/reports", _ => new ReportsGrid(ofAll: false));
        app.MapGridExport("/operator/returned", _ => new ReturnedGrid(ofNobody: true)).WithMetadata(new OperatorsAttribute());
        app.MapGridExport("/operator/reports", _ => new ReportsGrid(ofAll: true)).WithMetadata(new OperatorsAttribute());
        app.MapGet("/returned/{id:long}/source.eml", OwnAsync).RequireAuthorization();
        app.MapGet("/operator/returned/{id:long}/source.eml", OfNobodyAsync).RequireAuthorization().WithMetadata(new OperatorsAttribute());
    }

    private static Task<IResult> OwnAsync(long id, CurrentUser user, EstafetteDb db, CancellationToken ct) =>
        SendAsync(user.CustomerId, id, db, ct);

    private static Task<IResult> OfNobodyAsync(long id, EstafetteDb db, CancellationToken ct) => SendAsync(default, id, db, ct);

    private static async Task<IResult> SendAsync(CustomerId owner, long id, EstafetteDb db, CancellationToken ct) =>
        await ReadReturned.SourceAsync(owner, id, db, ct) is { } source
            ? TypedResults.Bytes(source, "message/rfc822", $"returned-{id}.eml")
            : TypedResults.NotFound();
}
