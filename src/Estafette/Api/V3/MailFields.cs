using System.Text.Json;
using Estafette.Core.Delivery.Accept;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Api.V3;

/// <summary>Reads the members of one JSON object of a mail, and notes what is wrong with them under their path.</summary>
internal sealed class MailFields(JsonElement value, string path, V3Faults faults)
{
    public const int MaxName = 200;
    public const int MaxSubject = 998;

    public V3Faults Faults => faults;

    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The member; null when it is absent or null.</summary>
    public JsonElement? Member(string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null
            ? found
            : null;

    /// <summary>An object within; null when it is absent or none.</summary>
    public MailFields? Object(string name)
    {
        if (Member(name) is not { } found)
            return null;
        if (found.ValueKind == JsonValueKind.Object)
            return new(found, At(name), faults);
        faults.AddText(At(name), "mail-object");
        return null;
    }

    /// <summary>The objects of an array; empty when it is absent.</summary>
    public IReadOnlyList<MailFields> Objects(string name, int most)
    {
        var items = Items(name, most);
        var objects = new List<MailFields>(items.Count);
        for (var i = 0; i < items.Count; i++)
            if (items[i].ValueKind == JsonValueKind.Object)
                objects.Add(new(items[i], $"{At(name)}.{i}", faults));
            else
                faults.AddText($"{At(name)}.{i}", "mail-object");
        return objects;
    }

    public IReadOnlyList<JsonElement> Items(string name, int most)
    {
        if (Member(name) is not { } found)
            return [];
        if (found.ValueKind != JsonValueKind.Array)
            faults.AddText(At(name), "mail-array");
        else if (found.GetArrayLength() > most)
            faults.AddText(At(name), "mail-too-many", most);
        else
            return [.. found.EnumerateArray()];
        return [];
    }

    /// <summary>Whether an array that is needed is absent or empty; what is no array has its own fault.</summary>
    public bool IsMissingList(string name) =>
        Member(name) is null || (Member(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0);

    public string? Text(string name)
    {
        if (Member(name) is not { } found)
            return null;
        if (found.ValueKind == JsonValueKind.String && TryString(found, out var text))
            return text;
        faults.AddText(At(name), "not-text");
        return null;
    }

    /// <summary>A text that goes into a header field.</summary>
    public string? Line(string name, int most)
    {
        if (Text(name) is not { } text)
            return null;
        if (!MimeHeaders.TryValidateHeaderValue(text, out _))
            faults.AddText(At(name), "mail-control");
        else if (text.Length > most)
            faults.AddText(At(name), "too-long", most);
        else
            return text;
        return null;
    }

    public bool Flag(string name)
    {
        if (Member(name) is not { } found)
            return false;
        if (found.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return found.GetBoolean();
        faults.AddText(At(name), "not-flag");
        return false;
    }

    /// <summary>Whether <c>{"name":{"enable":true}}</c>.</summary>
    public bool IsEnabled(string name) => Object(name)?.Flag("enable") == true;

    /// <summary>A flat object of texts; numbers and flags become text.</summary>
    public IReadOnlyDictionary<string, string> Map(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Member(name) is not { } found)
            return map;
        if (found.ValueKind != JsonValueKind.Object)
            faults.AddText(At(name), "mail-object");
        else
            foreach (var property in found.EnumerateObject())
            {
                var text = property.Value.ValueKind switch
                {
                    JsonValueKind.String when TryString(property.Value, out var words) => words,
                    JsonValueKind.Number => property.Value.GetRawText(),
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    _ => null,
                };
                if (text is null)
                    faults.AddText($"{At(name)}.{Printable(property.Name)}", "not-text");
                else
                    map[property.Name] = text;
            }
        return map;
    }

    /// <summary>The address and name of this object; null when there is none or it is wrong.</summary>
    public DisplayMailbox? Mailbox()
    {
        var name = Line("name", MaxName);
        if (Text("email") is not { } email)
        {
            if (Member("email") is null)
                faults.AddText(At("email"), "required");
            return null;
        }
        if (email.AsSpan().IndexOfAny('\r', '\n', '\0') < 0 && EmailAddress.TryParse(email, out var address, out _))
            return new DisplayMailbox(name, address);
        faults.AddText(At("email"), "address");
        return null;
    }

    public IReadOnlyList<DisplayMailbox> Mailboxes(string name, int most)
    {
        var found = new List<DisplayMailbox>();
        foreach (var one in Objects(name, most))
            if (one.Mailbox() is { } mailbox)
                found.Add(mailbox);
        return found;
    }

    /// <summary>Header fields of the caller that may stand in a message.</summary>
    public Dictionary<string, string> Headers()
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in Map("headers"))
            switch (MailHeaderRules.Check(name, text))
            {
                case HeaderFault.None:
                    headers[name] = text;
                    break;
                case HeaderFault.Reserved:
                    faults.AddText(At("headers"), "mail-header-reserved", Printable(name));
                    break;
                case HeaderFault.Name:
                    faults.AddText(At("headers"), "mail-header-name", Printable(name));
                    break;
                default:
                    faults.AddText(At("headers"), "mail-header-value", Printable(name), MailHeaderRules.MaxValue);
                    break;
            }
        if (headers.Count > MailHeaderRules.MaxFields)
            faults.AddText(At("headers"), "mail-too-many", MailHeaderRules.MaxFields);
        return headers;
    }

    /// <summary>A name of the caller as it may stand in an answer.</summary>
    public static string Printable(string name) => string.Concat(name.Take(60).Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>A lone surrogate is no text, and NUL is none that every database takes.</summary>
    public static bool TryString(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return !text.Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
