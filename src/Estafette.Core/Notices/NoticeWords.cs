using System.Globalization;
using System.Resources;

namespace Estafette.Core.Notices;

/// <summary>What a notice says, in any language: NoticeTexts.resx in English, NoticeTexts.fr.resx in French. Mails and pages say the same.</summary>
public static class NoticeWords
{
    private static readonly ResourceManager Resources = new("Estafette.Core.Notices.Texts.NoticeTexts", typeof(NoticeWords).Assembly);

    /// <summary>The culture of a language of the interface.</summary>
    public static CultureInfo CultureOf(string? language) => CultureInfo.GetCultureInfo(language == "en" ? "en-GB" : "fr-FR");

    /// <summary>One sentence: what happened to what.</summary>
    public static string Of(Notice notice, CultureInfo culture) =>
        Get(
            $"kind-{(int)notice.Kind}",
            culture,
            notice.Name,
            notice.Number.ToString("N0", culture),
            notice.Share is { } share ? share.ToString("N1", culture) : ""
        );

    /// <summary>What to do about it; null when there is nothing to do.</summary>
    public static string? AdviceOf(NoticeKind kind, CultureInfo culture) => Resources.GetString($"advice-{(int)kind}", culture);

    /// <summary>The name of a kind, for the page where it is chosen.</summary>
    public static string NameOf(NoticeKind kind, CultureInfo culture) => Get($"name-{(int)kind}", culture);

    /// <summary>The page about its subject.</summary>
    public static string PathOf(Notice notice) =>
        notice.Kind switch
        {
            NoticeKind.CampaignFinished => $"/campaigns/{notice.SubjectId}/report",
            NoticeKind.TooManyComplaints => $"/campaigns/{notice.SubjectId}/report",
            NoticeKind.TooManyFailures => $"/campaigns/{notice.SubjectId}/report?part=errors",
            NoticeKind.ServerDown or NoticeKind.QuotaReached => $"/servers/{notice.SubjectId}",
            NoticeKind.SignUpsRefused => $"/forms/{notice.SubjectId}",
            NoticeKind.AbuseReported => "/returned/reports",
            NoticeKind.CampaignHeld => $"/campaigns/{notice.SubjectId}/live",
            NoticeKind.WebhookOff => $"/settings/webhooks/{notice.SubjectId}",
            _ => $"/imports/{notice.SubjectId}",
        };

    internal static string Get(string key, CultureInfo culture, params object[] values) =>
        string.Format(culture, Resources.GetString(key, culture) ?? throw new MissingManifestResourceException(key), values);
}
