using System.Numerics;

namespace Estafette.Protocols.Bounces;

/// <summary>
/// Tells which of some thousand words occur in a text, in one pass: the first three characters of each position are looked up in a table, and the
/// few words that begin so are compared. This is the filter in front of all rules; without it each rule would search the text by itself.
/// </summary>
internal sealed class LiteralIndex
{
    /// <summary>Shortest word, in characters; words of two must begin with a character outside ASCII (Chinese, Japanese).</summary>
    internal const int MinLength = 2;

    private readonly string[] _words;
    private readonly int[] _heads;
    private readonly int[] _next;
    private readonly int _shift;

    internal LiteralIndex(IReadOnlyList<string> words)
    {
        _words = [.. words];
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, words.Count * 8));
        _shift = 32 - BitOperations.Log2(size);
        _heads = new int[size];
        Array.Fill(_heads, -1);
        _next = new int[words.Count];
        for (var i = 0; i < _words.Length; i++)
        {
            if (_words[i].Length < MinLength || (_words[i].Length == MinLength && char.IsAscii(_words[i][0])))
                throw new InvalidDataException($"Reading rules: the word '{_words[i]}' is too short.");
            var slot = Slot(_words[i]);
            _next[i] = _heads[slot];
            _heads[slot] = i;
        }
    }

    internal int Count => _words.Length;

    /// <summary>Marks the words that occur; returns whether there is any.</summary>
    internal bool Find(ReadOnlySpan<char> text, Span<bool> found)
    {
        var any = false;
        for (; text.Length >= MinLength; text = text[1..])
        {
            if (text.Length > MinLength)
                any |= Find(_heads[Slot(text[0], text[1], text[2])], text, found);
            if (!char.IsAscii(text[0]))
                any |= Find(_heads[Slot(text[0], text[1], '\0')], text, found);
        }
        return any;
    }

    private bool Find(int first, ReadOnlySpan<char> text, Span<bool> found)
    {
        var any = false;
        for (var i = first; i >= 0; i = _next[i])
        {
            if (found[i] || !text.StartsWith(_words[i], StringComparison.Ordinal))
                continue;
            found[i] = true;
            any = true;
        }
        return any;
    }

    private int Slot(string word) => Slot(word[0], word[1], word.Length > MinLength ? word[2] : '\0');

    private int Slot(uint a, uint b, uint c) => (int)(((a * 0x9E3779B1u) ^ (b * 0x85EBCA6Bu) ^ (c * 0xC2B2AE35u)) * 0x27D4EB2Fu >> _shift);
}
