using System.Text;
using System.Text.RegularExpressions;
using AngleSharp;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Dom.Events;
using AngleSharp.Html.Parser;

namespace Estafette.Core.Messages.Content;

/// <summary>A content as a user wrote it. Html or text or both.</summary>
internal sealed record ContentSource(string Subject, string? Html, string? Text = null, string? Preheader = null);

/// <summary>How a content is processed.</summary>
internal sealed record ProcessOptions
{
    /// <summary>Language of the unsubscribe paragraph: "fr" or "en"; default "fr".</summary>
    public string Language { get; init; } = "fr";

    /// <summary>Default true: a content without UNSUBSCRIBE_URL gets a paragraph with the link. False for single messages such as receipts.</summary>
    public bool AppendsUnsubscribe { get; init; } = true;

    /// <summary>Default true: the result is compiled once, as a proof. False for many documents that are only looked at.</summary>
    public bool IsProved { get; init; } = true;
}

/// <summary>The processed content, or the errors that prevent it. Warnings are in <see cref="ProcessedContent.Warnings"/>.</summary>
internal sealed record ProcessResult(ProcessedContent? Content, IReadOnlyList<ContentIssue> Issues);

/// <summary>Makes a content fit to be sent, in the order of interfaces.md §1.8: inline styles, clean, repair, unsubscribe, links, plain text.</summary>
/// <remarks>
/// Handlebars expressions pass through untouched (<see cref="ExpressionShield"/>). The markup is parsed twice: what the first pass leaves
/// is written out and read again before it is cleaned a second time, so that nothing hides in a difference between the two readings.
/// </remarks>
internal static partial class ContentProcessor
{
    /// <summary>Bytes of html, and of text, in UTF-8.</summary>
    public const int MaxBytes = 1 << 20;
    public const int MaxSubjectLength = 250;
    public const int MaxPreheaderLength = 500;

    public static ProcessResult Process(ContentSource source, ProcessOptions options)
    {
        var issues = new List<ContentIssue>();
        CheckSizes(source, issues);
        if (HasErrors(issues))
            return new ProcessResult(null, issues);
        source = source with
        {
            Html = NullIfBlank(source.Html) is { } given ? Braces().Replace(given, match => Brace(match.Value)) : null,
            Text = NullIfBlank(source.Text),
        };
        CheckTemplate("subject", source.Subject, html: false, issues);
        CheckTemplate("preheader", source.Preheader, html: false, issues);
        CheckTemplate("text", source.Text, html: false, issues);
        CheckTemplate("html", source.Html, html: true, issues);
        if (HasErrors(issues))
            return new ProcessResult(null, issues);

        var text = source.Text is null ? null : WithMarkers(source.Text.ReplaceLineEndings("\n"));
        IReadOnlyList<ContentLink> links = [];
        var changes = new ContentChanges();
        string? html = null;
        if (source.Html is not null && ProcessHtml(source, options, issues, changes) is { } processed)
        {
            (html, links) = (processed.Html, processed.Links);
            text ??= processed.Text;
        }
        if (text is not null && options.AppendsUnsubscribe && !text.Contains(UnsubscribeMarker, StringComparison.Ordinal))
            text = text.TrimEnd() + $"\n\n{UnsubscribeParagraph.TextLabel(options.Language)} {UnsubscribeMarker}\n";
        if (HasErrors(issues))
            return new ProcessResult(null, issues);

        var content = new ProcessedContent(source.Subject, html, text, links)
        {
            Warnings = [.. issues.Distinct()],
            Changes = changes.ToList(),
        };
        return options.IsProved && CompiledContent.Compile(content, new CompileOptions(), out var faults) is null
            ? new ProcessResult(null, [.. faults.Select(Misplaced)])
            : new ProcessResult(content, []);
    }

    private const string UnsubscribeMarker = "{{{__unsubscribe}}}";
    private const string WebMarker = "{{{__web}}}";
    private const string PreferencesMarker = "{{{__preferences}}}";

    private static (string Html, string Text, IReadOnlyList<ContentLink> Links)? ProcessHtml(
        ContentSource source,
        ProcessOptions options,
        List<ContentIssue> issues,
        ContentChanges changes
    )
    {
        var html = WithMarkers(WithoutFrames(WithoutComments(source.Html!), changes));
        var tokens = MergeParser.Parse(html, html: true, allowMarkers: true, out var error);
        if (error is not null)
        {
            issues.Add(ContentIssue.Error("html", error.Fault, error.Line, error.Column));
            return null;
        }
        var shield = new ExpressionShield(html + source.Preheader);
        var hidden = shield.ProtectHtml(html, tokens, issues);
        if (HasErrors(issues) || Read(hidden, issues, changes) is not { } first)
            return null;
        var cleaner = new MarkupCleaner(shield, issues, changes);
        cleaner.CleanStyleSheets(first);
        InlineStyles(first, shield, issues, changes);
        cleaner.Run(first);
        if (Read(first.ToHtml(), issues, null) is not { } document)
            return null;
        cleaner.Run(document);
        if (options.AppendsUnsubscribe && !html.Contains(UnsubscribeMarker, StringComparison.Ordinal))
        {
            var url = shield.Add(UnsubscribeMarker, MergeTokenKind.Marker, MarkerKind.Unsubscribe);
            UnsubscribeParagraph.Append(document, options.Language, url);
            changes.Add(ContentChange.Unsubscribe);
        }
        var table = new LinkTable(shield, issues);
        table.Run(document);
        var text = new PlainText(shield, table.Links).Write(document.Body!);
        AddPreheader(document, source.Preheader, shield);
        document.Body!.AppendChild(document.CreateComment(shield.Add("{{{__open}}}", MergeTokenKind.Marker, MarkerKind.OpenPixel)));
        return (RevealedConditional().Replace(shield.Restore(document.ToHtml()), "<![$1]>"), shield.Restore(text), table.Links);
    }

    private static void CheckSizes(ContentSource source, List<ContentIssue> issues)
    {
        CheckBytes("html", source.Html, issues);
        CheckBytes("text", source.Text, issues);
        if (string.IsNullOrWhiteSpace(source.Html) && string.IsNullOrWhiteSpace(source.Text))
            issues.Add(ContentIssue.Error("html", ContentFault.Of("none", "the content has neither html nor text")));
        CheckLine("subject", source.Subject, MaxSubjectLength, issues);
        CheckLine("preheader", source.Preheader, MaxPreheaderLength, issues);
        if (string.IsNullOrWhiteSpace(source.Subject))
            issues.Add(ContentIssue.Error("subject", ContentFault.Of("subject-empty", "the subject is empty")));
    }

    private static void CheckBytes(string field, string? text, List<ContentIssue> issues)
    {
        if (text is null)
            return;
        var bytes = text.Length > MaxBytes ? text.Length : Encoding.UTF8.GetByteCount(text);
        if (bytes > MaxBytes)
            issues.Add(
                ContentIssue.Error(
                    field,
                    ContentFault.Of(
                        "bytes",
                        "it has {0} KiB, at most {1} KiB are allowed; host large images instead of embedding them",
                        bytes >> 10,
                        MaxBytes >> 10
                    )
                )
            );
    }

    private static void CheckLine(string field, string? text, int max, List<ContentIssue> issues)
    {
        if (text is null)
            return;
        if (text.Length > max)
            issues.Add(
                ContentIssue.Error(
                    field,
                    ContentFault.Of("line-length", "it has {0} characters, at most {1} are allowed", text.Length, max)
                )
            );
        if (text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029'))
            issues.Add(ContentIssue.Error(field, ContentFault.Of("line-control", "it contains a line end or another control character")));
    }

    private static void CheckTemplate(string field, string? source, bool html, List<ContentIssue> issues)
    {
        if (source is null)
            return;
        var tokens = MergeParser.Parse(source, html, allowMarkers: false, out var error);
        if (error is not null)
            issues.Add(ContentIssue.Error(field, error.Fault, error.Line, error.Column));
        foreach (var token in tokens)
        {
            var isPlain = token is { Kind: MergeTokenKind.Value, Expression: PathExpression } && field is "html" or "text";
            if (token.Expression is not null && token.Kind != MergeTokenKind.Close && UsesLinkName(token.Expression) && !isPlain)
                issues.Add(
                    Located(
                        field,
                        source,
                        token,
                        ContentFault.Of(
                            "links-alone",
                            "unsubscribe_url, preferences_url and web_version_url can only be written alone, in html or text"
                        )
                    )
                );
            if (html && token is { Kind: MergeTokenKind.Value, Raw: true, Expression: CallExpression })
                issues.Add(
                    Located(field, source, token, ContentFault.Of("braces-alone", "three braces are for a field alone, without helper"))
                );
        }
    }

    private static bool UsesLinkName(MergeExpression expression) =>
        expression switch
        {
            PathExpression { Segments: ["unsubscribe_url" or "preferences_url" or "web_version_url", ..] } => true,
            CallExpression call => call.Arguments.Any(UsesLinkName),
            _ => false,
        };

    private static ContentIssue Located(string field, string source, MergeToken token, ContentFault fault)
    {
        var before = source.AsSpan(0, token.Start);
        return ContentIssue.Error(field, fault, before.Count('\n') + 1, token.Start - before.LastIndexOf('\n'));
    }

    /// <summary>The source was a template, the processed content is not: the parser moved a tag over the border of a block.</summary>
    private static ContentIssue Misplaced(ContentIssue issue) =>
        ContentIssue.Error(
            issue.Field,
            ContentFault.Of(
                "repaired",
                "after the markup was repaired, {0}; open and close a block inside the same element",
                (object?)issue.Fault ?? issue.Message
            )
        );

    /// <param name="html">Markup without expressions.</param>
    /// <param name="issues">Receives the fault of markup that is too deep.</param>
    /// <param name="changes">Counts what the parser repaired, where given.</param>
    private static IHtmlDocument? Read(string html, List<ContentIssue> issues, ContentChanges? changes)
    {
        var parser = new HtmlParser(new HtmlParserOptions { IsScripting = false });
        if (changes is not null)
            parser.Error += (_, fault) =>
                changes.Add(ContentChange.Repaired, count: fault is HtmlErrorEvent { Code: var code } && IsRepair(code) ? 1 : 0);
        var document = parser.ParseDocument(html);
        if (MarkupWalk.Depth(document) <= MarkupWalk.MaxDepth)
            return document;
        issues.Add(
            ContentIssue.Error("html", ContentFault.Of("elements-depth", "elements are nested deeper than {0} levels", MarkupWalk.MaxDepth))
        );
        return null;
    }

    /// <summary>
    /// An old doctype or none (codes 45 and 47 of AngleSharp), a processing instruction (1A) and a revealed conditional comment (1E) are no
    /// broken markup.
    /// </summary>
    private static bool IsRepair(int code) => code is not (0x1a or 0x1e or 0x45 or 0x47);

    private static void InlineStyles(IHtmlDocument document, ExpressionShield shield, List<ContentIssue> issues, ContentChanges changes)
    {
        var inliner = new CssInliner(document, MarkupWalk.Depth(document), shield.HasExpressions);
        inliner.Run(css =>
            shield.Pieces(css).Any(piece => piece.Entry?.Kind is MergeTokenKind.Open or MergeTokenKind.Else or MergeTokenKind.Close)
        );
        changes.Add(ContentChange.StylesInlined, count: inliner.Inlined);
        changes.Add(ContentChange.UnusedStyle, count: inliner.Unused);
        if (inliner.GaveUp)
            issues.Add(
                ContentIssue.Warning(
                    "html",
                    ContentFault.Of("styles-large", "the style sheets are too large: some rules were not moved into style attributes")
                )
            );
    }

    private static void AddPreheader(IHtmlDocument document, string? preheader, ExpressionShield shield)
    {
        if (string.IsNullOrWhiteSpace(preheader))
            return;
        var tokens = MergeParser.Parse(preheader, html: false, allowMarkers: false, out _);
        var hidden = document.CreateElement("div");
        hidden.SetAttribute(
            "style",
            "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;visibility:hidden"
        );
        // Filler keeps the inbox from showing the start of the body after a short preheader.
        hidden.TextContent = shield.ProtectText(preheader, tokens) + string.Concat(Enumerable.Repeat("\u034F\u200C\u00A0", 40));
        document.Body!.InsertBefore(hidden, document.Body.FirstChild);
    }

    private static string WithMarkers(string source) =>
        Preferences().Replace(WebVersion().Replace(Unsubscribe().Replace(source, UnsubscribeMarker), WebMarker), PreferencesMarker);

    private static string WithoutComments(string source)
    {
        var result = new StringBuilder(source.Length);
        var at = 0;
        for (var from = 0; MergeScanner.TryNext(source, from, out var span, out _); from = span.End)
        {
            if (!span.IsComment || (span.Start > 0 && source[span.Start - 1] == '\\'))
                continue;
            result.Append(source, at, span.Start - at);
            at = span.End;
        }
        return result.Append(source, at, source.Length - at).ToString();
    }

    /// <summary>Frames go before anything is read: what stands for readers without frames would be raw text to the parser.</summary>
    private static string WithoutFrames(string source, ContentChanges changes)
    {
        if (!source.Contains("<frameset", StringComparison.OrdinalIgnoreCase))
            return source;
        changes.Add(ContentChange.Frame);
        return FrameTag().Replace(source, "");
    }

    private static string Brace(string reference) =>
        reference.Contains("123", StringComparison.Ordinal)
        || reference.Contains("7b", StringComparison.OrdinalIgnoreCase)
        || reference.StartsWith("&l", StringComparison.OrdinalIgnoreCase)
            ? "{"
            : "}";

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static bool HasErrors(List<ContentIssue> issues) => issues.Exists(issue => issue.Severity == IssueSeverity.Error);

    [GeneratedRegex("</?(?:frameset|frame|noframes)(?![A-Za-z0-9])[^>{]*>", RegexOptions.IgnoreCase)]
    private static partial Regex FrameTag();

    [GeneratedRegex(@"&(?:#0*12[35]|#x0*7[bd]|[lr]cub|[lr]brace);?", RegexOptions.IgnoreCase)]
    private static partial Regex Braces();

    [GeneratedRegex(
        @"(?:https?://)?(?:(?<![A-Za-z0-9_])UNSUBSCRIBE_URL(?![A-Za-z0-9_])|\{\{\{\s*unsubscribe_url\s*\}\}\}|\{\{&?\s*unsubscribe_url\s*\}\})"
    )]
    private static partial Regex Unsubscribe();

    [GeneratedRegex(
        @"(?:https?://)?(?:(?<![A-Za-z0-9_])WEB_VERSION_URL(?![A-Za-z0-9_])|\{\{\{\s*web_version_url\s*\}\}\}|\{\{&?\s*web_version_url\s*\}\})"
    )]
    private static partial Regex WebVersion();

    [GeneratedRegex(
        @"(?:https?://)?(?:(?<![A-Za-z0-9_])PREFERENCES_URL(?![A-Za-z0-9_])|\{\{\{\s*preferences_url\s*\}\}\}|\{\{&?\s*preferences_url\s*\}\})"
    )]
    private static partial Regex Preferences();

    [GeneratedRegex(@"<!--\[(if [^\]<>]*|endif)\]-->", RegexOptions.IgnoreCase)]
    private static partial Regex RevealedConditional();
}
