namespace Estafette.Protocols.UserAgents;

/// <summary>The kinds of devices that reports tell apart. Values are stored: never renumber.</summary>
public enum DeviceKind : short
{
    Other = 0,
    Desktop = 1,
    Mobile = 2,
    Tablet = 3,
    Tv = 4,

    /// <summary>A program: crawler, scanner, link preview.</summary>
    Bot = 5,
}

/// <summary>What a user agent text says about itself.</summary>
/// <param name="Os">Family of the operating system, "Windows", "iOS"; "Other" when nothing is known.</param>
/// <param name="Browser">Family of the browser or mail program, "Chrome", "Outlook"; "Other" when nothing is known.</param>
/// <param name="Device">Kind of the device.</param>
public sealed record UserAgent(string Os, string Browser, DeviceKind Device)
{
    /// <summary>The name uap-core gives what no rule recognises.</summary>
    public const string Unknown = "Other";

    /// <summary>A text that says nothing.</summary>
    public static readonly UserAgent Nothing = new(Unknown, Unknown, DeviceKind.Other);

    /// <summary>Whether a program sent the request, not a person's browser.</summary>
    public bool IsBot => Device == DeviceKind.Bot;
}
