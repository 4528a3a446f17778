using System.Data.Common;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>
/// The search of contacts "c": those whose address begins with a text or, when the text can be no address, whose last or first name does,
/// whatever its case and accents. Each of the three is a range of an index, and the expressions are those of the indexes: a database uses an index
/// on an expression only for the same one.
/// </summary>
internal sealed class ContactSearch
{
    /// <summary>The address begins with the text.</summary>
    public const string KeyMatches = "(c.contact_key >= @key AND c.contact_key < @keyend)";

    // The greatest character: nothing that begins with a text stands behind the text and it.
    private static readonly string Last = char.ConvertFromUtf32(0x10FFFF);

    private ContactSearch(string text) => (Key, Name) = (text.ToLowerInvariant(), FoldedText.Of(text));

    /// <summary>How the keys begin.</summary>
    public string Key { get; }

    /// <summary>How the names begin.</summary>
    public string Name { get; }

    /// <summary>Whether names are searched as well.</summary>
    public bool InNames => !Key.Contains('@');

    /// <summary>Null when there is nothing to search for.</summary>
    public static ContactSearch? Of(string? text) => text?.Trim() is { Length: > 0 } wanted ? new ContactSearch(wanted) : null;

    /// <summary>The end of the range of texts that begin with a text; it is not part of it.</summary>
    public static string Behind(string text) => text + Last;

    /// <summary>A last name as it is compared and ordered; NULL without one.</summary>
    public static string LastName(DatabaseKind kind, string contact = "c") => Folded(kind, $"{contact}.last_name");

    /// <summary>A first name as it is compared and ordered; NULL without one.</summary>
    public static string FirstName(DatabaseKind kind, string contact = "c") => Folded(kind, $"{contact}.first_name");

    /// <summary>A name begins with the text; never NULL.</summary>
    public static string Matches(string name) => $"coalesce({name} >= @name AND {name} < @nameend, FALSE)";

    /// <summary>The contacts that are found.</summary>
    public string Where(DatabaseKind kind) =>
        InNames ? $"({KeyMatches} OR {Matches(LastName(kind))} OR {Matches(FirstName(kind))})" : KeyMatches;

    /// <summary>The values of <see cref="KeyMatches"/> and <see cref="Matches"/>.</summary>
    public DbCommand Set(DbCommand command)
    {
        command.Set("@key", Key).Set("@keyend", Behind(Key));
        return InNames ? command.Set("@name", Name).Set("@nameend", Behind(Name)) : command;
    }

    /// <summary>The contacts of a customer that are found, to be ordered and filtered further.</summary>
    public IQueryable<Contact> Find(CustomerId customer, DatabaseKind kind, EstafetteDb db)
    {
        // Names of parameters become their places; the longer names come first, since one begins with the other.
        var where = Where(kind)
            .Replace("@keyend", "{2}", StringComparison.Ordinal)
            .Replace("@key", "{1}", StringComparison.Ordinal)
            .Replace("@nameend", "{4}", StringComparison.Ordinal)
            .Replace("@name", "{3}", StringComparison.Ordinal);
#pragma warning disable EF1003 // Expressions of this class; what was asked for goes in as parameters.
        return db.Set<Contact>()
            .FromSqlRaw(
                "SELECT c.* FROM contacts c WHERE c.customer_id = {0} AND " + where,
                customer.Value,
                Key,
                Behind(Key),
                Name,
                Behind(Name)
            );
#pragma warning restore EF1003
    }

    private static string Folded(DatabaseKind kind, string column) =>
        $"coalesce({column}_folded, lower({column}{(kind == DatabaseKind.Sqlite ? "" : " COLLATE \"C\"")}))";
}
