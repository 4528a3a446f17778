namespace Estafette.Web.Settings;

/// <summary>What an action of the audit log is called.</summary>
internal static class AuditWords
{
    /// <summary>Names of the resources: the dot and underscores of an action become hyphens.</summary>
    public static string KeyOf(string action) => "audit.do-" + action.Replace('.', '-').Replace('_', '-');

    /// <summary>The words; the action itself when an older version wrote one that is not known any more.</summary>
    public static string Of(string action) => Texts.Has(KeyOf(action)) ? Texts.Get(KeyOf(action)) : action;
}
