using System.Globalization;
using System.Text;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Writes a cleaned document as plain text: Markdown headings, <c>[text][n]</c> with the links listed at the end, no wrapping.</summary>
/// <remarks>
/// The list is indented by three spaces and followed by an empty line (seed 003); a target named twice has one number.
/// Tables become lines: a cell with blocks of its own begins a new line, plain cells of one row are separated by a space. Images are left
/// out, except that the alternative text of an image that is a whole link names the link. Hidden elements are left out. Block expressions
/// between blocks stand alone on their line, so that they leave no empty line when rendered; inside a loop or condition a link is written
/// in place, <c>[text](url)</c>, because the list at the end stands outside.
/// </remarks>
internal sealed class PlainText(ExpressionShield shield, IReadOnlyList<ContentLink> links)
{
    private static readonly HashSet<string> Blocks = new(
        "address article aside blockquote center dd dir div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section table tbody td tfoot th thead tr ul caption".Split(
            ' '
        ),
        StringComparer.Ordinal
    );
    private static readonly HashSet<string> Spaced = new(
        "p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure hr".Split(' '),
        StringComparer.Ordinal
    );
    private static readonly HashSet<string> Skipped = new("head style title script img source".Split(' '), StringComparer.Ordinal);

    private readonly StringBuilder _text = new();
    private readonly List<string> _urls = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Stack<int?> _lists = new();
    private int _pendingLines;
    private bool _pendingSpace;
    private bool _isPreformatted;
    private bool _isHeading;
    private int _blockDepth;
    private int _quotes;

    public static bool IsBlock(string name) => Blocks.Contains(name);

    /// <summary>The text, with the words of the shield still in it.</summary>
    public string Write(IElement body)
    {
        Children(body);
        var text = _text.ToString().Trim('\n') + "\n";
        return _urls.Count == 0 ? text : text + "\n" + string.Concat(_urls.Select((url, i) => $"   [{i + 1}]: {url}\n")) + "\n";
    }

    /// <summary>Number of a target in the list at the end.</summary>
    private int Reference(string url)
    {
        var target = shield.Restore(url);
        foreach (var piece in shield.Pieces(url))
            if (piece.Entry is { Marker: MarkerKind.Link, Text: var marker })
                target = links[int.Parse(marker.AsSpan("{{{__link ".Length).TrimEnd('}'), CultureInfo.InvariantCulture) - 1].Url;
        if (!_numbers.TryGetValue(target, out var number))
        {
            _urls.Add(url);
            _numbers[target] = number = _urls.Count;
        }
        return number;
    }

    private void Children(INode parent)
    {
        foreach (var child in parent.ChildNodes)
            Node(child);
    }

    private void Node(INode node)
    {
        switch (node)
        {
            case IText text:
                Text(text.Data);
                break;
            case IComment comment when shield.OfComment(comment.Data) is { } entry:
                Expression(comment.Data, entry);
                break;
            case IElement element when !Skipped.Contains(element.LocalName) && !IsHidden(element):
                Element(element);
                break;
        }
    }

    private void Element(IElement element)
    {
        var name = element.LocalName;
        if (name == "br")
        {
            if (_isHeading)
                _pendingSpace = true;
            else
                NewLine();
        }
        else if (name == "a")
            Link(element);
        else if (name == "area")
            Area(element);
        else if (name is "td" or "th" && !HasBlocks(element))
        {
            _pendingSpace |= _pendingLines == 0;
            Children(element);
            _pendingSpace = true;
        }
        else if (Blocks.Contains(name))
            Block(element, name);
        else
            Children(element);
    }

    private void Block(IElement element, string name)
    {
        var lines = Spaced.Contains(name) && !(name is "ul" or "ol" && _lists.Count > 0) ? 2 : 1;
        // Editors put every item of a list into a paragraph.
        if (name == "p" && _pendingMark is not null && element.ParentElement!.LocalName == "li")
            lines = 1;
        // A table used for layout is no paragraph of its own.
        if (name == "table" && !element.ParentElement!.LocalName.Equals("body", StringComparison.Ordinal))
            lines = 1;
        if (_pendingMark is null)
            Break(lines);
        var (wasPreformatted, wasHeading, markBefore) = (_isPreformatted, _isHeading, _pendingMark);
        _isHeading |= IsHeading(name);
        _isPreformatted |= name == "pre";
        _quotes += name == "blockquote" ? 1 : 0;
        if (name is "ul" or "ol")
            _lists.Push(name == "ol" ? 1 : null);
        Prefix(name);
        Children(element);
        if (name is "ul" or "ol")
            _lists.Pop();
        _quotes -= name == "blockquote" ? 1 : 0;
        (_isPreformatted, _isHeading) = (wasPreformatted, wasHeading);
        // Nothing was written: the mark of the block around waits on, that of this block goes.
        if (_pendingMark is not null)
            _pendingMark = markBefore;
        else
            Break(lines);
    }

    private static bool IsHeading(string name) => name is ['h', >= '1' and <= '6'];

    /// <summary>The parts of an image map are links of their own, named by their alternative text.</summary>
    private void Area(IElement area)
    {
        var href = area.GetAttribute("href")?.Trim() ?? "";
        var label = Collapse(area.GetAttribute("alt") ?? area.GetAttribute("title") ?? "");
        if (href.Length == 0 || href[0] == '#' || label.Length == 0)
            return;
        Break(1);
        WriteLink(label, href);
        Break(1);
    }

    private void WriteLink(string label, string href) =>
        Append(_blockDepth > 0 ? $"[{label}]({href})" : string.Create(CultureInfo.InvariantCulture, $"[{label}][{Reference(href)}]"));

    private void Prefix(string name)
    {
        if (IsHeading(name))
            Mark(new string('#', name[1] - '0') + ' ');
        else if (name == "hr")
            Mark("---");
        else if (name == "li")
        {
            var number = _lists.TryPop(out var current) ? current : null;
            Mark(
                new string(' ', Math.Max(0, _lists.Count) * 2)
                    + (number is { } n ? string.Create(CultureInfo.InvariantCulture, $"{n}. ") : "- ")
            );
            _lists.Push(number + 1);
        }
    }

    /// <summary>A mark at the start of a line; it stays only if text follows it there, so an empty heading leaves none.</summary>
    private void Mark(string mark)
    {
        if (mark == "---")
            Append(mark);
        else
            _pendingMark += mark;
    }

    private string? _pendingMark;

    private void Link(IElement link)
    {
        var href = link.GetAttribute("href")?.Trim() ?? "";
        var start = _text.Length;
        var label = Label(link);
        if (label.Length == 0)
            return;
        var isTarget = href.Length > 0 && href[0] != '#' && !href.EndsWith(":" + label, StringComparison.OrdinalIgnoreCase);
        if (!isTarget || HasBlocks(link))
        {
            Children(link);
            if (isTarget && _text.Length == start)
                WriteLink(label, href);
            else if (isTarget)
            {
                var lines = _pendingLines;
                AppendReference(href);
                Break(lines);
            }
            return;
        }
        var text = link.TextContent;
        _pendingSpace |= text.Length > 0 && IsBlank(text[0]);
        WriteLink(label, href);
        _pendingSpace = text.Length > 0 && IsBlank(text[^1]);
    }

    /// <summary>A link around whole blocks: its target follows them.</summary>
    private void AppendReference(string href)
    {
        _pendingLines = 0;
        if (_blockDepth > 0)
        {
            Append($" ({href})");
            return;
        }
        Append(string.Create(CultureInfo.InvariantCulture, $" [{Reference(href)}]"));
    }

    private string Label(IElement link)
    {
        var text = new StringBuilder();
        var alternative = "";
        var hasImage = false;
        foreach (var node in MarkupWalk.Nodes(link))
        {
            if (node is IText t)
                text.Append(t.Data);
            else if (node is IComment comment && shield.OfComment(comment.Data) is not null)
                text.Append(comment.Data);
            else if (node is IElement { LocalName: "img" } image)
            {
                hasImage = true;
                alternative += ' ' + image.GetAttribute("alt");
            }
            else if (node is IElement { LocalName: "br" })
                text.Append(' ');
        }
        var label = Collapse(text.ToString());
        if (label.Length > 0)
            return label;
        // A picture without words still leads somewhere: the host says where.
        var title = link.GetAttribute("title") ?? link.GetAttribute("aria-label") ?? "";
        return Collapse(
            alternative.Trim().Length > 0 ? alternative
            : title.Length > 0 || !hasImage ? title
            : HostOf(link)
        );
    }

    private string HostOf(IElement link)
    {
        foreach (var piece in shield.Pieces(link.GetAttribute("href") ?? ""))
            if (piece.Entry is { Marker: MarkerKind.Link, Text: var marker })
            {
                var url = links[int.Parse(marker.AsSpan("{{{__link ".Length).TrimEnd('}'), CultureInfo.InvariantCulture) - 1].Url;
                return !url.Contains('{', StringComparison.Ordinal) && Uri.TryCreate(url, UriKind.Absolute, out var target)
                    ? target.Host
                    : "";
            }
        return "";
    }

    private void Text(string data)
    {
        if (_isPreformatted)
        {
            foreach (var (line, isFirst) in data.ReplaceLineEndings("\n").Split('\n').Select((line, i) => (line, i == 0)))
            {
                if (!isFirst)
                    NewLine();
                if (line.Length > 0)
                    Append(line);
            }
            return;
        }
        if (data.Length > 0 && IsBlank(data[0]))
            _pendingSpace = true;
        var collapsed = Collapse(data);
        if (collapsed.Length > 0)
        {
            Append(collapsed);
            _pendingSpace = IsBlank(data[^1]);
        }
    }

    private void Expression(string word, ExpressionShield.Entry entry)
    {
        if (entry.Kind is not (MergeTokenKind.Open or MergeTokenKind.Else or MergeTokenKind.Close))
        {
            Append(word);
            return;
        }
        _blockDepth +=
            entry.Kind == MergeTokenKind.Open ? 1
            : entry.Kind == MergeTokenKind.Close ? -1
            : 0;
        if (_pendingLines == 0 && _text.Length > 0 && _text[^1] != '\n')
        {
            Append(word);
            return;
        }
        // Alone on its line: the line goes when rendered, the distance to the next block is already there.
        var mark = _pendingMark;
        _pendingMark = null;
        Append(word);
        _text.Append('\n');
        _pendingLines = 0;
        _pendingSpace = false;
        _pendingMark = mark;
    }

    private void Append(string text)
    {
        if (_pendingLines > 0 && _text.Length > 0)
        {
            TrimLine();
            var present = TrailingLineEnds();
            _text.Append('\n', Math.Max(0, _pendingLines - present));
        }
        else if (_pendingSpace && _text.Length > 0 && !IsBlank(_text[^1]))
            _text.Append(' ');
        if (_text.Length == 0 || _text[^1] == '\n')
            _text.Insert(_text.Length, "> ", _quotes);
        _pendingLines = 0;
        _pendingSpace = false;
        _text.Append(_pendingMark).Append(text);
        _pendingMark = null;
    }

    private void Break(int lines)
    {
        _pendingLines = _text.Length == 0 ? 0 : Math.Max(_pendingLines, EndsWithExpressionLine() ? 0 : lines);
        _pendingSpace = false;
    }

    private void NewLine()
    {
        if (_text.Length > 0)
            _pendingLines = Math.Min(2, _pendingLines + 1);
        _pendingSpace = false;
    }

    private bool EndsWithExpressionLine() => _pendingLines == 0 && _text[^1] == '\n';

    private int TrailingLineEnds()
    {
        var count = 0;
        while (count < _text.Length && _text[^(count + 1)] == '\n')
            count++;
        return count;
    }

    private void TrimLine()
    {
        while (_text.Length > 0 && _text[^1] is ' ' or '\t')
            _text.Length--;
    }

    private static bool HasBlocks(IElement element) =>
        MarkupWalk.Nodes(element).Any(node => node is IElement child && (Blocks.Contains(child.LocalName) || child.LocalName == "br"));

    /// <summary>Not shown by any mail program. <c>mso-hide:all</c> alone hides from Outlook what all others show.</summary>
    private static bool IsHidden(IElement element)
    {
        if (element.GetAttribute("style") is not { } style)
            return false;
        var declarations = CssText.Declarations(style);
        bool Says(string name, string value) =>
            declarations.Exists(d =>
                d.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && d.Value.Equals(value, StringComparison.OrdinalIgnoreCase)
            );
        return Says("display", "none")
            || Says("visibility", "hidden")
            || (Says("overflow", "hidden") && (Says("max-height", "0") || Says("max-height", "0px") || Says("height", "0")));
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\u00A0';

    /// <summary>Runs of blanks become one space, no-break spaces too; invisible filler characters go.</summary>
    private static string Collapse(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (IsBlank(c))
            {
                if (result.Length > 0 && result[^1] != ' ')
                    result.Append(' ');
            }
            else if (c is not ('\u200B' or '\u200C' or '\u00AD' or '\uFEFF' or '\u034F'))
                result.Append(c);
        }
        return result.ToString().TrimEnd();
    }
}
