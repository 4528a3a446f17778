using System.Text;
using System.Text.RegularExpressions;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>Why a file or a row of it was not imported, in the language of the user.</summary>
/// <remarks>
/// The import stores English sentences, in its rows and in the file of rejects. They are recognised here, one after the other, by the table below;
/// a test compares it with the sentences in the source of the import. What is not recognised stays as it is and is marked as English.
/// </remarks>
internal static class RejectWords
{
    private static readonly Sentence[] Sentences =
    [
        new(
            "stopped-at",
            @"'(.+)' is not readable from byte (\d+), line (\d+) on: (.+) Everything before that place is imported; import the corrected file again, nobody is added twice\.",
            Inner
        ),
        new("stopped", @"Importing '(.+)' stopped: (.+) Correct the cause and resume the import\."),
        new("empty", @"'(.+)' is empty\."),
        new("binary", @"'(.+)' is neither JSON nor CSV: it holds binary data\. Save the sheet as CSV\."),
        new("file-path", @"Reading the file failed: (.+)"),
        new("unsubscribed", @"An import cannot add unsubscribed contacts; suppress the addresses instead\."),
        new("array-expected", @"a JSON array was expected\."),
        new("comma-expected", @"',' or '\]' was expected after row (\d+), not (.+?)\."),
        new("ends-after", @"the file ends after row (\d+), before the closing bracket\. It was probably cut off\."),
        new("array-closed", @"the array is closed, but more follows\. Put all rows into one array\."),
        new("contacts-unclosed", """the file ends before the bracket that closes "contacts"\. It was probably cut off\."""),
        new("row-expected", @"an object or an address was expected as row (\d+), not (.+?)\."),
        new("ends-inside", @"the file ends inside row (\d+), which begins at byte (\d+), line (\d+)\. It was probably cut off\."),
        new("contacts-missing", """the object has no array "contacts"\."""),
        new("json-invalid", @"it is not valid JSON \((.+)\)\."),
        new("contacts-late", """the file ends, or a value is larger than 1 MiB, before an array "contacts" begins\."""),
        new("row-large", @"The row is larger than 1 MiB\."),
        new("row-deep", @"The row is nested (\d+) levels deep; at most (\d+) are kept\."),
        new("row-encoding", @"The row holds bytes that are not UTF-8; is the file in another encoding(?:, such as Windows-1252)?\?"),
        new("row-json", @"The row is not valid JSON at byte (\d+), line (\d+)\."),
        new("row-quote", @"A quote is opened and never closed\."),
        new("row-fields", @"The row has (\d+) fields? and not (\d+) as there are columns\."),
        new("row-kind", @"The row is neither an object nor an address\."),
        new("row-several", @"More than one value stands on the line\."),
        new("row-address", @"The row has no address\."),
        new("column-type", @"'(.+?)' was left out: it is not of type (\w+)\.", TypeName),
        new("column-single", @"'(.+?)' was left out: it is not a single value\."),
        new("column-text", @"'(.+?)' was left out: it is not text\."),
        new("column-stored", @"'(.+?)' was left out: it holds a character or number that cannot be stored\."),
        new("first-name-long", @"The first name was left out: it is longer than (\d+) characters\."),
        new("last-name-long", @"The last name was left out: it is longer than (\d+) characters\."),
        new("language", @"The language was left out: it is not a code such as 'fr'\."),
        new("consent", @"The tracking consent is neither yes nor no and counts as no\."),
        .. Enum.GetValues<EmailAddressError>()
            .Where(e => e != EmailAddressError.None)
            .Select(e => new Sentence("email-" + StatusWords.Kebab($"{e}"), Regex.Escape(EmailAddress.Describe(e)))),
        .. Enum.GetValues<PhoneNumberError>()
            .Where(e => e != PhoneNumberError.None)
            .Select(e => new Sentence("phone-" + StatusWords.Kebab($"{e}"), Regex.Escape(PhoneNumber.Describe(e)))),
        new(
            "phone",
            "The phone was left out: ("
                + string.Join('|', Enum.GetValues<PhoneNumberError>().Select(e => Regex.Escape(PhoneNumber.Describe(e))))
                + ")",
            Inner
        ),
    ];

    /// <summary>The sentences of the import in the language of the user; not known when some of them stay English.</summary>
    public static (string Text, bool IsKnown) Of(string english)
    {
        var text = new StringBuilder();
        var rest = english;
        while (rest.Length > 0)
        {
            if (Find(rest) is not ({ } sentence, { } match))
                return (text.Append(rest).ToString(), false);
            text.Append(sentence.Say(match)).Append(' ');
            rest = rest[match.Length..];
        }
        return (text.ToString().TrimEnd(), true);
    }

    private static string Inner(string english) => Of(english).Text;

    private static string TypeName(string type) => T("imports.type-" + StatusWords.Kebab(type));

    private static (Sentence Sentence, Match Match)? Find(string text)
    {
        foreach (var sentence in Sentences)
            if (sentence.Match(text) is { Success: true } match)
                return (sentence, match);
        return null;
    }

    /// <summary>A sentence of the import: how it reads in English, the key of its translation with the same values, and what is done to the last one.</summary>
    private sealed class Sentence(string key, string english, Func<string, string>? last = null)
    {
        // Linear in the length of the text, whatever a file put into it.
        private readonly Regex _english = new(
            $"^(?:{english})(?: |$)",
            RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking
        );

        public Match Match(string text) => _english.Match(text);

        public string Say(Match match)
        {
            object[] values = [.. match.Groups.Values.Skip(1).Select(g => g.Value)];
            if (last is not null)
                values[^1] = last((string)values[^1]);
            return T("rejects." + key, values);
        }
    }
}
