using System.Text.Json;
using Estafette.Core.Messages.Content;

namespace Estafette.Core.Delivery.Accept;

/// <summary>Values of the tags of one letter, as the fields that <see cref="TaggedText"/> makes of them.</summary>
public static class LetterData
{
    /// <summary>A JSON object, or null when there is nothing to fill. A tag of the mail that the letter has no value for stays as it is.</summary>
    /// <param name="tags">All tags of the mail.</param>
    /// <param name="values">Tag to value.</param>
    /// <param name="isProcessed">The text goes through the merge language, where braces of the author are fields too.</param>
    public static string? Of(IReadOnlyList<string> tags, IReadOnlyDictionary<string, string> values, bool isProcessed)
    {
        var data = isProcessed
            ? new Dictionary<string, string>(TaggedText.Braces, StringComparer.Ordinal)
            : new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < tags.Count; i++)
            if (values.TryGetValue(tags[i], out var value) || isProcessed)
                data[TaggedText.FieldOf(i)] = value ?? tags[i];
        return data.Count == 0 ? null : JsonSerializer.Serialize(data);
    }

    /// <summary>A text with its tags filled.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) => TaggedText.Fill(text, values);
}
