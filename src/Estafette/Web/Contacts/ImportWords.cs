using Estafette.Core.Contacts.Import;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>Why a file or a row of it was not imported, in the language of the user.</summary>
internal static class ImportWords
{
    public static string Of(ImportReason reason)
    {
        object?[] values = reason.Cause is { } cause ? [.. reason.Values, Of(cause)] : [.. reason.Values];
        // Values that are words of the program, not of the file.
        if (reason.Code == "column-type")
            values[1] = T("imports.type-" + StatusWords.Kebab(reason.Values[1]));
        else if (reason.Code == "encoding-looks")
            (values[0], values[1]) = (EncodingOf(reason.Values[0]), EncodingOf(reason.Values[1]));
        else if (reason.Code == "mapping-twice")
            values[0] = T("imports.field-" + StatusWords.Kebab(reason.Values[0]));
        return T("rejects." + reason.Code, values);
    }

    // Names of standards, the same in both languages.
    private static string EncodingOf(string name) =>
        name switch
        {
            nameof(FileEncoding.Utf8) => "UTF-8",
            nameof(FileEncoding.Windows1252) => "Windows-1252",
            nameof(FileEncoding.Utf16LittleEndian) => "UTF-16 LE",
            _ => "UTF-16 BE",
        };

    /// <summary>A legal basis as it is stored: one of the choices of the page, or the words given to the command.</summary>
    public static string LegalBasis(string? stored) =>
        stored is "consent" or "customers" or "professionals" ? T("imports.legal-" + stored) : stored ?? "";

    public static string Of(IEnumerable<ImportReason> reasons) => string.Join(' ', reasons.Select(Of));
}
