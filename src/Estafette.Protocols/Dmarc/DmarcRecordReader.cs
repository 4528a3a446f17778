using System.Globalization;

namespace Estafette.Protocols.Dmarc;

/// <summary>Reads the tags of a record (RFC 7489 §6.3 and §6.4); what cannot be read becomes a fault and its default.</summary>
internal static class DmarcRecordReader
{
    private const string Units = "kmgt";

    public static DmarcRecord Read(string text)
    {
        var faults = new List<string>();
        var tags = ReadTags(text, faults);
        var policy = ReadAction(tags, "p", faults);
        var subdomains = ReadAction(tags, "sp", faults);
        if (!tags.ContainsKey("p"))
            faults.Add("There is no p, the policy.");
        else if (tags.ElementAt(1).Key != "p")
            faults.Add("p has to stand directly behind v.");
        return new DmarcRecord(text)
        {
            StatedPolicy = policy,
            StatedSubdomainPolicy = subdomains,
            HasPolicyFault = policy is null || (subdomains is null && tags.ContainsKey("sp")),
            DkimAlignment = ReadAlignment(tags, "adkim", faults),
            SpfAlignment = ReadAlignment(tags, "aspf", faults),
            Percent = ReadNumber(tags, "pct", 100, 100, faults),
            ReportInterval = TimeSpan.FromSeconds(ReadNumber(tags, "ri", 86_400, int.MaxValue, faults)),
            FailureOptions = ReadFailureOptions(tags, faults),
            AggregateReports = ReadAddresses(tags, "rua", faults),
            FailureReports = ReadAddresses(tags, "ruf", faults),
            Faults = faults,
        };
    }

    // In their order; a dictionary that nothing is taken from keeps it.
    private static Dictionary<string, string> ReadTags(string text, List<string> faults)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(';'))
        {
            var tag = part.Trim(' ', '\t');
            var equals = tag.IndexOf('=');
            if (tag.Length == 0)
                continue;
            if (equals <= 0)
                faults.Add($"\"{tag}\" is no tag with a value.");
            else if (!tags.TryAdd(tag[..equals].TrimEnd(' ', '\t').ToLowerInvariant(), tag[(equals + 1)..].TrimStart(' ', '\t')))
                faults.Add($"\"{tag}\" stands there a second time.");
        }
        return tags;
    }

    private static DmarcAction? ReadAction(Dictionary<string, string> tags, string name, List<string> faults)
    {
        if (!tags.TryGetValue(name, out var value))
            return null;
        DmarcAction? action = ActionOf(value);
        if (action is null)
            faults.Add($"{name} is \"{value}\", not none, quarantine or reject.");
        return action;
    }

    internal static DmarcAction? ActionOf(string value) =>
        value.ToLowerInvariant() switch
        {
            "none" => DmarcAction.None,
            "quarantine" => DmarcAction.Quarantine,
            "reject" => DmarcAction.Reject,
            _ => null,
        };

    private static DmarcAlignment ReadAlignment(Dictionary<string, string> tags, string name, List<string> faults)
    {
        var value = tags.GetValueOrDefault(name, "r");
        if (value is not ("r" or "R" or "s" or "S"))
            faults.Add($"{name} is \"{value}\", not r or s.");
        return value is "s" or "S" ? DmarcAlignment.Strict : DmarcAlignment.Relaxed;
    }

    private static int ReadNumber(Dictionary<string, string> tags, string name, int otherwise, int most, List<string> faults)
    {
        if (!tags.TryGetValue(name, out var value))
            return otherwise;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most)
            return number;
        faults.Add($"{name} is \"{value}\", not a number from 0 to {most}.");
        return otherwise;
    }

    private static string ReadFailureOptions(Dictionary<string, string> tags, List<string> faults)
    {
        var value = tags.GetValueOrDefault("fo", "0");
        if (value.Split(':').All(o => o.Trim(' ', '\t') is "0" or "1" or "d" or "s"))
            return value;
        faults.Add($"fo is \"{value}\", not 0, 1, d or s, with colons between.");
        return "0";
    }

    private static List<DmarcReportAddress> ReadAddresses(Dictionary<string, string> tags, string name, List<string> faults)
    {
        var addresses = new List<DmarcReportAddress>();
        foreach (var part in tags.GetValueOrDefault(name, "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ReadAddress(part.Trim(' ', '\t')) is { } address)
                addresses.Add(address);
            else
                faults.Add($"{name} holds \"{part.Trim()}\", which is no address such as mailto:dmarc@example.com.");
        }
        return addresses;
    }

    // §6.4: a URI, perhaps with "!" and a size. Commas and exclamation marks of the URI itself are percent-encoded.
    private static DmarcReportAddress? ReadAddress(string text)
    {
        var mark = text.IndexOf('!');
        long? size = mark < 0 ? null : ReadSize(text[(mark + 1)..]);
        if ((mark >= 0 && size is null) || !Uri.TryCreate(mark < 0 ? text : text[..mark], UriKind.Absolute, out var uri))
            return null;
        if (uri.Scheme != Uri.UriSchemeMailto)
            return new DmarcReportAddress(uri.OriginalString, size);
        var address = Uri.UnescapeDataString(uri.OriginalString["mailto:".Length..].Split('?')[0]);
        return address.IndexOf('@') > 0 && !address.EndsWith('@') ? new DmarcReportAddress(address, size) : null;
    }

    private static long? ReadSize(string text)
    {
        var unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToLowerInvariant(text[^1]));
        var digits = unit < 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        var factor = 1L << (10 * (unit + 1));
        return number <= long.MaxValue / factor ? number * factor : null;
    }
}
