namespace Estafette.Web.Campaigns;

/// <summary>The tabs of a report as they stand in its address (?part=links); the first is shown when none is named.</summary>
internal static class ReportParts
{
    public const string Summary = "summary";
    public const string Links = "links";
    public const string Zones = "zones";
    public const string Devices = "devices";
    public const string Domains = "domains";
    public const string Errors = "errors";

    public static readonly string[] All = [Summary, Links, Zones, Devices, Domains, Errors];

    public static string Of(string? asked) => All.Contains(asked, StringComparer.Ordinal) ? asked! : Summary;

    public static string Path(long campaign, string part) =>
        part == Summary ? $"/campaigns/{campaign}/report" : $"/campaigns/{campaign}/report?part={part}";
}
