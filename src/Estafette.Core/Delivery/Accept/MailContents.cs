using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Accept;

/// <summary>A content ready to be stored: the same text is the same digest.</summary>
internal sealed record PreparedContent(string Subject, string Json, string Digest, IReadOnlyList<ContentLink> Links);

/// <summary>
/// Makes contents of accepted mails. A text without template and tracking is stored as it came. Templates, and texts whose links or opens are counted, go
/// through the content processor as those of campaigns do, without the unsubscribe paragraph; what came of it is kept in memory, since most callers send
/// the same template again and again.
/// </summary>
internal sealed partial class MailContents
{
    private const int MaxKept = 1000;

    // Names beside it would be escaped otherwise, and the text twice as long.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ConcurrentDictionary<string, PreparedContent> _kept = new(StringComparer.Ordinal);

    public (PreparedContent? Content, IReadOnlyList<MailTextFault> Faults) Prepare(MailText text)
    {
        if (!text.IsTemplate && !text.TracksOpens && !text.TracksClicks)
            return (Of(new ProcessedContent(text.Subject, Lines(text.Html), Lines(text.Plain), []) { Tags = text.Tags }), []);
        var key = Digest(JsonSerializer.Serialize(text, Plain));
        if (_kept.TryGetValue(key, out var known))
            return (known, []);
        var (content, faults) = Process(text);
        if (content is null)
            return (null, faults);
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        return (_kept[key] = Of(content), []);
    }

    /// <summary>The stored content; stores it when it is new.</summary>
    public static async ValueTask<ContentId> StoreAsync(
        WriteSession session,
        CustomerId customer,
        PreparedContent content,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await FindAsync(session, customer, content, ct) is { } known)
            return known;
        var stored = await session
            .Statement("Delivery/insert-content")
            .Set("@customer", customer.Value)
            .Set("@subject", content.Subject)
            .Set("@processed", content.Json)
            .Set("@digest", content.Digest)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteScalarAsync(ct);
        if (stored is null)
            return await FindAsync(session, customer, content, ct) ?? throw new InvalidOperationException("The content was not stored.");
        var id = Convert.ToInt64(stored, CultureInfo.InvariantCulture);
        foreach (var link in content.Links)
            await session
                .Statement("Delivery/insert-content-link")
                .Set("@content", id)
                .Set("@number", link.Number)
                .Set("@url", link.Url)
                .Set("@label", link.Label)
                .ExecuteNonQueryAsync(ct);
        return new(id);
    }

    private static async ValueTask<ContentId?> FindAsync(
        WriteSession session,
        CustomerId customer,
        PreparedContent content,
        CancellationToken ct
    ) =>
        await session
            .Statement("Delivery/find-content")
            .Set("@customer", customer.Value)
            .Set("@digest", content.Digest)
            .ExecuteScalarAsync(ct)
            is { } id
            ? new ContentId(Convert.ToInt64(id, CultureInfo.InvariantCulture))
            : null;

    private static (ProcessedContent? Content, IReadOnlyList<MailTextFault> Faults) Process(MailText text)
    {
        var source = text.IsTemplate
            ? new ContentSource(text.Subject, text.Html, text.Plain, text.Preheader)
            : new ContentSource(AsTemplate(text.Subject)!, AsTemplate(text.Html), AsTemplate(text.Plain));
        var result = ContentProcessor.Process(source, new ProcessOptions { AppendsUnsubscribe = false });
        if (result.Content is not { } content)
            return (null, [.. result.Issues.Select(i => new MailTextFault(i.Field, i.Message))]);
        // Notes for editors do not belong to what is sent, and would make two contents of one.
        content = content with
        {
            Warnings = [],
            Html = Tracked(content.Html, true),
            Text = Tracked(content.Text, false),
        };
        return (text.TracksClicks ? content : content with { Links = [] }, []);

        string? AsTemplate(string? words) => words is null ? null : TaggedText.ToTemplate(words, text.Tags);

        string? Tracked(string? part, bool isHtml)
        {
            if (part is not null && !text.TracksOpens)
                part = part.Replace("{{{__open}}}", "", StringComparison.Ordinal);
            return part is null || text.TracksClicks ? part : LinkMarker().Replace(part, match => Target(match, isHtml));
        }

        string Target(Match match, bool isHtml)
        {
            var url = result.Content!.Links[int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1].Url;
            return isHtml ? url.Replace("&", "&amp;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal) : url;
        }
    }

    private static PreparedContent Of(ProcessedContent content)
    {
        var json = JsonSerializer.Serialize(content, Plain);
        return new(content.Subject, json, Digest(json), content.Links);
    }

    private static string? Lines(string? text) => text?.ReplaceLineEndings("\n");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex(@"\{\{\{__link (\d+)\}\}\}")]
    private static partial Regex LinkMarker();
}
