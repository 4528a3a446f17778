using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>People must be able to leave; where the author gives no link, one is added at the end, and the author should know.</summary>
internal sealed partial class UnsubscribeCheck : IPreFlightCheck
{
    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        var campaign = subject.Campaign;
        if (subject.Content is not null && !Link().IsMatch(campaign.Html ?? campaign.Text ?? ""))
            yield return Warning(
                "unsubscribe.added",
                "html",
                "There is no unsubscribe link; one is added at the end. Place it yourself with UNSUBSCRIBE_URL to choose its words."
            );
        if (campaign.LeavesOptOutTo(subject.Owner))
            yield return Warning(
                "unsubscribe.external",
                "from",
                "The unsubscribe page shows whom to ask instead of a button. Commercial mail needs a way to unsubscribe that works at once."
            );
    }

    [GeneratedRegex("UNSUBSCRIBE_URL|unsubscribe_url", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}

/// <summary>Shouting subjects look like spam to people and filters.</summary>
internal sealed class SubjectCheck : IPreFlightCheck
{
    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        var text = subject.Campaign.Subject;
        var letters = text.Where(char.IsLetter).ToList();
        if (letters.Count >= 8 && letters.Count(char.IsUpper) > letters.Count * 7 / 10)
            yield return Warning(
                "subject.capitals",
                "subject",
                "The subject is written in capitals; filters and readers take that for shouting."
            );
        if (text.Count(c => c is '!' or '?') > 2)
            yield return Warning("subject.marks", "subject", "The subject has more than two exclamation or question marks.");
        if (
            text.TrimStart().StartsWith("re:", StringComparison.OrdinalIgnoreCase)
            || text.TrimStart().StartsWith("fw:", StringComparison.OrdinalIgnoreCase)
        )
            yield return Warning("subject.reply", "subject", "The subject pretends to be a reply or a forwarded message.");
    }
}

/// <summary>Gmail cuts messages above 102 kB: the end, with the unsubscribe link and the pixel, is hidden.</summary>
internal sealed class SizeCheck : IPreFlightCheck
{
    /// <summary>Bytes of HTML after which Gmail shows "message clipped".</summary>
    public const int Clipping = 102 * 1024;

    /// <summary>Bytes by which a tracked address is longer than the link's placeholder in the processed content; the token is about 60 characters.</summary>
    private const int TrackedLink = 90;

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        if (subject.Content?.Html is not { } html)
            yield break;
        var bytes = Encoding.UTF8.GetByteCount(html) + ((subject.Content.Links.Count + 3) * TrackedLink);
        if (bytes > Clipping)
            yield return Warning(
                "size.clipped",
                "html",
                $"With tracked links the message weighs {bytes / 1024} kB; Gmail hides what follows the first 102 kB.",
                (bytes / 1024).ToString(CultureInfo.InvariantCulture)
            );
    }
}

/// <summary>Images: words for those who do not see them, and no weight inside the message.</summary>
internal sealed class ImageCheck : IPreFlightCheck
{
    private const int HeavyEmbedded = 50_000;

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        // An empty alternative text is right for decoration; a missing one is read out as the address.
        var silent = subject.Images.Count(i => !i.HasAttribute("alt"));
        if (silent > 0)
            yield return Warning(
                "images.alt",
                "html",
                $"{silent} images have no alternative text: nothing is shown while they are not loaded, and screen readers say their address.",
                silent.ToString(CultureInfo.InvariantCulture)
            );
        var embedded = subject.Images.Sum(i =>
            i.GetAttribute("src") is { } s && s.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? s.Length : 0
        );
        if (embedded > HeavyEmbedded)
            yield return Warning(
                "images.embedded",
                "html",
                $"Images of {embedded / 1024} kB are inside the message; host them instead, many mailboxes do not show embedded ones.",
                (embedded / 1024).ToString(CultureInfo.InvariantCulture)
            );
    }
}

/// <summary>The text part, for those who read text, and against the suspicion that falls on pictures without words.</summary>
internal sealed class TextPartCheck : IPreFlightCheck
{
    private const int FewWords = 20;

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        if (subject.Document is null)
            yield break;
        var words = subject.Words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (subject.Images.Count > 0 && words < FewWords)
            yield return Warning(
                "text.pictures",
                "html",
                "The message is pictures with hardly a word: filters distrust it, and nothing is read while pictures are blocked."
            );
        if (words == 0 && string.IsNullOrWhiteSpace(subject.Campaign.Text))
            yield return Warning("text.empty", "text", "The text made from the HTML is empty; write one.");
    }
}
