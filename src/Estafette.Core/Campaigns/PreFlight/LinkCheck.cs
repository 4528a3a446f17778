using System.Text.RegularExpressions;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>Links that lead nowhere, unprotected, or elsewhere than they say.</summary>
internal sealed partial class LinkCheck : IPreFlightCheck
{
    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        var empty = 0;
        var examples = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (url, text) in subject.Links.Distinct())
        {
            if (url.Length == 0 || url == "#" || url is "http://" or "https://")
                empty++;
            else if (url.Contains("{{", StringComparison.Ordinal) || url.Contains("_URL", StringComparison.Ordinal))
                continue;
            else if (Uri.TryCreate(url, UriKind.Absolute, out var target))
            {
                if (IsPlaceholder(target.Host))
                    examples.Add(url);
                foreach (var problem in CheckTarget(url, text, target))
                    yield return problem;
            }
        }
        if (examples.Count > 0)
        {
            var all = string.Join(", ", examples);
            yield return Warning("links.placeholder", "html", $"Examples, not real addresses: {all}.", all);
        }
        if (empty > 0)
            yield return Warning("links.empty", "html", $"{empty} links lead nowhere yet.", $"{empty}");
        if (subject.Document is not null && subject.Links.Count == 0)
            yield return Warning("links.none", "html", "The message has no link: readers have nothing to click on.");
    }

    private static IEnumerable<CampaignProblem> CheckTarget(string url, string text, Uri target)
    {
        if (target.Scheme == "http")
            yield return Warning("links.insecure", "html", $"The link {url} is not protected (http); use https.", url);
        if (target.Scheme is not ("http" or "https"))
            yield break;
        if (Host().Match(text) is { Success: true } said && !IsSame(said.Groups[1].Value, target.Host))
            yield return Warning(
                "links.disguised",
                "html",
                $"A link says {said.Groups[1].Value} and leads to {target.Host}; filters take that for phishing.",
                $"{said.Groups[1].Value} → {target.Host}"
            );
        if (Heavy().IsMatch(target.AbsolutePath))
            yield return Warning("links.program", "html", $"The link {url} leads to a program or an archive; filters distrust it.", url);
    }

    /// <summary>A host that stands for another one; nobody needs to be asked whether it answers.</summary>
    internal static bool IsPlaceholder(string host) =>
        host is "example.com" or "example.org" or "example.net" or "localhost"
        || host.EndsWith(".example", StringComparison.Ordinal)
        || host.EndsWith(".invalid", StringComparison.Ordinal);

    /// <summary>The same host, or one inside the other's domain.</summary>
    private static bool IsSame(string said, string target)
    {
        said = Trim(said);
        target = Trim(target);
        return said == target
            || target.EndsWith("." + said, StringComparison.Ordinal)
            || said.EndsWith("." + target, StringComparison.Ordinal);
    }

    private static string Trim(string host)
    {
        host = host.ToLowerInvariant();
        return host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
    }

    /// <summary>A text that is itself an address: "www.shop.example" or "https://shop.example/a".</summary>
    [GeneratedRegex(
        @"^(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?:[/?#]\S*)?$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex Host();

    [GeneratedRegex(@"\.(?:exe|msi|scr|bat|js|jar|zip|rar|7z|iso|docm|xlsm)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Heavy();
}
