using System.Text.Json;

namespace Estafette.Core.Messages.Content;

/// <summary>What a message knows about its contact besides his attributes.</summary>
internal sealed record MergeContact(
    string? Email,
    string? FirstName = null,
    string? LastName = null,
    string? Phone = null,
    string? Language = null
);

/// <summary>What a message knows about its campaign.</summary>
internal sealed record MergeCampaign(string? Name, string? ListName, string? SenderName, string? SenderEmail)
{
    internal readonly Dictionary<string, object?> Campaign = new(StringComparer.Ordinal) { ["name"] = Name };
    internal readonly Dictionary<string, object?> List = new(StringComparer.Ordinal) { ["name"] = ListName };
    internal readonly Dictionary<string, object?> Sender = new(StringComparer.Ordinal) { ["name"] = SenderName, ["email"] = SenderEmail };
}

/// <summary>Builds the data a template is rendered with.</summary>
/// <remarks>
/// Names: email, first_name, last_name, phone, language (also prenom, nom, telephone, langue), campaign.name, list.name, sender.name,
/// sender.email, and the contact's attributes at top level. Fields of the contact win over attributes of the same name; an attribute fills
/// a field that is empty, except email. Nothing can take the place of unsubscribe_url or web_version_url: they are no data at all.
/// </remarks>
internal static class MergeData
{
    /// <summary>Levels of nested attributes that are kept; deeper ones are left out.</summary>
    public const int MaxDepth = 20;

    private static readonly JsonReaderOptions ReaderOptions = new()
    {
        MaxDepth = 100_000,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <param name="contact">Fields of the contact.</param>
    /// <param name="attributesJson">A JSON object in UTF-8, or nothing. What is no object gives no attributes.</param>
    /// <param name="campaign">One object for the whole campaign.</param>
    public static Dictionary<string, object?> Create(MergeContact contact, ReadOnlySpan<byte> attributesJson, MergeCampaign? campaign)
    {
        var data = ReadObject(attributesJson) ?? new Dictionary<string, object?>(16, StringComparer.Ordinal);
        data["email"] = contact.Email;
        Set(data, "first_name", "prenom", contact.FirstName);
        Set(data, "last_name", "nom", contact.LastName);
        Set(data, "phone", "telephone", contact.Phone);
        Set(data, "language", "langue", contact.Language);
        data["campaign"] = campaign?.Campaign;
        data["list"] = campaign?.List;
        data["sender"] = campaign?.Sender;
        return data;
    }

    /// <summary>The members of a JSON object alone; nothing for what is no object.</summary>
    public static Dictionary<string, object?> Read(ReadOnlySpan<byte> json) =>
        ReadObject(json) ?? new Dictionary<string, object?>(StringComparer.Ordinal);

    private static void Set(Dictionary<string, object?> data, string name, string alias, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            var filled = data.GetValueOrDefault(name);
            value = (MergeFunctions.IsMissing(filled) ? data.GetValueOrDefault(alias) : filled) as string;
        }
        data[name] = value;
        data[alias] = value;
    }

    private static Dictionary<string, object?>? ReadObject(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return null;
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadMembers(ref reader, 1) : null;
        }
        catch (Exception refused) when (refused is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Dictionary<string, object?> ReadMembers(ref Utf8JsonReader reader, int depth)
    {
        var members = new Dictionary<string, object?>(depth == 1 ? 24 : 4, StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            members[name] = ReadValue(ref reader, depth + 1);
        }
        return members;
    }

    private static List<object?> ReadItems(ref Utf8JsonReader reader, int depth)
    {
        var items = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue(ref reader, depth + 1));
        return items;
    }

    private static object? ReadValue(ref Utf8JsonReader reader, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray when depth > MaxDepth:
                reader.Skip();
                return null;
            case JsonTokenType.StartObject:
                return ReadMembers(ref reader, depth);
            case JsonTokenType.StartArray:
                return ReadItems(ref reader, depth);
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var whole) ? whole : reader.GetDouble();
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            default:
                return null;
        }
    }
}
