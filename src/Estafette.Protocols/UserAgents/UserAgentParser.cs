using System.Collections.Concurrent;
using System.Diagnostics;

namespace Estafette.Protocols.UserAgents;

/// <summary>
/// Tells operating system, browser and kind of device from a user agent text, by the expressions of uap-core 0.18.0 (Apache-2.0, embedded as
/// they are published) and a few rules of our own for the kind of device, which uap-core does not name.
/// <para>Limits: the first 512 characters are read; an expression gives up after 50 ms and a whole text after 250 ms, so that no text can
/// hold a thread; what is not recognised in that time is "Other". Known texts are kept, at most 10,000; then the memory starts afresh.</para>
/// </summary>
public static class UserAgentParser
{
    /// <summary>Characters read of a text.</summary>
    public const int MaxLength = 512;
    private const int MaxKnown = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] TvWords =
    [
        "SmartTV",
        "SMART-TV",
        "Smart TV",
        "AppleTV",
        "GoogleTV",
        "Android TV",
        "BRAVIA",
        "CrKey",
        "Roku",
        "HbbTV",
        "Web0S",
        "NetCast",
        "VIDAA",
        "MiTV",
        "; AFT",
    ];

    // Programs and libraries that uap-core takes for browsers.
    private static readonly string[] BotWords =
    [
        "curl/",
        "Wget/",
        "python-requests",
        "Python/",
        "python-httpx",
        "aiohttp",
        "Go-http-client",
        "GuzzleHttp",
        "HeadlessChrome",
        "PhantomJS",
        "libwww-perl",
        "Apache-HttpClient",
        "node-fetch",
        "axios/",
        "PostmanRuntime",
    ];
    private static readonly string[] TabletWords = ["iPad", "Tablet", "Kindle", "Silk/", "PlayBook"];
    private static readonly string[] MobileWords = ["Outlook-iOS", "Outlook-Android"];
    private static readonly string[] MobileSystems =
    [
        "iOS",
        "Windows Phone",
        "Windows Mobile",
        "BlackBerry OS",
        "KaiOS",
        "Firefox OS",
        "Symbian OS",
        "Bada",
        "HarmonyOS",
    ];
    private static readonly string[] DesktopSystems =
    [
        "Windows",
        "Mac OS X",
        "Mac OS",
        "Linux",
        "Ubuntu",
        "Debian",
        "Fedora",
        "Red Hat",
        "SUSE",
        "Arch Linux",
        "Gentoo",
        "Mageia",
        "Linux Mint",
        "FreeBSD",
        "OpenBSD",
        "NetBSD",
        "Solaris",
        "Chrome OS",
    ];

    private static readonly Lazy<(UserAgentRules Browsers, UserAgentRules Systems, UserAgentRules Devices)> Rules = new(ReadRules);
    private static readonly ConcurrentDictionary<string, UserAgent> Known = new(StringComparer.Ordinal);

    /// <summary>What a user agent text says; <see cref="UserAgent.Nothing"/> for none.</summary>
    public static UserAgent Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return UserAgent.Nothing;
        if (text.Length > MaxLength)
            text = text[..MaxLength];
        if (Known.TryGetValue(text, out var known))
            return known;
        var agent = Read(text);
        if (Known.Count >= MaxKnown)
            Known.Clear();
        return Known[text] = agent;
    }

    private static UserAgent Read(string text)
    {
        // The first call reads the rules, which is no fault of the text.
        var (browsers, systems, devices) = Rules.Value;
        var started = Stopwatch.GetTimestamp();
        bool IsOver() => Stopwatch.GetElapsedTime(started) > Patience;
        var browser = browsers.FamilyOf(text, IsOver) ?? UserAgent.Unknown;
        var system = systems.FamilyOf(text, IsOver) ?? UserAgent.Unknown;
        var device = devices.FamilyOf(text, IsOver);
        return new UserAgent(system, browser, KindOf(text, system, device));
    }

    private static DeviceKind KindOf(string text, string system, string? device) =>
        device == "Spider" || Has(text, BotWords) ? DeviceKind.Bot
        : Has(text, TvWords) || system is "tvOS" or "ATV OS X" ? DeviceKind.Tv
        : Has(text, TabletWords) || device is "iPad" ? DeviceKind.Tablet
        : Has(text, MobileWords) ? DeviceKind.Mobile
        : system == "Android" ? (IsOfAndroidTablet(text) ? DeviceKind.Tablet : DeviceKind.Mobile)
        : MobileSystems.Contains(system, StringComparer.Ordinal) ? DeviceKind.Mobile
        : DesktopSystems.Contains(system, StringComparer.Ordinal) ? DeviceKind.Desktop
        : DeviceKind.Other;

    // Browsers on telephones say "Mobile"; programs that are no browsers do not, and most of them run on telephones.
    private static bool IsOfAndroidTablet(string text) =>
        text.StartsWith("Mozilla/", StringComparison.Ordinal) && !text.Contains("Mobile", StringComparison.Ordinal);

    private static bool Has(string text, string[] words) => words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static (UserAgentRules, UserAgentRules, UserAgentRules) ReadRules()
    {
        using var stream = typeof(UserAgentParser).Assembly.GetManifestResourceStream(
            "Estafette.Protocols.UserAgents.uap-core-regexes.yaml"
        )!;
        using var reader = new StreamReader(stream);
        return UserAgentRules.Read(reader);
    }
}
