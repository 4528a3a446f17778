using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>
/// Tells the owners of a campaign when it starts and ends, and its technical contacts who opted out or complained: one mail each, above
/// <see cref="MostPerHour"/> an hour one digest. A mail holds the address, the origin, the date and the campaign's name, nothing more.
/// <para>What is owed is written down in the transaction that notes the fact, and marked in the one that queues the mail.</para>
/// </summary>
internal static class ContactNotices
{
    public const int MostPerHour = 20;
    private const int Batch = 500;

    private enum Kind : short
    {
        Started = 1,
        Ended = 2,
        OptOut = 3,
        Digest = 4,
    }

    public static async Task RunAsync(
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        ILogger logger,
        CancellationToken ct
    )
    {
        await writes.RunAsync(session => NoteOwnersAsync(session, clock.GetUtcNow(), ct), ct);
        while (await writes.RunAsync(session => NoteOptOutsAsync(session, clock.GetUtcNow(), ct), ct) == Batch) { }
        while (await writes.RunAsync(session => NoteReportsAsync(session, clock.GetUtcNow(), ct), ct) == Batch) { }
        await SendAsync(db, writes, signals, clock, logger, ct);
    }

    private static async ValueTask NoteOwnersAsync(WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var due = new List<(long Id, long Customer, string Owners, Kind Kind)>();
        var command = session.Prepare(
            """
            SELECT id, customer_id, owners, CASE WHEN owners_told = 0 THEN 1 ELSE 2 END FROM campaigns
            WHERE owners IS NOT NULL AND owners <> '' AND launched_at IS NOT NULL
              AND (owners_told = 0 OR (owners_told = 1 AND finished_at IS NOT NULL)) LIMIT 100
            """
        );
        await using (var row = await command.ExecuteReaderAsync(ct))
            while (await row.ReadAsync(ct))
                due.Add(
                    (
                        row.GetInt64(0),
                        row.GetInt64(1),
                        row.GetString(2),
                        (Kind)Convert.ToInt16(row.GetValue(3), CultureInfo.InvariantCulture)
                    )
                );
        foreach (var (id, customer, owners, kind) in due)
        {
            foreach (var address in Split(owners))
                await AddAsync(session, customer, id, address, kind, null, now, now, ct);
            await session
                .Prepare("UPDATE campaigns SET owners_told = @kind WHERE id = @id")
                .Set("@kind", (short)kind)
                .Set("@id", id)
                .ExecuteNonQueryAsync(ct);
        }
    }

    private sealed record Line(string Address, short Origin, long At);

    /// <summary>Reads on in the suppressions; the number read.</summary>
    private static async ValueTask<int> NoteOptOutsAsync(WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var command = session
            .Prepare(
                """
                SELECT s.id, s.customer_id, c.id, c.tech_contacts, s.address_key, s.origin, s.created_at FROM suppressions s
                LEFT JOIN campaigns c ON c.id = s.campaign_id AND c.tech_contacts IS NOT NULL AND s.origin IN (1, 2, 3)
                WHERE s.id > (SELECT position FROM reading_positions WHERE name = 'contact-notices') ORDER BY s.id LIMIT @most
                """
            )
            .Set("@most", (long)Batch);
        return await NoteAllAsync(session, command, "contact-notices", now, ct);
    }

    /// <summary>Reads on in the reports of abuse, which are told even about people who had left before.</summary>
    private static async ValueTask<int> NoteReportsAsync(WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var command = session
            .Prepare(
                """
                SELECT r.id, r.customer_id, c.id, c.tech_contacts, coalesce(d.address_key, ''), 5, r.received_at FROM abuse_reports r
                LEFT JOIN deliveries d ON d.id = r.delivery_id
                LEFT JOIN campaigns c ON c.id = r.campaign_id AND c.tech_contacts IS NOT NULL AND d.id IS NOT NULL
                WHERE r.id > (SELECT position FROM reading_positions WHERE name = 'abuse-notices') ORDER BY r.id LIMIT @most
                """
            )
            .Set("@most", (long)Batch);
        return await NoteAllAsync(session, command, "abuse-notices", now, ct);
    }

    /// <summary>Owes the technical contacts a line for each row, and moves the position on.</summary>
    private static async ValueTask<int> NoteAllAsync(
        WriteSession session,
        DbCommand command,
        string position,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var read = new List<(long Id, long Customer, long? Campaign, string? Contacts, Line Line)>();
        await using (var row = await command.ExecuteReaderAsync(ct))
            while (await row.ReadAsync(ct))
                read.Add(
                    (
                        row.GetInt64(0),
                        row.GetInt64(1),
                        row.IsDBNull(2) ? null : row.GetInt64(2),
                        row.IsDBNull(3) ? null : row.GetString(3),
                        new Line(row.GetString(4), Convert.ToInt16(row.GetValue(5), CultureInfo.InvariantCulture), row.GetInt64(6))
                    )
                );
        if (read.Count == 0)
            return 0;
        foreach (var (_, customer, campaign, contacts, line) in read)
            if (campaign is { } id && contacts is not null)
                foreach (var address in Split(contacts))
                    await NoteAsync(session, customer, id, address, line, now, ct);
        await session
            .Prepare("UPDATE reading_positions SET position = @position WHERE name = @name")
            .Set("@name", position)
            .Set("@position", read[^1].Id)
            .ExecuteNonQueryAsync(ct);
        return read.Count;
    }

    private static async ValueTask NoteAsync(
        WriteSession session,
        long customer,
        long campaign,
        string address,
        Line line,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var recent = Convert.ToInt64(
            await session
                .Prepare(
                    "SELECT count(*) FROM contact_notices WHERE campaign_id = @campaign AND kind = 3 AND created_at > @since AND address = @address"
                )
                .Set("@campaign", campaign)
                .Set("@since", now.AddHours(-1).ToUnixTimeMilliseconds())
                .Set("@address", address)
                .ExecuteScalarAsync(ct),
            CultureInfo.InvariantCulture
        );
        if (recent < MostPerHour)
        {
            await AddAsync(session, customer, campaign, address, Kind.OptOut, [line], now, now, ct);
            return;
        }
        long? waiting = null;
        var lines = new List<Line>();
        var find = session
            .Prepare(
                "SELECT id, lines FROM contact_notices WHERE campaign_id = @campaign AND kind = 4 AND address = @address AND sent_at IS NULL"
            )
            .Set("@campaign", campaign)
            .Set("@address", address);
        await using (var row = await find.ExecuteReaderAsync(ct))
            if (await row.ReadAsync(ct))
                (waiting, lines) = (row.GetInt64(0), JsonSerializer.Deserialize<List<Line>>(row.GetString(1))!);
        lines.Add(line);
        if (waiting is { } id)
            await session
                .Prepare("UPDATE contact_notices SET lines = @lines WHERE id = @id")
                .Set("@lines", JsonSerializer.Serialize(lines))
                .Set("@id", id)
                .ExecuteNonQueryAsync(ct);
        else
            await AddAsync(session, customer, campaign, address, Kind.Digest, lines, now, now.AddHours(1), ct);
    }

    private static async ValueTask AddAsync(
        WriteSession session,
        long customer,
        long campaign,
        string address,
        Kind kind,
        List<Line>? lines,
        DateTimeOffset now,
        DateTimeOffset due,
        CancellationToken ct
    ) =>
        await session
            .Prepare(
                """
                INSERT INTO contact_notices (customer_id, campaign_id, address, kind, lines, created_at, due_at)
                VALUES (@customer, @campaign, @address, @kind, @lines, @now, @due)
                """
            )
            .Set("@customer", customer)
            .Set("@campaign", campaign)
            .Set("@address", address)
            .Set("@kind", (short)kind)
            .Set("@lines", lines is null ? null : JsonSerializer.Serialize(lines))
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@due", due.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);

    private sealed record Owed(long Id, long CustomerId, long CampaignId, string Address, short Kind, string? Lines, long CreatedAt);

    private static async Task SendAsync(
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        ILogger logger,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var owed = await db
            .Database.SqlQuery<Owed>(
                $"SELECT id AS \"Id\", customer_id AS \"CustomerId\", campaign_id AS \"CampaignId\", address AS \"Address\", kind AS \"Kind\", lines AS \"Lines\", created_at AS \"CreatedAt\" FROM contact_notices WHERE sent_at IS NULL AND due_at <= {now.ToUnixTimeMilliseconds()} ORDER BY id LIMIT 200"
            )
            .ToListAsync(ct);
        foreach (var notice in owed)
        {
            var customer = new CustomerId(notice.CustomerId);
            var campaign = new CampaignId(notice.CampaignId);
            var about = await db.Of<Campaign>(customer)
                .Where(c => c.Id == campaign)
                .Select(c => new
                {
                    c.Name,
                    c.FromEmail,
                    c.FromName,
                })
                .SingleOrDefaultAsync(ct);
            var language = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.Language).SingleAsync(ct);
            var message = new SystemMail(customer, notice.Address, Body(language))
            {
                Data = DataOf(notice, about?.Name ?? "", NoticeWords.CultureOf(language)),
                Sender = about?.FromEmail is { } from ? new MailSender(from, about.FromName) : null,
                With = async session =>
                    await session
                        .Prepare("UPDATE contact_notices SET sent_at = @now, lines = NULL WHERE id = @id AND sent_at IS NULL")
                        .Set("@now", now.ToUnixTimeMilliseconds())
                        .Set("@id", notice.Id)
                        .ExecuteNonQueryAsync(ct),
            };
            var outcome = (await SendSystemMail.RunAsync(message, db, writes, signals, clock, ct)).Outcome;
            if (outcome != SystemMailOutcome.Queued)
                Log.MailWaits(logger, 0, outcome.ToString());
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>The same for all notices; what happened stands in the values.</summary>
    private static SystemMailBody Body(string language) =>
        new(
            "{{subject}}",
            $"<!DOCTYPE html><html lang=\"{NoticeWords.CultureOf(language).TwoLetterISOLanguageName}\"><body><p>{{{{intro}}}}</p>{{{{#if lines}}}}<pre>{{{{lines}}}}</pre>{{{{/if}}}}</body></html>",
            "{{intro}}\n\n{{lines}}\n"
        );

    private static Dictionary<string, string?> DataOf(Owed notice, string campaign, CultureInfo culture)
    {
        var lines = notice.Lines is { } json ? JsonSerializer.Deserialize<List<Line>>(json)! : [];
        var word = (Kind)notice.Kind switch
        {
            Kind.Started => "contact-started",
            Kind.Ended => "contact-ended",
            _ => "contact-optout",
        };
        var at = DateTimeOffset.FromUnixTimeMilliseconds(notice.CreatedAt).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["subject"] = NoticeWords.Get(word + "-subject", culture, campaign, lines.Count.ToString(culture)),
            ["intro"] = NoticeWords.Get(word, culture, campaign, at),
            ["lines"] = string.Join('\n', lines.Select(l => Describe(l, culture))),
        };
    }

    private static string Describe(Line line, CultureInfo culture)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(line.At).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return $"{line.Address}  {NoticeWords.Get($"origin-{(SuppressionOrigin)line.Origin}".ToLowerInvariant(), culture)}  {at}";
    }

    private static string[] Split(string addresses) =>
        addresses.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
