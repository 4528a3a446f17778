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
        else if (reason.Code == "mapping-twice")
            values[0] = T("imports.field-" + StatusWords.Kebab(reason.Values[0]));
        return T("rejects." + reason.Code, values);
    }

    public static string Of(IEnumerable<ImportReason> reasons) => string.Join(' ', reasons.Select(Of));
}
