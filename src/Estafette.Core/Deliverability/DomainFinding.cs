using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Deliverability;

/// <summary>What a check of a domain came to (interfaces §1.5).</summary>
public enum DomainStatus : short
{
    /// <summary>Not looked at yet, or nobody answered.</summary>
    Pending = 0,

    /// <summary>There and right.</summary>
    Ok = 1,

    /// <summary>Nothing is there.</summary>
    Ko = 2,

    /// <summary>Something is there, and it is wrong.</summary>
    Bad = 3,
}

/// <summary>What is looked at.</summary>
public enum CheckSubject
{
    Spf,
    Dkim,
    NextKey,
    SecondKey,
    Dmarc,
    Mx,
    ReturnPath,
    Ptr,
}

/// <summary>One result of a check, without a language: <see cref="Text"/> says it in that of the request.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Status">What came out.</param>
/// <param name="Code">Stable name of the result, such as "spf-several".</param>
public sealed record DomainFinding(CheckSubject Subject, DomainStatus Status, string Code)
{
    /// <summary>Nobody answered; asking later may tell.</summary>
    public const string UnknownCode = "dns-unknown";

    private const int LongestRecord = 2_000;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>What the words are filled with: names, records to write.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The record or records found, from a stranger; null when none.</summary>
    public string? Record { get; init; }

    /// <summary>Technical reason, in English; null when the words say it all.</summary>
    public string? Detail { get; init; }

    [JsonIgnore]
    public bool IsUnknown => Code == UnknownCode;

    /// <summary>What was found and what to write, in the language of the request.</summary>
    [JsonIgnore]
    public string Text => string.Format(CultureInfo.CurrentCulture, DeliverabilityTexts.Get("check." + Code), [.. Arguments]);

    internal static DomainFinding Unknown(CheckSubject subject, string name, string? why) =>
        new(subject, DomainStatus.Pending, UnknownCode) { Arguments = [name], Detail = why };

    internal DomainFinding With(IEnumerable<string> records) => this with { Record = Cut(string.Join('\n', records)) };

    internal static string Write(IReadOnlyList<DomainFinding> findings) => JsonSerializer.Serialize(findings, Json);

    internal static IReadOnlyList<DomainFinding> Read(string? text) =>
        text is null ? [] : JsonSerializer.Deserialize<List<DomainFinding>>(text, Json) ?? [];

    private static string? Cut(string text) =>
        text.Length switch
        {
            0 => null,
            > LongestRecord => text[..LongestRecord] + "…",
            _ => text,
        };
}
