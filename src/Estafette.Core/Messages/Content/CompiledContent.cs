using System.Collections.Concurrent;
using System.Net;

namespace Estafette.Core.Messages.Content;

/// <summary>What a campaign chooses for the compilation of its content.</summary>
internal sealed record CompileOptions
{
    public MergeOptions Merge { get; init; } = new();

    /// <summary>Default true: the pixel is asked of <see cref="RecipientLinks"/> for each message with html.</summary>
    public bool TracksOpens { get; init; } = true;

    /// <summary>Default true: links are asked of <see cref="RecipientLinks"/>; false: they lead to their targets.</summary>
    public bool TracksClicks { get; init; } = true;
}

/// <summary>A rendered content with links that lead nowhere, for a page.</summary>
internal sealed record ContentPreview(string Subject, string? Html, string? Text);

/// <summary>A processed content ready to be rendered: made once per content version and campaign, used by every lane at once.</summary>
internal sealed class CompiledContent : SendableContent
{
    private readonly MergeTemplate _subject;
    private readonly MergeTemplate? _text;
    private readonly MergeTemplate? _html;
    private readonly Lazy<(MergeTemplate? Text, MergeTemplate? Html)> _direct;
    private readonly ConcurrentBag<(MergeWriter Writer, LinkCache Cache)> _writers = [];
    private readonly ConcurrentDictionary<int, MergeTemplate?> _targets = new();
    private readonly ProcessedContent _content;
    private readonly CompileOptions _options;

    private CompiledContent(ProcessedContent content, CompileOptions options, ParsedParts parts)
    {
        _content = content;
        _options = options;
        _subject = MergeTemplate.Compile(parts.Subject, MergeMode.Subject, options.Merge);
        _text = Compile(parts.Text, MergeMode.Text, options.TracksClicks);
        _html = Compile(parts.Html, MergeMode.Html, options.TracksClicks);
        _direct = options.TracksClicks
            ? new(() =>
                (Compile(parts.Text, MergeMode.Text, tracksClicks: false), Compile(parts.Html, MergeMode.Html, tracksClicks: false))
            )
            : new((_text, _html));
        Fields =
        [
            .. new[] { _subject, _text, _html }.SelectMany(t => t?.Fields ?? []).GroupBy(f => f.Name, StringComparer.Ordinal).Select(Join),
        ];
    }

    /// <summary>The fields of the recipient's data that any part uses.</summary>
    public IReadOnlyList<MergeField> Fields { get; }

    public IReadOnlyList<ContentLink> Links => _content.Links;

    public override bool HasHtml => _html is not null;

    public override bool HasText => _text is not null;

    /// <summary>Compiles a content; null and the faults if a part is no template.</summary>
    public static CompiledContent? Compile(ProcessedContent content, CompileOptions options, out IReadOnlyList<ContentIssue> issues)
    {
        var found = new List<ContentIssue>();
        var parts = new ParsedParts(
            Parse("subject", content.Subject, html: false, allowMarkers: false, found) ?? [],
            Parse("text", content.Text, html: false, allowMarkers: true, found),
            Parse("html", content.Html, html: true, allowMarkers: true, found)
        );
        issues = found;
        return found.Count == 0 ? new CompiledContent(content, options, parts) : null;
    }

    public override RenderFailure? Render(IReadOnlyDictionary<string, object?> data, RecipientLinks links, IContentOutput output)
    {
        var (text, html) = links.TracksClicks ? (_text, _html) : _direct.Value;
        if ((_subject.FindMissing(data) ?? text?.FindMissing(data) ?? html?.FindMissing(data)) is { } missing)
            return missing;
        var rented = _writers.TryTake(out var free) ? free : (Writer: new MergeWriter(), Cache: new LinkCache());
        rented.Cache.Clear(_content.Links.Count);
        var failure =
            _subject.Render(data, links, rented.Cache, rented.Writer, output)
            ?? text?.Render(data, links, rented.Cache, rented.Writer, output)
            ?? html?.Render(data, links, rented.Cache, rented.Writer, output);
        _writers.Add(rented);
        return failure;
    }

    /// <summary>Renders with <see cref="InertLinks"/>: targets stay direct, no pixel, <c>UNSUBSCRIBE_URL</c> stays as it is written.</summary>
    public (ContentPreview? Preview, RenderFailure? Failure) RenderPreview(IReadOnlyDictionary<string, object?> data)
    {
        var output = new StringContentOutput();
        var failure = Render(data, InertLinks.Instance, output);
        return failure is not null
            ? (null, failure)
            : (new ContentPreview(output.Get(ContentPart.Subject)!, output.Get(ContentPart.Html), output.Get(ContentPart.Text)), null);
    }

    public override string? ResolveLink(int number, IReadOnlyDictionary<string, object?> data)
    {
        if (number < 1 || number > _content.Links.Count)
            return null;
        var link = _content.Links[number - 1];
        if (!link.HasMergeFields)
            return link.Url;
        var template = _targets.GetOrAdd(
            number,
            _ => MergeTemplate.Compile(link.Url, MergeMode.Subject, _options.Merge with { Missing = MissingFieldPolicy.Empty }, out var _)
        );
        return template?.Render(data).Text is { } url && LinkTarget.IsClean(url) ? url : null;
    }

    private MergeTemplate? Compile(IReadOnlyList<MergeToken>? tokens, MergeMode mode, bool tracksClicks) =>
        tokens is null
            ? null
            : MergeTemplate.Compile(
                [.. tokens.SelectMany(t => Place(t, mode, tracksClicks)).Where(t => t is not null)],
                mode,
                _options.Merge
            );

    /// <summary>Leaves out the pixel and puts the target in place of a link where they are not tracked.</summary>
    private IEnumerable<MergeToken> Place(MergeToken token, MergeMode mode, bool tracksClicks)
    {
        if (token.Kind != MergeTokenKind.Marker)
            return [token];
        if (token.Marker == MarkerKind.OpenPixel)
            return _options.TracksOpens ? [token] : [];
        if (token.Marker != MarkerKind.Link)
            return [token];
        if (token.Number < 1 || token.Number > _content.Links.Count)
            return [];
        if (tracksClicks)
            return [token];
        var url = MergeParser.Parse(_content.Links[token.Number - 1].Url, html: false, allowMarkers: false, out _);
        return url.Select(t =>
            t with
            {
                Text = mode == MergeMode.Html ? WebUtility.HtmlEncode(t.Text) : t.Text,
                Depth = t.Depth + token.Depth,
                Scopes = t.Scopes + token.Scopes,
            }
        );
    }

    private static IReadOnlyList<MergeToken>? Parse(string field, string? source, bool html, bool allowMarkers, List<ContentIssue> issues)
    {
        if (source is null)
            return null;
        var tokens = MergeParser.Parse(source, html, allowMarkers, out var error);
        if (error is not null)
            issues.Add(ContentIssue.Error(field, error.Fault, error.Line, error.Column));
        return tokens;
    }

    private static MergeField Join(IEnumerable<MergeField> uses) =>
        uses.Aggregate((a, b) => a with { HasDefault = a.HasDefault && b.HasDefault, IsRequired = a.IsRequired || b.IsRequired });

    private sealed record ParsedParts(IReadOnlyList<MergeToken> Subject, IReadOnlyList<MergeToken>? Text, IReadOnlyList<MergeToken>? Html);
}
