using Estafette.Core.Delivery.Accept;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Privacy;

/// <summary>
/// Takes the person out of one message. Its row stays in the figures with the hash as address; what only this person got goes, what others got too stays
/// until they need it no longer (texts, files and whole messages: within two hours by <see cref="Delivery.MailRetention"/>).
/// </summary>
internal static class EraseDelivery
{
    private sealed record Letter(long Delivery, string Head);

    /// <returns>The address as it was written.</returns>
    public static async Task<string> RunAsync(
        CustomerId customer,
        long delivery,
        ErasedPlace place,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (key, hash) = (place.Key, place.Hash);
        var address = (
            await db.Database.SqlQuery<string>($"SELECT address AS \"Value\" FROM deliveries WHERE id = {delivery}").ToListAsync(ct)
        )[0];
        FormattableString[] statements =
        [
            $"UPDATE attempts SET text = replace(replace(text, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery} AND text IS NOT NULL",
            $"UPDATE delivery_events SET text = replace(replace(text, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery} AND text IS NOT NULL",
            $"UPDATE tracking_events SET ip = NULL, user_agent_id = NULL WHERE delivery_id = {delivery}",
            $"UPDATE unsubscribe_answers SET comment = NULL WHERE delivery_id = {delivery}",
            $"DELETE FROM captured_messages WHERE delivery_id = {delivery}",
            $"DELETE FROM inbound_messages WHERE delivery_id = {delivery}",
            $"UPDATE abuse_reports SET reporter = NULL, link = NULL, ip = NULL, user_agent = NULL, words = replace(replace(words, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery}",
            $"DELETE FROM recipient_data WHERE delivery_id = {delivery}",
            $"UPDATE single_messages SET merge_data = NULL WHERE delivery_id = {delivery}",
            $"UPDATE accepted_letters SET head = NULL, custom_args = NULL WHERE delivery_id = {delivery}",
            $"UPDATE deliveries SET address = {hash}, address_key = {hash}, contact_id = NULL WHERE id = {delivery}",
        ];
        foreach (var statement in statements)
            await db.Database.ExecuteSqlAsync(statement, ct);
        await RetireContentAsync(delivery, place, address, now, db, ct);
        var mails = await db
            .Database.SqlQuery<long>(
                $"SELECT mail_id AS \"Value\" FROM accepted_letters WHERE delivery_id = {delivery} AND customer_id = {customer.Value}"
            )
            .ToListAsync(ct);
        foreach (var mail in mails)
            await EraseMailAsync(mail, address, db, ct);
        return address;
    }

    /// <summary>The text of a mail that only erased people got is not found any more and goes soon; its links to the person go at once.</summary>
    private static async Task RetireContentAsync(
        long delivery,
        ErasedPlace place,
        string address,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var mine = await db
            .Database.SqlQuery<long>(
                $"""
                SELECT c.id AS "Value" FROM single_messages m JOIN contents c ON c.id = m.content_id
                WHERE m.delivery_id = {delivery} AND c.campaign_id IS NULL AND NOT EXISTS (
                  SELECT 1 FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id WHERE s.content_id = c.id AND d.address NOT LIKE 'hmac:%')
                """
            )
            .ToListAsync(ct);
        foreach (var content in mine)
        {
            await db.Database.ExecuteSqlAsync(
                $"UPDATE contents SET digest = NULL, retired_at = {now.ToUnixTimeMilliseconds()} WHERE id = {content} AND retired_at IS NULL",
                ct
            );
            foreach (var name in new HashSet<string>(StringComparer.Ordinal) { address, place.Key, Uri.EscapeDataString(place.Key) })
                await db.Database.ExecuteSqlAsync(
                    $"DELETE FROM content_links WHERE content_id = {content} AND url <> replace(url, {name}, '')",
                    ct
                );
        }
    }

    /// <summary>Others who got the mail saw the address in its header; a mail that nobody else got loses files and bytes.</summary>
    private static async Task EraseMailAsync(long mail, string address, EstafetteDb db, CancellationToken ct)
    {
        var others = await db
            .Database.SqlQuery<Letter>(
                $"SELECT delivery_id AS \"Delivery\", head AS \"Head\" FROM accepted_letters WHERE mail_id = {mail} AND head IS NOT NULL"
            )
            .ToListAsync(ct);
        foreach (var letter in others)
            if (LetterHead.Read(letter.Head)!.Without(address) is { } head)
                await db.Database.ExecuteSqlAsync(
                    $"UPDATE accepted_letters SET head = {head.ToJson()} WHERE delivery_id = {letter.Delivery}",
                    ct
                );
        FormattableString[] statements =
        [
            $"""
                DELETE FROM single_attachments WHERE mail_id = {mail} AND NOT EXISTS (
                  SELECT 1 FROM accepted_letters l JOIN deliveries d ON d.id = l.delivery_id WHERE l.mail_id = {mail} AND d.address NOT LIKE 'hmac:%')
                """,
            $"""
                UPDATE accepted_mails SET raw_hash = NULL WHERE id = {mail} AND NOT EXISTS (
                  SELECT 1 FROM accepted_letters l JOIN deliveries d ON d.id = l.delivery_id WHERE l.mail_id = {mail} AND d.address NOT LIKE 'hmac:%')
                """,
        ];
        foreach (var statement in statements)
            await db.Database.ExecuteSqlAsync(statement, ct);
    }
}
