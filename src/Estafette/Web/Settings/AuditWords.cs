using Estafette.Core.Accounts;
using Estafette.Web.Layout;

namespace Estafette.Web.Settings;

/// <summary>What an action of the audit log is called.</summary>
internal static class AuditWords
{
    /// <summary>Names of the resources: the dot and underscores of an action become hyphens.</summary>
    public static string KeyOf(string action) => "audit.do-" + action.Replace('.', '-').Replace('_', '-');

    /// <summary>The detail of an entry in the language of the reader: how somebody signed in is a word, the rest stands as it was written.</summary>
    public static string? DetailOf(AuditEntry entry) =>
        entry.Action == "sign-in.done" && Enum.TryParse<SignInMethod>(entry.Detail, out var method) && Enum.IsDefined(method)
            ? StatusWords.Of("account.method", method)
            : entry.Detail;

    /// <summary>The words; the action itself when an older version wrote one that is not known any more.</summary>
    public static string Of(string action) => Texts.Has(KeyOf(action)) ? Texts.Get(KeyOf(action)) : action;
}
