using System.Globalization;
using System.Net;

namespace Estafette.Core.Messages.Content;

/// <summary>Turns a text with Handlebars expressions into tokens and checks that it is a template we accept.</summary>
/// <remarks>
/// Accepted: fields and paths, the helpers of <see cref="MergeFunctions"/>, if / unless / each / with / sections with else (also chained),
/// block parameters, comments, white-space control, escaped braces. Refused: partials, inline definitions, raw blocks, unknown helpers,
/// names that begin with two underscores (ours), blocks nested deeper than <see cref="MaxDepth"/>.
/// White space follows Handlebars: <c>~</c> trims up to the next expression, a block tag or comment alone on its line takes the line with it.
/// </remarks>
internal sealed class MergeParser
{
    /// <summary>Blocks inside blocks, levels of a path, steps up: 20 each (delivery.md §7).</summary>
    public const int MaxDepth = 20;

    /// <summary>Expressions in one template.</summary>
    public const int MaxExpressions = 20_000;
    private readonly string _source;
    private readonly bool _allowMarkers;
    private readonly bool _html;
    private readonly List<MergeToken> _tokens = [];
    private readonly Stack<(string Block, MergeToken Token, bool Scope)> _open = new();
    private readonly HashSet<int> _comments = [];
    private int _scopes;
    private MergeSyntaxError? _error;

    private MergeParser(string source, bool html, bool allowMarkers)
    {
        _source = source;
        _html = html;
        _allowMarkers = allowMarkers;
    }

    /// <param name="source">The template.</param>
    /// <param name="html">Expressions may contain character references such as <c>&amp;quot;</c>, as editors write them.</param>
    /// <param name="allowMarkers">Whether <c>{{{__link 3}}}</c> and its like are understood; false for what a user wrote.</param>
    /// <param name="error">The first fault, or null.</param>
    public static IReadOnlyList<MergeToken> Parse(string source, bool html, bool allowMarkers, out MergeSyntaxError? error)
    {
        var parser = new MergeParser(source, html, allowMarkers);
        parser.Run();
        error = parser._error;
        return error is null ? parser._tokens : [];
    }

    private void Run()
    {
        var at = 0;
        while (_error is null && MergeScanner.TryNext(_source, at, out var span, out var unclosed) | (unclosed >= 0))
        {
            if (unclosed >= 0)
            {
                Fail(unclosed, ContentFault.Of("merge-unclosed", "the braces opened here are never closed"));
                return;
            }
            var backslashes = span.Start > at && _source[span.Start - 1] == '\\' ? 1 : 0;
            if (backslashes == 1 && span.Start - 2 >= at && _source[span.Start - 2] == '\\')
                backslashes = 2;
            AddLiteral(at, span.Start - backslashes);
            if (backslashes == 2)
                _tokens.Add(new MergeToken(MergeTokenKind.Literal, span.Start - 2, span.Start) { Text = "\\" });
            if (backslashes == 1)
                _tokens.Add(new MergeToken(MergeTokenKind.Literal, span.Start - 1, span.End) { Text = _source[span.Start..span.End] });
            else
                Add(span);
            at = span.End;
            if (_tokens.Count > MaxExpressions)
                Fail(span.Start, ContentFault.Of("merge-too-many", "there are more than {0} expressions", MaxExpressions));
        }
        if (_error is not null)
            return;
        AddLiteral(at, _source.Length);
        if (_open.TryPeek(out var open))
            Fail(
                open.Token.Start,
                ContentFault.Of("merge-block-unclosed", "the block '{0}' is never closed", _source[open.Token.Start..open.Token.End])
            );
        else
            MergeWhiteSpace.Apply(_tokens, _comments);
    }

    private void AddLiteral(int start, int end)
    {
        if (end > start)
            _tokens.Add(new MergeToken(MergeTokenKind.Literal, start, end) { Text = _source[start..end] });
    }

    private void Add(MergeSpan span)
    {
        var inner = _source[span.InnerStart..span.InnerEnd].Replace('\u00A0', ' ');
        if (_html && inner.Contains('&', StringComparison.Ordinal))
            inner = WebUtility.HtmlDecode(inner).Replace('\u00A0', ' ');
        var token = new MergeToken(MergeTokenKind.Literal, span.Start, span.End)
        {
            TrimBefore = span.TrimBefore,
            TrimAfter = span.TrimAfter,
            Scopes = _scopes,
            Depth = _open.Count,
            Raw = span.Braces == 3,
        };
        if (span.IsComment)
        {
            _comments.Add(_tokens.Count);
            _tokens.Add(token);
            return;
        }
        var text = inner.Trim();
        if (span.Braces == 4)
            Fail(span.Start, ContentFault.Of("merge-raw-block", "raw blocks with four braces are not supported"));
        else if (text.Length == 0)
            Fail(span.Start, ContentFault.Of("merge-empty", "the braces are empty"));
        else if (text[0] is '>' || text.StartsWith("#>", StringComparison.Ordinal))
            Fail(span.Start, ContentFault.Of("merge-partial", "partials are not supported; put the text here"));
        else if (text[0] is '*' || text.StartsWith("#*", StringComparison.Ordinal))
            Fail(span.Start, ContentFault.Of("merge-definition", "definitions inside a template are not supported"));
        else if (text[0] is '#')
            AddOpen(token, text[1..], inverted: false);
        else if (text[0] is '/')
            AddClose(token, text[1..].Trim());
        else if (text is "else" or "^" || text.StartsWith("else ", StringComparison.Ordinal))
            AddElse(token, text.Length > 4 ? text[5..].Trim() : "");
        else if (text[0] is '^')
            AddOpen(token, text[1..], inverted: true);
        else if (text.StartsWith("__", StringComparison.Ordinal))
            AddMarker(token, text);
        else
            AddValue(token with { Raw = token.Raw || text[0] == '&' }, text.TrimStart('&'));
    }

    private void AddValue(MergeToken token, string text)
    {
        var expression = Read(token, text);
        if (expression is not null && Accepts(token, expression))
            _tokens.Add(token with { Kind = MergeTokenKind.Value, Expression = expression });
    }

    private void AddOpen(MergeToken token, string text, bool inverted)
    {
        if (_open.Count >= MaxDepth)
        {
            Fail(token.Start, ContentFault.Of("merge-depth", "blocks are nested deeper than {0}", MaxDepth));
            return;
        }
        var (head, parameters) = MergeLexer.SplitBlockParameters(text);
        var (block, expression) = ReadBlock(token, head);
        if (expression is null)
            return;
        var scope = block is "each" or "with" or "";
        var opened = token with
        {
            Kind = MergeTokenKind.Open,
            Expression = expression,
            Block = block,
            Inverted = inverted,
            BlockParameters = parameters,
        };
        foreach (var parameter in parameters)
            if (parameter.StartsWith("__", StringComparison.Ordinal) || !parameter.All(c => char.IsLetterOrDigit(c) || c == '_'))
                Fail(token.Start, ContentFault.Of("merge-parameter", "'{0}' is not a name for a block parameter", parameter));
        _tokens.Add(opened);
        _open.Push((block.Length > 0 ? block : head.Trim(), opened, scope && !inverted));
        _scopes += scope && !inverted ? 1 : 0;
    }

    private (string Block, MergeExpression? Expression) ReadBlock(MergeToken token, string head)
    {
        var expression = Read(token, head);
        switch (expression)
        {
            case CallExpression { Helper: "if" or "unless" or "each" or "with", Arguments: [var only] } call:
                return (call.Helper, Accepts(token, only) ? only : null);
            case CallExpression call:
                return (
                    "",
                    Fail(
                        token.Start,
                        ContentFault.Of(
                            "merge-block-unknown",
                            "'{0}' is not a known block; use if, unless, each or with and one argument",
                            call.Helper
                        )
                    )
                );
            case PathExpression { Segments: ["if" or "unless" or "each" or "with"], Ups: 0 } path:
                return ("", Fail(token.Start, ContentFault.Of("merge-block-argument", "the block '{0}' needs an argument", path.Name)));
            default:
                return ("", expression is not null && Accepts(token, expression) ? expression : null);
        }
    }

    private void AddElse(MergeToken token, string text)
    {
        if (!_open.TryPeek(out var open))
        {
            Fail(token.Start, ContentFault.Of("merge-else-outside", "'else' stands outside every block"));
            return;
        }
        if (text.Length == 0)
        {
            _tokens.Add(token with { Kind = MergeTokenKind.Else, Depth = token.Depth - 1, Scopes = token.Scopes - (open.Scope ? 1 : 0) });
            return;
        }
        var (block, expression) = ReadBlock(token, text);
        if (expression is null)
            return;
        if (block is not ("if" or "unless"))
            Fail(token.Start, ContentFault.Of("merge-else-chain", "after 'else' only 'if' and 'unless' are supported"));
        else
            _tokens.Add(token with { Kind = MergeTokenKind.Else, Block = block, Expression = expression });
    }

    private void AddClose(MergeToken token, string name)
    {
        if (!_open.TryPop(out var open))
        {
            Fail(token.Start, ContentFault.Of("merge-close-unopened", "the block '{0}' is closed here but never opened", name));
            return;
        }
        var expected = open.Block;
        if (!string.Equals(name, expected, StringComparison.Ordinal))
        {
            Fail(token.Start, ContentFault.Of("merge-close-order", "the block '{0}' must be closed before '{1}'", expected, name));
            return;
        }
        _scopes -= open.Scope ? 1 : 0;
        _tokens.Add(
            token with
            {
                Kind = MergeTokenKind.Close,
                Block = open.Token.Block,
                Inverted = open.Token.Inverted,
                Scopes = _scopes,
                Depth = _open.Count,
            }
        );
    }

    private void AddMarker(MergeToken token, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        MarkerKind? kind = words[0] switch
        {
            "__link" => MarkerKind.Link,
            "__open" => MarkerKind.OpenPixel,
            "__unsubscribe" => MarkerKind.Unsubscribe,
            "__web" => MarkerKind.WebVersion,
            "__preferences" => MarkerKind.Preferences,
            _ => null,
        };
        var number = 0;
        if (!_allowMarkers)
            Fail(token.Start, ContentFault.Of("merge-reserved", "'{0}': names that begin with two underscores are reserved", words[0]));
        else if (text.StartsWith("__url ", StringComparison.Ordinal))
            AddUrl(token, text[6..]);
        else if (
            kind is null
            || (kind == MarkerKind.Link) != (words.Length == 2)
            || (words.Length == 2 && !int.TryParse(words[1], CultureInfo.InvariantCulture, out number))
        )
            Fail(token.Start, ContentFault.Of("merge-marker", "'{0}' is not a marker of a processed content", text));
        else
            _tokens.Add(token with { Kind = MergeTokenKind.Marker, Marker = kind.Value, Number = number });
    }

    /// <summary>A value that stands at the start of a URL: checked when rendered, see <see cref="MergeFunctions"/>.</summary>
    private void AddUrl(MergeToken token, string text)
    {
        var expression = Read(token, text);
        if (expression is not null && Accepts(token, expression))
            _tokens.Add(
                token with
                {
                    Kind = MergeTokenKind.Value,
                    Expression = new CallExpression(MergeFunctions.SafeUrl, [expression]),
                    Raw = false,
                }
            );
    }

    private MergeExpression? Read(MergeToken token, string text)
    {
        var lexer = new MergeLexer(text);
        var expression = lexer.ReadAll();
        return expression ?? Fail(token.Start, lexer.Error ?? ContentFault.Of("merge-unreadable", "the expression cannot be read"));
    }

    private bool Accepts(MergeToken token, MergeExpression expression)
    {
        if (expression is not CallExpression call)
            return true;
        var fault = MergeFunctions.Check(call);
        if (fault is not null)
            Fail(token.Start, fault);
        return fault is null && call.Arguments.All(argument => Accepts(token, argument));
    }

    private MergeExpression? Fail(int at, ContentFault fault)
    {
        if (_error is not null)
            return null;
        var before = _source.AsSpan(0, at);
        var line = before.Count('\n') + 1;
        _error = new MergeSyntaxError(fault, line, at - before.LastIndexOf('\n'));
        return null;
    }
}
