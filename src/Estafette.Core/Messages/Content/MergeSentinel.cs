using System.Security.Cryptography;

namespace Estafette.Core.Messages.Content;

/// <summary>Makes and recognises the sentinels of one template, see <see cref="MergeEmitter"/>.</summary>
internal sealed class MergeSentinel
{
    private const char Mark = '\uE000';
    private const int DigitBase = 0xE100;
    private const int DigitCount = 1024;
    private readonly string _prefix;

    private MergeSentinel(string prefix) => _prefix = prefix;

    public static MergeSentinel Create() => new(Mark + RandomNumberGenerator.GetHexString(32));

    public string Text(int index) =>
        string.Concat(_prefix, [(char)(DigitBase + (index / DigitCount)), (char)(DigitBase + (index % DigitCount))]);

    /// <summary>Index of the run a text stands for, or -1.</summary>
    public int IndexOf(ReadOnlySpan<char> text) =>
        text.Length == _prefix.Length + 2 && text[0] == Mark && text.StartsWith(_prefix, StringComparison.Ordinal)
            ? ((text[^2] - DigitBase) * DigitCount) + text[^1] - DigitBase
            : -1;
}
