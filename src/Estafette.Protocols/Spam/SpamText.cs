using System.Globalization;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Spam;

/// <summary>A message taken apart for the rules: fields, subject, what can be read, markup, attachments.</summary>
/// <remarks>
/// What patterns are tried on is folded: lower case, no accents, straight quotes, one space for white space, nothing for characters
/// without width. It is cut at 200,000 characters, so that the work for one message is bounded.
/// </remarks>
internal sealed class SpamText
{
    private const int MaxCharacters = 200_000;

    private SpamText(MimePart message) => Message = message;

    internal MimePart Message { get; }

    internal string Subject { get; private init; } = "";

    /// <summary>Plain text and what is seen of the HTML, as written.</summary>
    internal string Text { get; private set; } = "";

    internal string Html { get; private set; } = "";

    internal HtmlGlance Glance { get; private set; } = HtmlGlance.At("");

    internal bool HasPlainText { get; private set; }

    internal bool HasHtml { get; private set; }

    internal IReadOnlyList<MimePart> Attachments { get; private set; } = [];

    internal string FoldedHeader { get; private set; } = "";

    internal string FoldedSubject { get; private set; } = "";

    internal string FoldedText { get; private set; } = "";

    internal string FoldedHtml { get; private set; } = "";

    /// <summary>Reads a message; one that passes the limits of <see cref="MimeReader"/> counts with its header alone.</summary>
    internal static SpamText Read(ReadOnlyMemory<byte> message)
    {
        MimePart root;
        try
        {
            root = MimeReader.Read(message);
        }
        catch (MimeFormatException)
        {
            root = MimeReader.Read(Header(message));
        }
        var text = new SpamText(root) { Subject = root.Field("Subject")?.Trim() ?? "" };
        text.ReadParts();
        return text;
    }

    /// <summary>Folds a text for patterns.</summary>
    internal static string Fold(string text)
    {
        var cut = text.Length > MaxCharacters ? text[..MaxCharacters] : text;
        var output = new StringBuilder(cut.Length);
        foreach (var any in Whole(cut).Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            var rune = Rune.ToLowerInvariant(any);
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format)
                continue;
            if (Rune.IsWhiteSpace(rune) || category == UnicodeCategory.Control)
            {
                if (output.Length > 0 && output[^1] is not (' ' or '\n'))
                    output.Append(' ');
                continue;
            }
            _ = rune.Value switch
            {
                0x2018 or 0x2019 or 0x02BC => output.Append('\''),
                0x201C or 0x201D => output.Append('"'),
                0x2010 or 0x2011 or 0x2013 => output.Append('-'),
                0x153 => output.Append("oe"),
                _ => output.Append(rune.ToString()),
            };
        }
        return output.ToString();
    }

    private void ReadParts()
    {
        var plain = new StringBuilder();
        var html = new StringBuilder();
        var attachments = new List<MimePart>();
        foreach (var part in Message.Walk())
        {
            if (part.Disposition == "attachment" || part.FileName is not null)
                attachments.Add(part);
            else if (part.ContentType == "text/plain" && plain.Length < MaxCharacters)
                plain.Append(part.Text()).Append('\n');
            else if (part.ContentType == "text/html" && html.Length < MaxCharacters)
                html.Append(part.Text()).Append('\n');
            HasHtml |= part.ContentType == "text/html";
        }
        Attachments = attachments;
        HasPlainText = plain.ToString().AsSpan().Trim().Length > 0;
        Html = html.ToString();
        Glance = HtmlGlance.At(Html);
        Text = plain.Append('\n').Append(Glance.Text).ToString();
        FoldedHeader = string.Join('\n', Message.Fields.Take(500).Select(f => Fold($"{f.Name}: {f.Value}")));
        FoldedSubject = Fold(Subject);
        FoldedText = Fold(Text);
        FoldedHtml = Fold(Html);
    }

    private static ReadOnlyMemory<byte> Header(ReadOnlyMemory<byte> message)
    {
        var start = message.Span[..Math.Min(message.Length, 64 * 1024)];
        var end = start.IndexOf("\n\r\n"u8);
        var other = start.IndexOf("\n\n"u8);
        if (end < 0 || (other >= 0 && other < end))
            end = other;
        return message[..(end < 0 ? start.Length : end + 1)];
    }

    // Half of a surrogate pair cannot be normalised.
    private static string Whole(string text)
    {
        try
        {
            return text.IsNormalized(NormalizationForm.FormKD) ? text : new string(text);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        }
    }
}
