using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Spam;

/// <summary>Checks that no pattern can make: of fields, of markup against text, of links and of attachments.</summary>
/// <remarks>The rules file names them in its pattern column, where kind is "structure".</remarks>
internal static class SpamStructure
{
    // Longer lines are against RFC 5322 §2.1.1.
    private const int MaxLine = 998;

    private static readonly Regex WrittenUrl = Linear("""https?://[^\s<>"')]{1,2000}""");

    // Text that is an address of the web; names of files look alike, so without http or www only the usual endings count.
    private static readonly Regex ShownDomain = Linear(
        @"^(?:(?:https?://|www\.)(?:[a-z0-9-]+\.)+[a-z]{2,20}|(?:[a-z0-9-]+\.)+(?:com|net|org|fr|eu|info|be|ch|de|uk|io))(?:[/?#]\S*)?$"
    );

    // Single letters with the same mark between them, as in v.i.a.g.r.a.
    private static readonly Regex SpacedWord = Linear(
        @"(?:^| )[a-z](?:(?:\.[a-z]){5,12}|(?:-[a-z]){5,12}|(?:_[a-z]){5,12}|(?: [a-z]){6,12})\b"
    );

    // Latin letters beside Cyrillic or Greek ones in one word.
    private static readonly Regex MixedWord = Linear(
        @"[A-Za-z][\u0370-\u03FF\u0400-\u04FF]+[A-Za-z]|[\u0400-\u04FF][A-Za-z]+[\u0400-\u04FF]"
    );

    private static readonly Regex ZeroWidthInWord = Linear(@"[A-Za-z][\u200B\u200C\u2060\u00AD\uFEFF]+[A-Za-z]");

    // The agreed test line for filters of unsolicited mail.
    private const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    private static readonly HashSet<string> Shorteners = Words(
        """
        bit.ly tinyurl.com goo.gl is.gd ow.ly t.ly cutt.ly rb.gy shorturl.at v.gd tiny.cc s.id bl.ink t.co
        """
    );

    private static readonly HashSet<string> Freemail = Words(
        """
        gmail.com yahoo.com yahoo.fr hotmail.com hotmail.fr outlook.com outlook.fr aol.com gmx.com gmx.fr mail.com
        mail.ru yandex.com protonmail.com proton.me laposte.net live.fr live.com qq.com 163.com
        """
    );

    private static readonly HashSet<string> Programs = Words(
        """
        exe scr com bat cmd pif vbs vbe js jse jar msi hta lnk ps1 wsf cpl iso img apk reg
        """
    );

    // Second labels below which domains are registered, as in example.co.uk.
    private static readonly HashSet<string> SecondLabels = Words(
        """
        co com org net ac gov gouv asso edu or ne
        """
    );

    private static readonly SearchValues<char> DomainCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
    );

    /// <summary>The checks by name.</summary>
    internal static readonly IReadOnlyDictionary<string, Func<SpamText, bool>> Checks = new Dictionary<string, Func<SpamText, bool>>(
        StringComparer.Ordinal
    )
    {
        ["no-from"] = m => IsBlank(m, "From"),
        ["no-to"] = m => IsBlank(m, "To") && IsBlank(m, "Cc"),
        ["no-date"] = m => IsBlank(m, "Date"),
        ["no-message-id"] = m => IsBlank(m, "Message-ID"),
        ["empty-subject"] = m => m.Subject.Length == 0,
        ["subject-capitals"] = m => CapitalShare(m.Subject, atLeast: 10) > 0.8,
        ["subject-exclamations"] = m => m.Subject.Count(c => c is '!' or '?') >= 3,
        ["fake-reply"] = IsFakeReply,
        ["reply-to-freemail"] = RepliesGoToFreemail,
        ["from-shows-other-address"] = m => ShowsOtherAddress(m.Message.Field("From") ?? ""),
        ["many-recipients"] = m => (m.Message.Field("To") + "," + m.Message.Field("Cc")).Count(c => c == '@') > 20,
        ["html-without-text"] = m => m.HasHtml && !m.HasPlainText,
        ["empty-body"] = m => m.Glance.Images == 0 && m.Attachments.Count == 0 && !m.Text.Any(char.IsLetterOrDigit),
        ["image-only"] = m => m.Glance.Images > 0 && m.Glance.Text.Count(char.IsLetter) < 100 * Math.Min(m.Glance.Images, 3),
        ["hidden-text"] = m => m.Glance.HiddenLetters > 400,
        ["tiny-font"] = m => m.Glance.TinyLetters > 40,
        ["invisible-colour"] = m => m.Glance.InvisibleLetters > 40,
        ["script"] = m => m.Glance.Elements.Contains("script"),
        ["form"] = m => m.Glance.Elements.Contains("form") || m.Glance.Elements.Contains("input"),
        ["frame"] = m => m.Glance.Elements.Overlaps(["iframe", "frame", "object", "embed", "applet"]),
        ["capitals"] = m => CapitalShare(m.Text, atLeast: 200) > 0.4,
        ["exclamations"] = m => m.Text.Count(c => c == '!') is var n && n > 10 && n * 60 > m.Text.Length,
        ["link-density"] = m => m.Glance.Links.Count > 5 && m.Glance.Text.Count(char.IsLetter) < 25 * m.Glance.Links.Count,
        ["short-link"] = m => Hosts(m).Any(h => Shorteners.Contains(h)),
        ["ip-link"] = m => Hosts(m).Any(h => IPAddress.TryParse(h.Trim('[', ']'), out _)),
        ["punycode-link"] = m => Hosts(m).Any(h => h.Split('.').Any(l => l.StartsWith("xn--", StringComparison.Ordinal))),
        ["link-with-user"] = m => Urls(m).Any(u => u.UserInfo.Length > 0),
        ["link-shows-other-domain"] = ShowsOtherDomain,
        ["base64-text"] = m => m.Message.Walk().Any(IsNeedlesslyBase64),
        ["long-lines"] = m => HasLongLine(m.Message.RawBody.Span),
        ["program-attached"] = m => m.Attachments.Any(a => IsProgram(a.FileName ?? "")),
        ["spaced-letters"] = m => SpacedWord.IsMatch(m.FoldedText),
        ["mixed-scripts"] = m => MixedWord.Count(m.Subject + " " + Start(m.Text)) >= 2,
        ["zero-width"] = m => ZeroWidthInWord.Count(Start(m.Text)) >= 3,
        ["gtube"] = m => m.Text.Contains(Gtube, StringComparison.Ordinal) || m.Subject.Contains(Gtube, StringComparison.Ordinal),
    };

    private static bool IsBlank(SpamText message, string name) => string.IsNullOrWhiteSpace(message.Message.RawField(name));

    private static string Start(string text) => text.Length > 20_000 ? text[..20_000] : text;

    private static double CapitalShare(string text, int atLeast)
    {
        var upper = text.Count(char.IsUpper);
        var letters = upper + text.Count(char.IsLower);
        return letters < atLeast ? 0 : (double)upper / letters;
    }

    private static bool IsFakeReply(SpamText message) =>
        message.FoldedSubject.StartsWith("re:", StringComparison.Ordinal)
        && IsBlank(message, "In-Reply-To")
        && IsBlank(message, "References");

    private static bool RepliesGoToFreemail(SpamText message)
    {
        var reply = DomainOf(message.Message.Field("Reply-To") ?? "");
        var from = DomainOf(message.Message.Field("From") ?? "");
        return Freemail.Contains(reply) && from.Length > 0 && from != reply;
    }

    private static string DomainOf(string field)
    {
        var rest = field.AsSpan(field.LastIndexOf('@') + 1);
        var end = rest.IndexOfAnyExcept(DomainCharacters);
        return rest.Length == field.Length ? "" : (end < 0 ? rest : rest[..end]).ToString().ToLowerInvariant();
    }

    private static bool ShowsOtherAddress(string from)
    {
        var open = from.LastIndexOf('<');
        var shown = open <= 0 ? "" : DomainOf(from[..open]);
        return shown.Contains('.', StringComparison.Ordinal) && Registered(shown) != Registered(DomainOf(from));
    }

    private static IEnumerable<Uri> Urls(SpamText message)
    {
        foreach (var link in message.Glance.Links)
        {
            if (AsWeb(link.Href) is { } url)
                yield return url;
        }
        for (var match = WrittenUrl.Match(message.FoldedText); match.Success; match = match.NextMatch())
        {
            if (AsWeb(match.Value) is { } url)
                yield return url;
        }
    }

    private static IEnumerable<string> Hosts(SpamText message) =>
        Urls(message).Select(u => u.Host.StartsWith("www.", StringComparison.Ordinal) ? u.Host[4..] : u.Host).Take(10_000);

    private static Uri? AsWeb(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0 ? url : null;

    // Links that lead back to the sender may do so by way of a tracking host.
    private static bool ShowsOtherDomain(SpamText message)
    {
        var sender = Registered(DomainOf(message.Message.Field("From") ?? ""));
        return message.Glance.Links.Any(link =>
        {
            var text = link.Text.ToLowerInvariant();
            if (!ShownDomain.IsMatch(text) || AsWeb(link.Href) is not { } url)
                return false;
            var shown = AsWeb(text.StartsWith("http", StringComparison.Ordinal) ? text : "http://" + text);
            var target = Registered(url.Host);
            return shown is not null && target != Registered(shown.Host) && target != sender;
        });
    }

    private static string Registered(string host)
    {
        var labels = host.ToLowerInvariant().Split('.');
        var kept = labels.Length > 2 && labels[^1].Length == 2 && SecondLabels.Contains(labels[^2]) ? 3 : 2;
        return string.Join('.', labels.TakeLast(kept));
    }

    // Text that is nearly all ASCII needs no base64; filters that do not decode it are what it is hidden from.
    private static bool IsNeedlesslyBase64(Estafette.Protocols.Mime.MimePart part)
    {
        if (part.TransferEncoding != "base64" || part.ContentType is not ("text/plain" or "text/html") || part.Disposition == "attachment")
            return false;
        var bytes = part.DecodeBody();
        return bytes.Length > 0 && bytes.Count(b => b >= 0x80) * 20 < bytes.Length;
    }

    private static bool HasLongLine(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'\n');
            if ((end < 0 ? body.Length : end) > MaxLine + 1)
                return true;
            if (end < 0)
                return false;
            body = body[(end + 1)..];
        }
        return false;
    }

    private static bool IsProgram(string fileName) =>
        Programs.Contains(fileName[(fileName.LastIndexOf('.') + 1)..].Trim().ToLower(CultureInfo.InvariantCulture))
        && fileName.Contains('.', StringComparison.Ordinal);

    private static HashSet<string> Words(string text) => [.. text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];

    private static Regex Linear(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
