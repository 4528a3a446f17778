using Microsoft.AspNetCore.Http.Features;

namespace Estafette.Web.Public;

/// <summary>Reads what a visitor without a session posted, within limits.</summary>
internal static class PostedBody
{
    private const int MaxBody = 64 * 1024;

    /// <summary>Null when it is too large or no form.</summary>
    public static async Task<PostedForm?> ReadAsync(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        if (!request.HasFormContentType)
            return new PostedForm();
        try
        {
            var form = await request.ReadFormAsync(
                new FormOptions
                {
                    ValueCountLimit = 200,
                    KeyLengthLimit = 256,
                    ValueLengthLimit = 16 * 1024,
                    MultipartBodyLengthLimit = MaxBody,
                    BufferBodyLengthLimit = MaxBody,
                },
                request.HttpContext.RequestAborted
            );
            return new PostedForm { Values = form };
        }
        catch (Exception refused) when (refused is InvalidDataException or IOException)
        {
            return null;
        }
    }

    /// <summary>The field that programs fill and people do not see.</summary>
    public static string Trap() =>
        $"<div class=\"trap\" aria-hidden=\"true\"><label>{PublicPage.Html(Words.T("public.trap"))} <input name=\"{FormRequests.TrapInput}\" tabindex=\"-1\" autocomplete=\"off\"></label></div>\n";

    /// <summary>The link to the same page in the other language.</summary>
    public static string OtherLanguage(string path, string language)
    {
        var other = language == "fr" ? "en" : "fr";
        return $"<p class=\"foot\"><a href=\"{PublicPage.Html(path)}?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">{Words.T("public.other-language")}</a></p>\n";
    }

    /// <summary>The answer to a network that sends too much.</summary>
    public static Task TooManyAsync(HttpContext context, PageFrame frame)
    {
        context.Response.Headers.RetryAfter = "900";
        return PublicPage.WriteAsync(
            context,
            StatusCodes.Status429TooManyRequests,
            frame,
            Words.T("public.too-many-title"),
            PublicPage.Paragraph(Words.T("public.too-many-text"))
        );
    }
}
