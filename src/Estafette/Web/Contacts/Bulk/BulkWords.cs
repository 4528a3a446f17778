using Estafette.Core.Contacts.Bulk;
using Estafette.Web.Layout;

namespace Estafette.Web.Contacts.Bulk;

/// <summary>What bulk changes of contacts are called and what follows from them.</summary>
internal static class BulkWords
{
    public static string Action(BulkAction action) => StatusWords.Of("bulk.action", action);

    /// <summary>What will be different afterwards, with its number.</summary>
    public static string Consequence(BulkChange change, long total, string list) =>
        change.Action switch
        {
            BulkAction.SetAttribute => Texts.Count("bulk.then-set-attribute", total, change.Attribute, change.Value),
            BulkAction.EraseAttribute => Texts.Count("bulk.then-erase-attribute", total, change.Attribute),
            BulkAction.Unsubscribe when change.List is null => Texts.Count("bulk.then-unsubscribe-all", total),
            _ => Texts.Count("bulk.then-" + StatusWords.Kebab(change.Action.ToString()), total, list),
        };

    /// <summary>The verb with its object and number, for the button that does it.</summary>
    public static string Button(BulkAction action, long total) => Texts.Count("bulk.do-" + StatusWords.Kebab(action.ToString()), total);
}
