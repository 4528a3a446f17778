using Estafette.Core.Forms;
using Estafette.Core.Platform;
using static Estafette.Web.Words;

namespace Estafette.Web.Forms;

/// <summary>A form as its page shows and posts it.</summary>
internal sealed class FormDraft
{
    /// <summary>Empty lines for attributes behind those there are.</summary>
    private const int SpareAttributes = 2;

    /// <summary>Texts of one language, in the order of the page: name of the input, lines, shown only for a choice.</summary>
    public static readonly (string Name, int Rows, bool IsCode)[] PageTexts =
    [
        ("title", 0, false),
        ("intro", 3, false),
        ("button", 0, false),
        ("consent", 3, false),
        ("trackingConsent", 3, false),
        ("pending", 2, false),
        ("thanks", 2, false),
    ];

    public static readonly (string Name, int Rows, bool IsCode)[] MailTexts =
    [
        ("mailSubject", 0, false),
        ("mailHtml", 8, true),
        ("mailText", 6, true),
    ];

    /// <summary>Fields of every contact that a form may ask for.</summary>
    public static readonly FormFieldKind[] Kinds =
    [
        FormFieldKind.FirstName,
        FormFieldKind.LastName,
        FormFieldKind.Phone,
        FormFieldKind.Language,
    ];

    public string Name { get; set; } = "";
    public HashSet<long> Lists { get; set; } = [];
    public FormDesign Design { get; set; } = new();

    /// <summary>The attributes with empty lines behind them.</summary>
    public IReadOnlyList<FormField> Attributes
    {
        get
        {
            var asked = Design.Fields.Where(f => f.Kind == FormFieldKind.Attribute);
            return [.. asked, .. Enumerable.Repeat(new FormField(FormFieldKind.Attribute), SpareAttributes)];
        }
    }

    public FormInput Input => new(Name, [.. Lists.Select(l => new ListId(l))], Design);

    /// <summary>"none", "optional" or "required".</summary>
    public string Asked(FormFieldKind kind) => Design.Fields.FirstOrDefault(f => f.Kind == kind) is { } field ? Asked(field) : "none";

    public static string Asked(FormField field) =>
        field.Attribute is null && field.Kind == FormFieldKind.Attribute ? "optional"
        : field.Required ? "required"
        : "optional";

    /// <summary>A text by the name of its input.</summary>
    public static string TextOf(FormTexts texts, string name) =>
        name switch
        {
            "title" => texts.Title,
            "intro" => texts.Intro,
            "button" => texts.Button,
            "consent" => texts.Consent,
            "trackingConsent" => texts.TrackingConsent,
            "pending" => texts.Pending,
            "thanks" => texts.Thanks,
            "mailSubject" => texts.MailSubject,
            "mailHtml" => texts.MailHtml,
            _ => texts.MailText,
        };

    /// <summary>Takes what was posted.</summary>
    public void Read(Page page)
    {
        Name = page.Posted("name") ?? "";
        Lists = page.PostedIds("list");
        Design = Design with
        {
            Fields = [.. ReadKinds(page), .. ReadAttributes(page)],
            French = ReadTexts(page, "fr"),
            English = ReadTexts(page, "en"),
            DoubleOptIn = page.PostedFlag("double"),
            AsksTracking = page.PostedFlag("asksTracking"),
            ChoosesLists = page.PostedFlag("choosesLists"),
            RedirectUrl = page.Posted("redirect"),
            Origins = (page.Posted("origins") ?? "").Split(
                ['\n', '\r', ' ', ','],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            ),
            Sender = page.PostedNumber("sender", 1, int.MaxValue),
        };
    }

    private static IEnumerable<FormField> ReadKinds(Page page) =>
        Kinds
            .Select(kind => (Kind: kind, Asked: page.Posted("ask-" + kind)))
            .Where(k => k.Asked is "optional" or "required")
            .Select(k => new FormField(k.Kind, k.Asked == "required"));

    private static IEnumerable<FormField> ReadAttributes(Page page)
    {
        for (var i = 0; i < FormDesign.MaxFields + SpareAttributes && page.Form.ContainsKey($"attribute-{i}"); i++)
            if (page.Posted($"attribute-{i}") is { } name)
                yield return new FormField(
                    FormFieldKind.Attribute,
                    page.Posted($"attribute-ask-{i}") == "required",
                    name,
                    page.PostedChoice($"attribute-type-{i}", FormValueType.Text),
                    page.Posted($"attribute-fr-{i}"),
                    page.Posted($"attribute-en-{i}")
                );
    }

    private static FormTexts ReadTexts(Page page, string language)
    {
        string Of(string name) => page.Posted($"{name}-{language}")?.ReplaceLineEndings("\n") ?? "";
        return new FormTexts
        {
            Title = Of("title"),
            Intro = Of("intro"),
            Button = Of("button"),
            Consent = Of("consent"),
            TrackingConsent = Of("trackingConsent"),
            Pending = Of("pending"),
            Thanks = Of("thanks"),
            MailSubject = Of("mailSubject"),
            MailHtml = Of("mailHtml"),
            MailText = Of("mailText"),
        };
    }

    /// <summary>The label of a text.</summary>
    public static string LabelOf(string name) => T("forms.text-" + Layout.StatusWords.Kebab(name));

    /// <summary>The sentence for a fault.</summary>
    public static string Fault(string field, string code)
    {
        if (field == "fields")
            return T("forms.fault-fields-" + code);
        var dash = field.LastIndexOf('-');
        if (dash < 0)
            return T("forms.fault-" + field);
        var language = T(field.EndsWith("-en", StringComparison.Ordinal) ? "forms.in-english" : "forms.in-french");
        return T("forms.fault-" + code, $"{LabelOf(field[..dash])} ({language.ToLower(System.Globalization.CultureInfo.CurrentCulture)})");
    }
}
