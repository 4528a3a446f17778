using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Imap;

/// <summary>What kind of value it is (RFC 3501 §4).</summary>
internal enum ImapKind
{
    Nil,
    Atom,
    String,
    List,

    /// <summary>A literal that went to the caller instead of into memory.</summary>
    Streamed,
}

/// <summary>One value of a response: an atom, a string, NIL, or a list of values.</summary>
internal sealed record ImapValue(ImapKind Kind, string Text, ImapValue[] Items)
{
    private static readonly ImapValue[] None = [];

    public static readonly ImapValue Nil = new(ImapKind.Nil, "", None);

    public static readonly ImapValue Streamed = new(ImapKind.Streamed, "", None);

    public static ImapValue Atom(string text) =>
        text.Equals("NIL", StringComparison.OrdinalIgnoreCase) ? Nil : new(ImapKind.Atom, text, None);

    public static ImapValue String(string text) => new(ImapKind.String, text, None);

    public static ImapValue List(ImapValue[] items) => new(ImapKind.List, "", items);

    public bool Is(string atom) => Kind == ImapKind.Atom && Text.Equals(atom, StringComparison.OrdinalIgnoreCase);

    /// <summary>A number of 32 bits, not negative (RFC 3501 §4.2); null for anything else.</summary>
    public uint? Number =>
        Kind == ImapKind.Atom && uint.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;
}

/// <summary>Makes values of the octets of a response, its literals already set apart.</summary>
/// <remarks>
/// An atom ends at a space, a parenthesis or the end; brackets that it opens belong to it up to their closing one, so <c>BODY[HEADER (X)]&lt;0&gt;</c>
/// is one atom. Servers send more kinds of octets in atoms than the grammar has, so everything else is taken. Lists nest 32 deep at most.
/// </remarks>
internal ref struct ImapParser(IReadOnlyList<byte[]> texts, IReadOnlyList<ImapValue> literals)
{
    private const int MaxDepth = 32;

    private int _piece;
    private int _at;

    /// <summary>All values; null when malformed.</summary>
    public static ImapValue[]? Parse(IReadOnlyList<byte[]> texts, IReadOnlyList<ImapValue> literals)
    {
        var parser = new ImapParser(texts, literals);
        var items = parser.ReadItems(0);
        return items is not null && parser.IsAtEnd ? [.. items] : null;
    }

    private readonly ReadOnlySpan<byte> Rest => texts[_piece].AsSpan(_at);

    private readonly bool IsAtEnd => _piece == texts.Count - 1 && Rest.IsEmpty;

    private List<ImapValue>? ReadItems(int depth)
    {
        var items = new List<ImapValue>();
        while (true)
        {
            while (!Rest.IsEmpty && Rest[0] == ' ')
            {
                _at++;
            }

            if (Rest.IsEmpty || Rest[0] == ')')
            {
                return items;
            }

            if (ReadValue(depth) is not { } value)
            {
                return null;
            }

            items.Add(value);
        }
    }

    private ImapValue? ReadValue(int depth) =>
        Rest[0] switch
        {
            (byte)'(' => ReadList(depth),
            (byte)'"' => ReadQuoted(),
            (byte)'{' => ReadLiteral(),
            (byte)'~' when Rest.Length > 1 && Rest[1] == '{' => ReadLiteral(),
            _ => ReadAtom(),
        };

    private ImapValue? ReadList(int depth)
    {
        _at++;
        if (depth == MaxDepth || ReadItems(depth + 1) is not { } items || Rest.IsEmpty)
        {
            return null;
        }

        _at++;
        return ImapValue.List([.. items]);
    }

    private ImapValue? ReadQuoted()
    {
        var text = new List<byte>();
        for (var i = 1; i < Rest.Length; i++)
        {
            if (Rest[i] == '"')
            {
                _at += i + 1;
                return ImapValue.String(Decode(text.ToArray()));
            }

            if (Rest[i] == '\\' && ++i == Rest.Length)
            {
                return null;
            }

            text.Add(Rest[i]);
        }

        return null;
    }

    /// <summary>A literal ends its piece of text, so its length needs no second look.</summary>
    private ImapValue? ReadLiteral()
    {
        if (_piece >= literals.Count || Rest.IndexOf((byte)'}') != Rest.Length - 1)
        {
            return null;
        }

        _at = 0;
        return literals[_piece++];
    }

    private ImapValue? ReadAtom()
    {
        var brackets = 0;
        var length = 0;
        for (; length < Rest.Length; length++)
        {
            var octet = Rest[length];
            if (brackets == 0 && octet is (byte)' ' or (byte)'(' or (byte)')')
            {
                break;
            }

            brackets +=
                octet == '[' ? 1
                : octet == ']' && brackets > 0 ? -1
                : 0;
        }

        if (length == 0 || brackets != 0)
        {
            return null;
        }

        var text = Decode(Rest[..length]);
        _at += length;
        return ImapValue.Atom(text);
    }

    public static string Decode(ReadOnlySpan<byte> bytes) =>
        (System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
}
