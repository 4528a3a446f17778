using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Accept;

/// <summary>What is wrong with a header field of a caller.</summary>
public enum HeaderFault
{
    None = 0,

    /// <summary>Not a field name.</summary>
    Name,

    /// <summary>A field that is ours, or that callers may not set.</summary>
    Reserved,

    /// <summary>Control characters, too long, or not ASCII where it must be.</summary>
    Value,
}

/// <summary>The header fields that callers may set: those beginning with X-, and a few that concern only the conversation. Everything else is refused.</summary>
public static class MailHeaderRules
{
    public const int MaxValue = 1000;
    public const int MaxFields = 50;

    private static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        "In-Reply-To",
        "References",
        "Importance",
        "Priority",
        "Sensitivity",
        "Keywords",
        "Comments",
        "Organization",
        "Auto-Submitted",
        "Content-Language",
        "Thread-Topic",
        "Thread-Index",
        "Entity-ID",
    };

    // Begin like a caller's own field and are a provider's or ours.
    private static readonly string[] Reserved = ["X-SG-", "X-SMTPAPI", "X-Estafette", "X-Feedback-ID", "X-Original-", "X-Envelope-"];

    /// <summary>Identifiers between angle brackets (RFC 5322 §3.6.4), which are never encoded.</summary>
    public static bool IsIdentifierList(string name) =>
        name.Equals("In-Reply-To", StringComparison.OrdinalIgnoreCase) || name.Equals("References", StringComparison.OrdinalIgnoreCase);

    public static HeaderFault Check(string name, string value)
    {
        if (!MimeHeaders.IsFieldName(name))
            return HeaderFault.Name;
        var isOwn = name.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && name.Length > 2;
        if (!(isOwn || Allowed.Contains(name)) || Reserved.Any(r => name.StartsWith(r, StringComparison.OrdinalIgnoreCase)))
            return HeaderFault.Reserved;
        if (value.Length > MaxValue || !MimeHeaders.TryValidateHeaderValue(value, out _))
            return HeaderFault.Value;
        return IsIdentifierList(name) && !IsPlain(value) ? HeaderFault.Value : HeaderFault.None;
    }

    // What MimeHeaders.WriteToken takes.
    private static bool IsPlain(string value) =>
        value.All(c => c is >= ' ' and <= '~')
        && !value.Contains("  ", StringComparison.Ordinal)
        && !value.Contains("=?", StringComparison.Ordinal)
        && value.Trim().Length == value.Length
        && value.Split(' ').All(piece => piece.Length <= 900);
}
