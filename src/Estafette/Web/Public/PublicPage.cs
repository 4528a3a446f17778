using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Estafette.Web.Public;

/// <summary>How a public page is framed: whose it is, in which language, who may show it in a frame and where its forms may lead.</summary>
internal sealed record PageFrame(string Language, PageBrand? Brand = null)
{
    /// <summary>Origins that may frame the page; empty: nobody.</summary>
    public IReadOnlyList<string> Ancestors { get; init; } = [];

    /// <summary>Where a form of the page may end besides this site: the origin of a page it redirects to.</summary>
    public string? FormTarget { get; init; }

    /// <summary>Shown in a frame of another site: no card of its own around it.</summary>
    public bool Embedded { get; init; }
}

/// <summary>
/// The pages that people outside see: sign-up, confirmation, preferences, unsubscribe. One answer of a few kilobytes without script and
/// without any outside part but the logo.
/// </summary>
internal static class PublicPage
{
    private const string Style = """
        :root{color-scheme:light dark}*{box-sizing:border-box}
        body{margin:0;font:1.0625rem/1.55 system-ui,sans-serif;background:var(--ground);color:#1b2430}
        main{max-width:34rem;margin:6vh auto 2rem;padding:2rem;background:#fff;border:1px solid #d9dfe7;border-top:.375rem solid var(--brand);border-radius:.75rem}
        h1{margin:0 0 .75rem;font-size:1.45rem;line-height:1.25;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
        p{margin:.6rem 0;overflow-wrap:anywhere}small,.help{color:#566273}.help{font-size:.9rem;margin:.15rem 0 0}
        .logo{display:block;max-width:60%;max-height:4.5rem;margin:0 0 1.25rem}.name{font-weight:600;margin:0 0 1rem}
        form{margin:1.25rem 0 0}hr{border:0;border-top:1px solid #d9dfe7;margin:1.75rem 0 0}
        label,legend{font-weight:600}fieldset{border:0;margin:1rem 0;padding:0}legend{padding:0;margin-bottom:.35rem}
        .field{margin:1rem 0}.field>label:not(.check){display:block;margin-bottom:.25rem}.optional{font-weight:400;color:#566273}
        input:not([type=checkbox]):not([type=radio]),select,textarea{font:inherit;width:100%;padding:.6rem .75rem;border:1px solid #8793a3;border-radius:.5rem;background:#fff;color:inherit}
        .check{display:flex;gap:.6rem;align-items:flex-start;font-weight:400;margin:.6rem 0;padding:.15rem 0}
        .check input{margin:.3rem 0 0;width:1.15rem;height:1.15rem;flex:none;accent-color:var(--edge)}
        [aria-invalid=true]{border-color:#b42318!important}.fault{color:#b42318;margin:.25rem 0 0}
        .alert{border:1px solid #b42318;border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}.alert ul{margin:.4rem 0 0;padding-left:1.2rem}.alert a{color:inherit}
        .note{border:1px solid #d9dfe7;border-radius:.5rem;padding:.75rem 1rem}
        button,.button{display:inline-block;font:inherit;padding:.65rem 1.15rem;border-radius:.5rem;border:1px solid var(--edge);background:var(--brand);color:var(--on-brand);cursor:pointer;text-decoration:none}
        button.quiet{background:transparent;color:inherit;border-color:#8793a3}a{color:inherit}
        :focus-visible{outline:3px solid #f2a93b;outline-offset:2px}
        .trap{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}.foot{margin-top:1.75rem;font-size:.9rem}
        body.embedded{background:transparent}body.embedded main{margin:0;max-width:none;border:0;padding:1rem}
        @media(prefers-color-scheme:dark){body{background:#12161c;color:#e7ebf0}main{background:#1b212a;border-color:var(--brand) #313a47 #313a47}
        hr,.note{border-color:#313a47}small,.help,.optional{color:#a3aebd}.fault{color:#ff9d94}.alert,[aria-invalid=true]{border-color:#ff9d94!important}
        input:not([type=checkbox]):not([type=radio]),select,textarea{background:#12161c;border-color:#6a778a}
        .logo{background:#fff;border-radius:.5rem;padding:.4rem}}
        @media(max-width:40rem){main{margin:0;border-width:.375rem 0 0;border-radius:0;min-height:100vh;padding:1.5rem}}
        """;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly PageBrand Ours = new("", "#1f5fbf", "#ffffff", "#f3f5f8", null);

    /// <summary>Text made safe for HTML, attributes included.</summary>
    public static string Html(string? text) => Encoder.Encode(text ?? "");

    /// <summary>Writes the page; a HEAD request gets its headers.</summary>
    public static async Task WriteAsync(HttpContext context, int status, PageFrame frame, string title, string body)
    {
        var style = StyleOf(frame.Brand ?? Ours);
        var html = $$"""
            <!doctype html>
            <html lang="{{frame.Language}}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
            <title>{{Html(
                title
            )}}</title><style>{{style}}</style></head>
            <body{{(frame.Embedded ? " class=\"embedded\"" : "")}}><main>{{Head(frame.Brand)}}<h1>{{Html(title)}}</h1>
            {{body}}</main></body>
            </html>

            """;
        context.Response.StatusCode = status;
        Harden(context.Response, Policy(frame, style));
        var bytes = Encoding.UTF8.GetBytes(html);
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Headers of every public page: nothing loaded from elsewhere, nothing cached, its address in no Referer.</summary>
    public static void Harden(HttpResponse response, string policy)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["X-Robots-Tag"] = "noindex";
    }

    /// <summary>A paragraph of plain text; its line breaks stay.</summary>
    public static string Paragraph(string text) => $"<p>{Html(text).Replace("\n", "<br>", StringComparison.Ordinal)}</p>\n";

    /// <summary>A form that posts one action to the address it stands at.</summary>
    public static string Button(string action, string label, bool quiet = false) =>
        $"""<form method="post"><button{(quiet ? " class=\"quiet\"" : "")} name="action" value="{Html(action)}">{Html(label)}</button></form>{"\n"}""";

    /// <summary>A link that looks like what it is.</summary>
    public static string Link(string href, string label) => $"""<p><a href="{Html(href)}">{Html(label)}</a></p>{"\n"}""";

    /// <summary>Enough of an address for its owner; a forwarded message does not give it away.</summary>
    public static string Masked(string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0 ? $"{address[0]}…{address[at..]}"
            : address.Length > 4 ? $"…{address[^4..]}"
            : "…";
    }

    /// <summary>
    /// The words of what follows are in this language. The public pages choose it themselves: their visitors have no session and no account.
    /// </summary>
    public static void Speak(string language) =>
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language == "en" ? "en-GB" : "fr-FR");

    private static string Head(PageBrand? brand) =>
        brand is null ? ""
        : brand.LogoPath is { } logo ? $"""<img class="logo" src="{Html(logo)}" alt="{Html(brand.Name)}">"""
        : $"""<p class="name">{Html(brand.Name)}</p>""";

    private static string StyleOf(PageBrand brand) =>
        $":root{{--brand:{brand.Color};--on-brand:{brand.TextOnColor};--ground:{brand.Background};--edge:{brand.LightEdge}}}"
        + $"@media(prefers-color-scheme:dark){{:root{{--edge:{brand.DarkEdge}}}}}"
        + Style;

    // The one style element is let in by its hash: nothing that got into the text of a page could bring a style with it.
    private static string Policy(PageFrame frame, string style)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        var target = frame.FormTarget is { } origin ? " " + origin : "";
        var ancestors = frame.Ancestors.Count == 0 ? "'none'" : string.Join(' ', frame.Ancestors);
        return $"default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; form-action 'self'{target}; base-uri 'none'; frame-ancestors {ancestors}";
    }
}
