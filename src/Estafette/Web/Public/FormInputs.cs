using System.Text;
using Estafette.Core.Forms;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>Writes the inputs of a sign-up form: each with its label, what was typed, and what is wrong with it.</summary>
internal sealed class FormInputs(StringBuilder body, PostedForm posted, string language)
{
    /// <summary>One input for a field of the form.</summary>
    public void Field(FormField field)
    {
        var label = Label(field, language);
        if (field is { Kind: FormFieldKind.Attribute, Type: FormValueType.Boolean })
            Check(field.InputName, label, field.Required);
        else if (field.Kind == FormFieldKind.Language)
            Choice(field.InputName, label, field.Required);
        else
            Text(field.InputName, label, TypeOf(field), AutocompleteOf(field.Kind), field.Required);
    }

    public void Text(string name, string label, string type, string? autocomplete, bool required)
    {
        Open(name, label, required);
        var auto = autocomplete is null ? "" : $" autocomplete=\"{autocomplete}\"";
        var step = type == "number" ? " step=\"any\"" : "";
        body.Append(
            $"<input id=\"f-{Html(name)}\" name=\"{Html(name)}\" type=\"{type}\"{step}{auto} maxlength=\"500\" value=\"{Html(posted.Text(name))}\"{State(name, required)}>"
        );
        Close(name, label);
    }

    /// <summary>Several lines.</summary>
    public void Area(string name, string label, int most, bool required)
    {
        Open(name, label, required);
        body.Append(
            $"<textarea id=\"f-{Html(name)}\" name=\"{Html(name)}\" rows=\"6\" maxlength=\"{most}\"{State(name, required)}>{Html(posted.Text(name))}</textarea>"
        );
        Close(name, label);
    }

    /// <summary>What is wrong, above the form, with links to the inputs.</summary>
    public void Summary(Func<string, string> label)
    {
        if (posted.Errors.Count == 0)
            return;
        body.Append($"<div class=\"alert\" role=\"alert\" tabindex=\"-1\" autofocus><strong>{Html(T("public.faults"))}</strong><ul>");
        foreach (var (input, code) in posted.Errors)
            body.Append($"<li><a href=\"#f-{Html(input)}\">{Html(Fault(code, label(input)))}</a></li>");
        body.Append("</ul></div>\n");
    }

    /// <summary>The lists to choose from.</summary>
    public void Lists(IReadOnlyList<PublicList> lists)
    {
        var chosen = posted.Lists;
        body.Append($"<fieldset id=\"f-lists\"><legend>{Html(T("public.lists"))}</legend>\n");
        foreach (var list in lists)
        {
            var help = string.IsNullOrWhiteSpace(list.Description) ? "" : $"<br><small>{Html(list.Description)}</small>";
            var ticked = chosen.Contains(list.Id.Value) || lists.Count == 1 ? " checked" : "";
            body.Append(
                $"<label class=\"check\"><input type=\"checkbox\" name=\"list\" value=\"{list.Id}\"{ticked}><span>{Html(list.Name)}{help}</span></label>\n"
            );
        }
        AddFault("lists", T("public.lists"));
        body.Append("</fieldset>\n");
    }

    /// <summary>A box to tick; never ticked beforehand.</summary>
    public void Check(string name, string label, bool required)
    {
        var ticked = posted.Text(name) is null ? "" : " checked";
        body.Append(
            $"<div class=\"field\"><label class=\"check\" for=\"f-{Html(name)}\"><input type=\"checkbox\" id=\"f-{Html(name)}\" name=\"{Html(name)}\" value=\"1\"{ticked}{State(name, required)}><span>{Html(label)}</span></label>"
        );
        Close(name, label);
    }

    /// <summary>What is wrong with an input, as a sentence.</summary>
    public static string Fault(string code, string label) => T("public.fault-" + code, label);

    /// <summary>The label of an input by its name.</summary>
    public static string LabelOf(string input, FormDesign design, string language) =>
        input switch
        {
            "email" => T("public.email"),
            "lists" => T("public.lists"),
            "consent" => design.In(language).Consent,
            _ => design.Fields.FirstOrDefault(f => f.InputName == input) is { } field ? Label(field, language) : input,
        };

    private void Choice(string name, string label, bool required)
    {
        Open(name, label, required);
        var chosen = posted.Text(name) ?? language;
        body.Append($"<select id=\"f-{Html(name)}\" name=\"{Html(name)}\" autocomplete=\"language\"{State(name, required)}>");
        foreach (var value in (string[])["fr", "en"])
            body.Append(
                $"<option value=\"{value}\" lang=\"{value}\"{(chosen == value ? " selected" : "")}>{T("public.language-" + value)}</option>"
            );
        body.Append("</select>");
        Close(name, label);
    }

    private void Open(string name, string label, bool required)
    {
        var optional = required ? "" : $" <span class=\"optional\">({Html(T("public.optional"))})</span>";
        body.Append($"<div class=\"field\"><label for=\"f-{Html(name)}\">{Html(label)}{optional}</label>");
    }

    private void Close(string name, string label)
    {
        AddFault(name, label);
        body.Append("</div>\n");
    }

    private void AddFault(string name, string label)
    {
        if (posted.Errors.TryGetValue(name, out var code))
            body.Append($"<p class=\"fault\" id=\"e-{Html(name)}\">{Html(Fault(code, label))}</p>");
    }

    private string State(string name, bool required) =>
        (required ? " required" : "")
        + (posted.Errors.ContainsKey(name) ? $" aria-invalid=\"true\" aria-describedby=\"e-{Html(name)}\"" : "");

    private static string Label(FormField field, string language) =>
        field.Kind switch
        {
            FormFieldKind.FirstName => T("public.first-name"),
            FormFieldKind.LastName => T("public.last-name"),
            FormFieldKind.Language => T("public.language"),
            FormFieldKind.Phone => T("public.phone"),
            _ => field.LabelIn(language) ?? "",
        };

    private static string TypeOf(FormField field) =>
        field.Kind == FormFieldKind.Phone ? "tel"
        : field.Kind != FormFieldKind.Attribute ? "text"
        : field.Type switch
        {
            FormValueType.Number => "number",
            FormValueType.Date => "date",
            _ => "text",
        };

    private static string? AutocompleteOf(FormFieldKind kind) =>
        kind switch
        {
            FormFieldKind.FirstName => "given-name",
            FormFieldKind.LastName => "family-name",
            FormFieldKind.Phone => "tel",
            _ => null,
        };
}
