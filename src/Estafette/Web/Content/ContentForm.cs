using System.Globalization;
using Estafette.Core.Messages.Editing;

namespace Estafette.Web.Content;

/// <summary>Reads the form of the content page; both its submit and its autosave post it.</summary>
internal static class ContentForm
{
    /// <summary>A field that the form does not hold stays as it is.</summary>
    public static ContentSave Read(IFormCollection form) =>
        new(form["version"].ToString(), Mode(form))
        {
            Subject = Value(form, "subject"),
            Preheader = Value(form, "preheader"),
            Mjml = Value(form, "mjml"),
            Html = Value(form, "html"),
            Text = form["text_source"] == "auto" ? "" : Value(form, "text"),
            VersionName = form["version_name"].ToString().Trim() is { Length: > 0 } name ? name : null,
        };

    /// <summary>The content of a page: its kind is the first word of the address, the variant of an A/B test is in the query.</summary>
    public static ContentTarget Target(HttpContext http, long id) =>
        new(
            http.Request.Path.StartsWithSegments("/templates") ? ContentOwner.Template : ContentOwner.Campaign,
            id,
            // The first variant is the campaign itself.
            short.TryParse(http.Request.Query["variant"], NumberStyles.None, CultureInfo.InvariantCulture, out var variant)
            && variant > 1
                ? variant
                : 0
        );

    /// <summary>The address of the content and what stands below it.</summary>
    public static string Path(ContentTarget target, string below = "", string query = "")
    {
        var root = target.Kind == ContentOwner.Template ? "templates" : "campaigns";
        var variant = target.Variant == 0 ? "" : $"variant={target.Variant}";
        var parameters = string.Join('&', new[] { variant, query }.Where(p => p.Length > 0));
        return $"/{root}/{target.Id}/content{below}{(parameters.Length > 0 ? "?" + parameters : "")}";
    }

    private static string? Value(IFormCollection form, string name) =>
        form.TryGetValue(name, out var value) ? value.ToString().ReplaceLineEndings("\n") : null;

    private static ContentMode Mode(IFormCollection form) =>
        Enum.TryParse<ContentMode>(form["mode"], ignoreCase: true, out var mode) && Enum.IsDefined(mode) ? mode : ContentMode.Html;
}
