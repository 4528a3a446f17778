using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Contacts.Import;

/// <summary>The two kinds of contact files.</summary>
public enum FileKind
{
    Json = 0,
    Csv = 1,
}

/// <summary>How the rows of a JSON file are held together.</summary>
public enum JsonContainer
{
    /// <summary>One array of objects or addresses.</summary>
    Array = 0,

    /// <summary>One value per line (NDJSON).</summary>
    Lines = 1,

    /// <summary>Values one after the other, each over several lines.</summary>
    Sequence = 2,

    /// <summary>An object whose member "contacts" is the array.</summary>
    Wrapped = 3,
}

/// <summary>How characters are stored in a contact file.</summary>
public enum FileEncoding
{
    Utf8 = 0,
    Windows1252 = 1,
    Utf16LittleEndian = 2,
    Utf16BigEndian = 3,
}

/// <summary>What must be known about a file before its first row can be read; detected, and correctable.</summary>
public sealed record ImportFormat
{
    public FileKind Kind { get; init; }
    public FileEncoding Encoding { get; init; }

    /// <summary>JSON only.</summary>
    public JsonContainer Container { get; init; }

    /// <summary>CSV only: comma, semicolon, tab or bar.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>CSV only: the first row names the columns.</summary>
    public bool HasHeader { get; init; }

    /// <summary>CSV only: the columns, by header or as "Column 1", "Column 2".</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, ImportJson.Options);

    internal static ImportFormat FromJson(string json) => JsonSerializer.Deserialize<ImportFormat>(json, ImportJson.Options)!;
}

/// <summary>What a column or JSON member becomes.</summary>
public enum ContactField
{
    /// <summary>Nothing.</summary>
    Ignored = 0,
    Email = 1,
    Phone = 2,
    FirstName = 3,
    LastName = 4,
    Language = 5,

    /// <summary>Agreement to individual measurement: yes/no, oui/non, true/false, 1/0.</summary>
    TrackingConsent = 6,

    /// <summary>An attribute of the contact.</summary>
    Attribute = 7,
}

/// <summary>The type an attribute gets.</summary>
public enum AttributeType
{
    /// <summary>JSON: the type it has in the file. CSV: text.</summary>
    AsIs = 0,
    Text = 1,
    Number = 2,
    Boolean = 3,

    /// <summary>A day, stored as "2026-03-12".</summary>
    Date = 4,
}

/// <summary>What one column or JSON member becomes. The source of a JSON member may be a dotted path.</summary>
public sealed record ColumnMapping(string Source, ContactField Field, string? Attribute = null, AttributeType Type = AttributeType.AsIs);

/// <summary>What becomes of the columns of a file.</summary>
public sealed record ImportMapping
{
    public IReadOnlyList<ColumnMapping> Columns { get; init; } = [];

    /// <summary>JSON members that no entry names are dropped instead of becoming attributes.</summary>
    public bool IgnoreOtherMembers { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, ImportJson.Options);

    internal static ImportMapping FromJson(string json) => JsonSerializer.Deserialize<ImportMapping>(json, ImportJson.Options)!;
}

/// <summary>How formats, mappings and reasons are stored.</summary>
internal static class ImportJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
