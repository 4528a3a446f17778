using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Estafette.Core.Messages.Content;

/// <summary>What became of an html, with the placeholders and targets as its author writes them; no html and no text when it has errors.</summary>
internal sealed record InspectedMessage(
    string? Html,
    string? Text,
    IReadOnlyList<ContentChange> Changes,
    IReadOnlyList<ContentLink> Links,
    IReadOnlyList<ContentIssue> Issues
);

/// <summary>A template rendered with JSON data: the output, or what is wrong. Place 0 = unknown.</summary>
/// <param name="Output">Null when there is an error.</param>
/// <param name="Error">A sentence, without place.</param>
/// <param name="Field">Where the error is: "template" or "data".</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record RenderedTemplate(string? Output, string? Error = null, string? Field = null, int Line = 0, int Column = 0);

/// <summary>The treatments of a message without database, campaign or recipient, for commands and tests.</summary>
/// <remarks>
/// The output shows what is stored and sent, except that the recipient's links are written as their author writes them:
/// <c>UNSUBSCRIBE_URL</c>, <c>WEB_VERSION_URL</c>, <c>PREFERENCES_URL</c>, direct targets, no pixel. Processed again, it stays the same.
/// </remarks>
internal static partial class MessageInspector
{
    public static InspectedMessage Process(string html) => Process(html, new ProcessOptions());

    public static InspectedMessage Process(string html, ProcessOptions options)
    {
        var result = ContentProcessor.Process(new ContentSource("-", html), options);
        return result.Content is { } content
            ? new InspectedMessage(
                content.Html is null ? null : Written(content.Html, content.Links, Encode),
                content.Text is null ? null : Written(content.Text, content.Links, literal => literal),
                content.Changes,
                content.Links,
                content.Warnings
            )
            : new InspectedMessage(null, null, [], [], result.Issues);
    }

    /// <summary>Renders a template with the members of a JSON object; no contact, no campaign.</summary>
    public static RenderedTemplate Render(string template, string json, MergeMode mode, MergeOptions options)
    {
        if (MergeTemplate.Compile(template, mode, options, out var error) is not { } compiled)
            return new RenderedTemplate(null, error!.Message, "template", error.Line, error.Column);
        var bytes = Encoding.UTF8.GetBytes(json);
        if (DataFault(bytes) is { } fault)
            return fault;
        var (text, failure) = compiled.Render(MergeData.Read(bytes));
        return failure is null ? new RenderedTemplate(text) : new RenderedTemplate(null, failure.Message, "template");
    }

    private static RenderedTemplate? DataFault(byte[] json)
    {
        try
        {
            using var data = JsonDocument.Parse(
                json,
                new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }
            );
            return data.RootElement.ValueKind == JsonValueKind.Object
                ? null
                : new RenderedTemplate(null, "the data are no JSON object", "data", 1, 1);
        }
        catch (JsonException refused)
        {
            var sentence = refused.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            return new RenderedTemplate(
                null,
                sentence,
                "data",
                (int)(refused.LineNumber ?? 0) + 1,
                (int)(refused.BytePositionInLine ?? 0) + 1
            );
        }
    }

    /// <summary>Puts what an author writes in place of the markers.</summary>
    private static string Written(string processed, IReadOnlyList<ContentLink> links, Func<string, string> encode) =>
        Marker()
            .Replace(
                processed,
                match =>
                    match.Groups["url"].Success ? "{{" + match.Groups["url"].Value + "}}"
                    : match.Groups["link"].Success ? Encoded(links[int.Parse(match.Groups["link"].ValueSpan, null) - 1].Url, encode)
                    : match.Groups["name"].Value switch
                    {
                        "unsubscribe" => "UNSUBSCRIBE_URL",
                        "web" => "WEB_VERSION_URL",
                        "preferences" => "PREFERENCES_URL",
                        _ => "",
                    }
            );

    /// <summary>Expressions are no markup: only the literal text between them is encoded.</summary>
    private static string Encoded(string url, Func<string, string> encode)
    {
        var result = new StringBuilder();
        var at = 0;
        for (var from = 0; MergeScanner.TryNext(url, from, out var span, out _); from = at = span.End)
            result.Append(encode(url[at..span.Start])).Append(url, span.Start, span.End - span.Start);
        return result.Append(encode(url[at..])).ToString();
    }

    private static string Encode(string literal) =>
        literal
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal)
            .Replace("\u00A0", "&nbsp;", StringComparison.Ordinal);

    [GeneratedRegex(
        @"\{\{\{__(?:link (?<link>[0-9]+)|url (?<url>.*?)|(?<name>unsubscribe|web|preferences|open))\}\}\}",
        RegexOptions.Singleline
    )]
    private static partial Regex Marker();
}
