using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Estafette.Core.Messages.Content;

/// <summary>What is wrong with a content: a stable code and the values in the sentence, for translations, and the sentence in English.</summary>
/// <param name="Code">Such as "merge-unclosed".</param>
/// <param name="Message">The English sentence, without place.</param>
/// <param name="Values">Numbers, texts, or another fault.</param>
internal sealed record ContentFault(string Code, string Message, IReadOnlyList<object> Values)
{
    public static ContentFault Of(
        string code,
        [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string english,
        params object[] values
    ) => new(code, string.Format(CultureInfo.InvariantCulture, english, values), values);

    public bool Equals(ContentFault? other) => other is not null && Code == other.Code && Message == other.Message;

    public override int GetHashCode() => HashCode.Combine(Code, Message);

    public override string ToString() => Message;
}
