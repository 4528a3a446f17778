using System.Data.Common;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>Why two contacts may be one person.</summary>
public enum DuplicateReason
{
    /// <summary>Addresses that reach the same mailbox: a tag behind "+", and dots at Gmail.</summary>
    SameMailbox,
    SamePhone,
    SameName,
}

/// <summary>A contact that may be the same person as another one.</summary>
public sealed record DuplicateRow(ContactListRow Contact, DuplicateReason Reason);

/// <summary>Looks for contacts that may be the same person as a given one.</summary>
public static class FindDuplicates
{
    private const int Most = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <exception cref="QueryTooSlowException">The database needs longer than ten seconds.</exception>
    public static async Task<IReadOnlyList<DuplicateRow>> RunAsync(CustomerId customer, ContactId id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } contact)
            return [];
        return await LimitedQuery.RunAsync<IReadOnlyList<DuplicateRow>>(
            db,
            Limit,
            async (command, stop) =>
            {
                Write(command, contact, LimitedQuery.KindOf(db));
                var rows = new List<DuplicateRow>();
                await using var reader = await command.ExecuteReaderAsync(stop);
                while (await reader.ReadAsync(stop))
                    rows.Add(
                        new DuplicateRow(
                            ListContacts.Read(reader),
                            (DuplicateReason)Convert.ToInt32(reader.GetValue(9), System.Globalization.CultureInfo.InvariantCulture)
                        )
                    );
                return [.. rows.OrderBy(r => r.Reason)];
            },
            ct
        );
    }

    private static void Write(DbCommand command, Contact contact, DatabaseKind database)
    {
        var (cases, found) = (new List<string>(), new List<string>());
        if (contact.Email is not null)
        {
            var mailbox = MailboxOf(contact.ContactKey);
            cases.Add($"WHEN {Mailbox(database, "c.contact_key")} = @mailbox THEN 0");
            // Dots may stand anywhere in an address of Gmail, but not at its beginning.
            var local = mailbox[..Math.Max(mailbox.LastIndexOf('@'), 0)];
            var beginning = mailbox.EndsWith("@gmail.com", StringComparison.Ordinal) && local.Length > 0 ? local[..1] : local + "+";
            found.Add("contact_key = @mailbox");
            found.Add("contact_key >= @beginning AND contact_key < @end");
            command.Set("@mailbox", mailbox).Set("@beginning", beginning).Set("@end", beginning + char.ConvertFromUtf32(0x10FFFF));
        }
        if (contact.Phone is not null)
        {
            cases.Add("WHEN c.phone = @phone THEN 1");
            found.Add("phone = @phone AND phone IS NOT NULL");
            command.Set("@phone", contact.Phone);
        }
        if (contact is { FirstName: not null, LastName: not null })
        {
            cases.Add($"WHEN {ContactSearch.FirstName(database)} = @first AND {ContactSearch.LastName(database)} = @last THEN 2");
            found.Add($"{ContactSearch.LastName(database)} = @last AND c.last_name IS NOT NULL");
            command.Set("@first", FoldedText.Of(contact.FirstName)).Set("@last", FoldedText.Of(contact.LastName));
        }
        cases.Add("WHEN 1 = 0 THEN 0");
        found.Add("1 = 0");
        // Each kind of candidate from its index; the cases then tell which of them are duplicates.
        var candidates = string.Join(" UNION ", found.Select(f => $"SELECT id FROM contacts c WHERE customer_id = @customer AND {f}"));
        command.CommandText = $"""
            SELECT * FROM (
              SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, NULL AS status,
                CASE {string.Join(' ', cases)} END AS reason
              FROM contacts c WHERE c.id IN ({candidates}) AND c.id <> @id) d
            WHERE reason IS NOT NULL LIMIT {Most}
            """;
        command.Set("@customer", contact.CustomerId.Value).Set("@id", contact.Id.Value);
    }

    /// <summary>The mailbox an address key reaches: what stands behind "+" is left out, at Gmail the dots as well.</summary>
    internal static string MailboxOf(string key)
    {
        var at = key.LastIndexOf('@');
        if (at < 0)
            return key;
        var (local, domain) = (key[..at].Split('+')[0], key[(at + 1)..]);
        return domain is "gmail.com" or "googlemail.com"
            ? local.Replace(".", "", StringComparison.Ordinal) + "@gmail.com"
            : $"{local}@{domain}";
    }

    private static string Mailbox(DatabaseKind database, string key)
    {
        var (local, domain) =
            database == DatabaseKind.Sqlite
                ? (
                    $"substr({key}, 1, min(instr({key} || '+', '+'), instr({key} || '@', '@')) - 1)",
                    $"substr({key}, instr({key} || '@', '@') + 1)"
                )
                : ($"split_part(split_part({key}, '@', 1), '+', 1)", $"split_part({key}, '@', 2)");
        return $"CASE WHEN {domain} IN ('gmail.com', 'googlemail.com') THEN replace({local}, '.', '') || '@gmail.com' ELSE {local} || '@' || {domain} END";
    }
}
