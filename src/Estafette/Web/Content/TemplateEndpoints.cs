using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Content;

/// <summary>A template as the content of a sandboxed frame, its merge fields shown as they are written.</summary>
internal static class TemplateEndpoints
{
    public static void MapTemplates(this WebApplication app) => app.MapGet("/templates/{id:long}/html", HtmlAsync).RequireAuthorization();

    private static async Task<IResult> HtmlAsync(long id, HttpContext http, CurrentUser user, EstafetteDb db, CancellationToken ct)
    {
        var template = new TemplateId(id);
        var html = await db.Of<Template>(user.CustomerId).Where(t => t.Id == template).Select(t => t.Html).SingleOrDefaultAsync(ct);
        if (html is null)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }
}
