using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Settings;

/// <summary>The logo of a customer, for everybody: public pages and mails show it. Its name is the hash of its content.</summary>
internal static class BrandEndpoints
{
    public static void MapBrand(this WebApplication app) => app.MapGet("/brand/{customer:long}/{hash}", LogoAsync).AllowAnonymous();

    private static async Task<IResult> LogoAsync(long customer, string hash, HttpContext http, EstafetteDb db, CancellationToken ct)
    {
        var logo = await db.Of<CustomerLogo>(new CustomerId(customer)).AsNoTracking().SingleOrDefaultAsync(l => l.Hash == hash, ct);
        if (logo is null)
            return TypedResults.NotFound();
        // Opened by itself, an SVG is a document: it may do nothing.
        http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Bytes(logo.Data, logo.ContentType);
    }
}
