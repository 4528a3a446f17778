using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Why a file or a row of it is not imported, or what was left out of a row: a stable code with the values of its sentence, for translations.
/// It is stored like that; <see cref="ToString"/> is the sentence in English.
/// </summary>
/// <param name="Code">One of <see cref="Codes"/>, such as "row-fields".</param>
/// <param name="Values">Names, places and numbers as invariant text.</param>
/// <param name="Cause">A reason inside the sentence: its last value.</param>
public sealed record ImportReason(string Code, IReadOnlyList<string> Values, ImportReason? Cause = null)
{
    private static readonly FrozenDictionary<string, string> English = new Dictionary<string, string>
    {
        // The request.
        ["upload-large"] = "'{0}' is larger than an upload may be. Import it by its path with the command line.",
        ["upload-unknown"] = "There is no such uploaded file, or its import was started already.",
        ["path-missing"] = "Give a file.",
        ["path-directory"] = "'{0}' is a directory. Give a file.",
        ["path-unknown"] = "There is no file '{0}', or it may not be read.",
        ["path-unreadable"] = "Reading the file failed: {0}",
        ["list-unknown"] = "There is no such list.",
        ["unsubscribed"] = "An import cannot add unsubscribed contacts; suppress the addresses instead.",
        ["provenance-missing"] = "Say where the addresses come from: confirmed subscriptions and declared consent need it as proof.",
        ["legal-basis-missing"] = "Say why the persons may be written to (consent, existing customers, professionals).",
        ["mapping-twice"] = "{0} is given to '{1}' and '{2}'. Choose one.",
        ["mapping-address"] = "No column is the address or the phone. Columns: {0}.",
        ["mapping-unknown"] = "The file has no column '{0}'. Columns: {1}.",

        // The file.
        ["empty"] = "'{0}' is empty.",
        ["binary"] = "'{0}' is neither a spreadsheet nor JSON nor CSV: it holds binary data. Save it as XLSX or CSV.",
        ["xlsx-broken"] = "'{0}' is a damaged workbook. Open it in its program and save it again as XLSX.",
        ["xlsx-large"] = "'{0}' unpacks to more than is allowed.",
        ["xlsx-none"] = "'{0}' is a ZIP archive without a workbook. Unpack it first.",
        ["xlsx-sheet"] = "'{0}' has no such sheet.",
        ["xls-old"] = "'{0}' is a workbook of the old format (.xls), or has a password. Save it as XLSX without a password.",
        ["encoding-looks"] = "The file looks like {0}, not {1}: accented letters will be wrong, or rows rejected.",
        ["stopped"] = "Importing '{0}' stopped: {1} Correct the cause and resume the import.",
        ["contacts-limit"] =
            "The file holds more new contacts than this account may have; what was imported until then stays. Ask the operator of this installation for more.",
        ["stopped-at"] =
            "'{0}' is not readable from byte {1}, line {2} on: {3} "
            + "Everything before that place is imported; import the corrected file again, nobody is added twice.",
        ["array-expected"] = "a JSON array was expected.",
        ["array-closed"] = "the array is closed, but more follows. Put all rows into one array.",
        ["comma-expected"] = "',' or ']' was expected after row {0}, not {1}.",
        ["row-expected"] = "an object or an address was expected as row {0}, not {1}.",
        ["ends-after"] = "the file ends after row {0}, before the closing bracket. It was probably cut off.",
        ["ends-inside"] = "the file ends inside row {0}, which begins at byte {1}, line {2}. It was probably cut off.",
        ["contacts-missing"] = "the object has no array \"contacts\".",
        ["contacts-late"] = "the file ends, or a value is larger than 1 MiB, before an array \"contacts\" begins.",
        ["contacts-unclosed"] = "the file ends before the bracket that closes \"contacts\". It was probably cut off.",
        ["json-invalid"] = "it is not valid JSON.",

        // A row that does not go in.
        ["row-large"] = "The row is larger than 1 MiB.",
        ["row-deep"] = "The row is nested {0} levels deep; at most {1} are kept.",
        ["row-encoding"] = "The row holds bytes that are not UTF-8; is the file in another encoding, such as Windows-1252?",
        ["row-json"] = "The row is not valid JSON at byte {0}, line {1}.",
        ["row-quote"] = "A quote is opened and never closed.",
        ["row-fields"] = "Fields in the row: {0}; columns: {1}.",
        ["row-kind"] = "The row is neither an object nor an address.",
        ["row-several"] = "More than one value stands on the line.",
        ["row-address"] = "The row has no address.",

        // What is left out of a row that goes in.
        ["column-type"] = "'{0}' was left out: it is not of type {1}.",
        ["column-single"] = "'{0}' was left out: it is not a single value.",
        ["column-text"] = "'{0}' was left out: it is not text.",
        ["column-stored"] = "'{0}' was left out: it holds a character or number that cannot be stored.",
        ["first-name-long"] = "The first name was left out: it is longer than {0} characters.",
        ["last-name-long"] = "The last name was left out: it is longer than {0} characters.",
        ["language"] = "The language was left out: it is not a code such as 'fr'.",
        ["consent"] = "The tracking consent is neither yes nor no and counts as no.",
        ["phone"] = "The phone was left out: {0}",
    }
        .Concat(Sentences<EmailAddressError>("email", EmailAddress.Describe))
        .Concat(Sentences<PhoneNumberError>("phone", PhoneNumber.Describe))
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<EmailAddressError, ImportReason> Emails = Errors<EmailAddressError>()
        .ToFrozenDictionary(e => e, e => Of(CodeOf("email", e)));

    private static readonly FrozenDictionary<PhoneNumberError, ImportReason> Phones = Errors<PhoneNumberError>()
        .ToFrozenDictionary(e => e, e => new ImportReason("phone", [], Of(CodeOf("phone", e))));

    /// <summary>Every code there is.</summary>
    public static IEnumerable<string> Codes => English.Keys;

    /// <summary>A reason with its values.</summary>
    internal static ImportReason Of(string code, params ReadOnlySpan<object> values)
    {
        var texts = new string[values.Length];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = Convert.ToString(values[i], CultureInfo.InvariantCulture)!;
        return new ImportReason(code, texts);
    }

    /// <summary>An address that does not go in.</summary>
    internal static ImportReason Of(EmailAddressError error) => Emails[error];

    /// <summary>A phone number that is left out.</summary>
    internal static ImportReason Of(PhoneNumberError error) => Phones[error];

    /// <summary>The sentences of several reasons in English, one after the other.</summary>
    public static string Describe(IEnumerable<ImportReason> reasons) => string.Join(' ', reasons);

    /// <summary>As it is stored.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, ImportJson.Options);

    /// <summary>As it was stored.</summary>
    internal static ImportReason FromJson(string json) => JsonSerializer.Deserialize<ImportReason>(json, ImportJson.Options)!;

    /// <summary>Several of them, as they are stored.</summary>
    internal static string ToJson(IEnumerable<ImportReason> reasons) => JsonSerializer.Serialize(reasons, ImportJson.Options);

    /// <summary>Several of them, as they were stored.</summary>
    internal static IReadOnlyList<ImportReason> ListFromJson(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<ImportReason>>(json, ImportJson.Options)!;

    /// <summary>The sentence in English.</summary>
    public override string ToString()
    {
        object?[] values = Cause is null ? [.. Values] : [.. Values, Cause];
        return string.Format(CultureInfo.InvariantCulture, English[Code], values);
    }

    // The sentences of the errors of a parser, by code.
    private static IEnumerable<KeyValuePair<string, string>> Sentences<T>(string area, Func<T, string> describe)
        where T : struct, Enum => Errors<T>().Select(e => KeyValuePair.Create(CodeOf(area, e), describe(e)));

    // Every value but the first, which is "no error".
    private static IEnumerable<T> Errors<T>()
        where T : struct, Enum => Enum.GetValues<T>().Where(e => !e.Equals(default(T)));

    private static string CodeOf<T>(string area, T error)
        where T : struct, Enum => $"{area}-{JsonNamingPolicy.KebabCaseLower.ConvertName($"{error}")}";
}
