using static Estafette.Web.Words;

namespace Estafette.Web.Account;

/// <summary>What a person recognises a device by: browser and system, out of the browser's own words.</summary>
internal static class DeviceNames
{
    // In this order: browsers name the ones they are built on.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    public static string Of(string? userAgent)
    {
        var names = new[] { Find(Browsers, userAgent), Find(Systems, userAgent) }.OfType<string>().ToList();
        return names.Count > 0 ? string.Join(" · ", names) : T("account.unknown-device");
    }

    public static bool IsPhone(string? userAgent) =>
        userAgent is not null
        && (userAgent.Contains("Mobile", StringComparison.Ordinal) || userAgent.Contains("iPhone", StringComparison.Ordinal));

    private static string? Find((string Mark, string Name)[] table, string? userAgent) =>
        userAgent is null ? null : table.FirstOrDefault(t => userAgent.Contains(t.Mark, StringComparison.Ordinal)).Name;
}
