using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;

namespace Estafette.Core.Messages.Gallery;

/// <summary>A template that comes with the program, in one language.</summary>
public sealed record GalleryTemplate(string Key, string Language, string Category, string Name, string Subject, string Preheader)
{
    /// <summary>Source of the visual editor.</summary>
    public string Mjml => GalleryTemplates.Text($"{Key}.{Language}.mjml");

    /// <summary>What the source compiles to.</summary>
    public string Html => GalleryTemplates.Text($"{Key}.{Language}.html");
}

/// <summary>The templates that come with the program; made by <c>Web/assets/gallery/build.mjs</c>, which says how to change them.</summary>
public static class GalleryTemplates
{
    private static readonly Assembly Home = typeof(GalleryTemplates).Assembly;
    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);
    private static readonly Lazy<IReadOnlyList<GalleryTemplate>> Known = new(() =>
        JsonSerializer.Deserialize<List<GalleryTemplate>>(Text("gallery.json"), Names)!
    );

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<GalleryTemplate> All => Known.Value;

    /// <summary>Words for the kind of a template, of the gallery and of the customer.</summary>
    public static readonly FrozenSet<string> Categories = FrozenSet.Create(
        StringComparer.Ordinal,
        "newsletter",
        "promotion",
        "event",
        "relation",
        "association",
        "transactional"
    );

    public static GalleryTemplate? Find(string key, string language) => All.FirstOrDefault(t => t.Key == key && t.Language == language);

    /// <summary>A picture or thumbnail, or null when the gallery has none of this name.</summary>
    public static Stream? Picture(string name) =>
        name.EndsWith(".png", StringComparison.Ordinal) && !name.Contains('/') ? Home.GetManifestResourceStream("gallery/" + name) : null;

    internal static string Text(string name)
    {
        using var reader = new StreamReader(Home.GetManifestResourceStream("gallery/" + name)!);
        return reader.ReadToEnd();
    }
}
