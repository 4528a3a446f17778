using System.Data.Common;
using System.Globalization;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;

namespace Estafette.Core.Delivery;

/// <summary>A queue row held by a lane, with what is known of its recipient.</summary>
internal sealed class ClaimedDelivery
{
    public required DeliveryId Id { get; init; }
    public required long DueAt { get; init; }

    /// <summary>Attempts made before this one.</summary>
    public required int Attempts { get; init; }
    public required DateTimeOffset? FirstAttemptAt { get; init; }
    public required IReadOnlyList<ServerId> Tried { get; init; }

    /// <summary>Only this server may try it.</summary>
    public ServerId? Pin { get; init; }
    public string Address { get; set; } = "";
    public string AddressKey { get; set; } = "";
    public DeliveryTracking Tracking { get; set; }
    public ContactId? Contact { get; set; }
    public RecipientFields Fields { get; set; } = RecipientFields.None;
    public SuppressionReason? Suppressed { get; set; }

    /// <summary>An earlier attempt left and its answer was never read.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>No earlier attempt got further than rendering.</summary>
    public bool IsFirst { get; set; }

    /// <summary>Number of its variant in an A/B test; 0 outside the test group.</summary>
    public int Variant { get; set; }

    /// <summary>Set for a message outside a campaign.</summary>
    public SingleMessage? Single { get; set; }

    /// <summary>What the header fields of this message say besides; null: nothing.</summary>
    public Accept.LetterHead? Head { get; set; }
    public bool IsLoaded { get; set; }
}

/// <summary>The contact's fields that a message may merge.</summary>
internal sealed record RecipientFields(
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    string? Attributes
)
{
    public static readonly RecipientFields None = new(null, null, null, null, null, null);
}

/// <summary>What a message outside a campaign says and who sends it.</summary>
/// <param name="FilesOf">The accepted mail whose files travel with it.</param>
/// <param name="Raw">Hash of the message that was handed over whole.</param>
internal sealed record SingleMessage(
    ContentId Content,
    string FromEmail,
    string? FromName,
    string? ReplyTo,
    string? SubjectPrefix,
    CampaignId? TestOf,
    SingleMessageKind Kind,
    long? FilesOf = null,
    string? Raw = null
);

/// <summary>Why a message outside a campaign is sent.</summary>
internal enum SingleMessageKind : short
{
    /// <summary>A campaign as it is now, to a colleague: links inert.</summary>
    Test = 1,

    /// <summary>A message the product itself sends because the recipient did something or asked for it: confirmations, invitations, notices.</summary>
    System = 2,

    /// <summary>A message a customer's program asked for, to one person: an opt-out does not hold it back (ADR 0029).</summary>
    Transactional = 3,

    /// <summary>The same, but its category says that it advertises: an opt-out holds it back.</summary>
    Marketing = 4,

    /// <summary>A message that was handed over whole and goes out as it is.</summary>
    Submitted = 5,
}

/// <summary>A request of a lane for work.</summary>
/// <param name="Campaign">Null: messages outside a campaign.</param>
/// <param name="OnlyTried">Only rows that another server refused already (used for servers of a lower priority).</param>
internal sealed record ClaimRequest(OwnedLane Lane, CampaignId? Campaign, int Count, bool OnlyTried, IReadOnlyList<DailyCap> Caps);

/// <summary>What a claim took.</summary>
/// <param name="MaximumReached">A daily maximum leaves nothing today.</param>
internal sealed record ClaimedBatch(IReadOnlyList<ClaimedDelivery> Rows, bool MaximumReached);

/// <summary>A daily maximum that a claim uses up.</summary>
/// <param name="Campaign">Null: the server's own maximum.</param>
/// <param name="Day">Civil day of the customer, as yyyyMMdd.</param>
internal sealed record DailyCap(ServerId Server, CampaignId? Campaign, int Day, int Maximum);

/// <summary>
/// Takes due rows out of the queue for one lane and reads what rendering needs.
/// <para>Steps: take the daily maximums, claim, give back what was not used: one transaction, so that a maximum is never passed and
/// a crash never loses part of it. Then one read joins contact and suppression; a row without ledger entry is impossible and ignored.</para>
/// <para>Crash at any line: the claim carries lane and epoch; recovery finds it and either gives it back or, when the journal
/// shows a start, resolves it.</para>
/// </summary>
internal static class ClaimDeliveries
{
    public static async Task<ClaimedBatch> RunAsync(
        ClaimRequest request,
        Store store,
        WriteQueue writes,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (rows, maximumReached) = await writes.RunAsync(session => ClaimAsync(session, request, now, ct), ct);
        if (rows.Count == 0)
            return new ClaimedBatch(rows, maximumReached);
        try
        {
            await LoadAsync(store, rows, ct);
        }
        catch
        {
            await GiveBackAsync(rows.Select(r => r.Id.Value).ToList(), writes);
            throw;
        }
        return new ClaimedBatch(rows, maximumReached);
    }

    /// <summary>Gives claimed rows back that no lane took over; their daily maximums stay used.</summary>
    internal static Task GiveBackAsync(IReadOnlyCollection<long> ids, WriteQueue writes) =>
        writes.RunAsync(
            async session =>
                await session
                    .Statement("Delivery/give-back-claims")
                    .Set("@ids", IdList(session.Store.Kind, ids))
                    .ExecuteNonQueryAsync(CancellationToken.None),
            CancellationToken.None
        );

    private static async ValueTask<(List<ClaimedDelivery> Rows, bool MaximumReached)> ClaimAsync(
        WriteSession session,
        ClaimRequest request,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var allowed = request.Count;
        var taken = new List<(DailyCap Cap, int Count)>();
        foreach (var cap in request.Caps)
        {
            allowed = await TakeAsync(session, request, cap, allowed, ct);
            taken.Add((cap, allowed));
        }
        var rows = allowed > 0 ? await ClaimRowsAsync(session, request, allowed, now, ct) : [];
        foreach (var (cap, count) in taken.Where(t => t.Count > rows.Count))
            await ReturnAsync(session, cap, count - rows.Count, ct);
        return (rows, allowed == 0);
    }

    private static async ValueTask<int> TakeAsync(
        WriteSession session,
        ClaimRequest request,
        DailyCap cap,
        int wanted,
        CancellationToken ct
    )
    {
        var granted = Convert.ToInt64(
            await session
                .Statement("Delivery/take-budget")
                .Set("@server", cap.Server.Value)
                .Set("@campaign", cap.Campaign?.Value ?? 0L)
                .Set("@day", cap.Day)
                .Set("@customer", request.Lane.Customer.Value)
                .Set("@count", (long)wanted)
                .ExecuteScalarAsync(ct),
            CultureInfo.InvariantCulture
        );
        var excess = (int)Math.Clamp(granted - cap.Maximum, 0, wanted);
        if (excess > 0)
            await ReturnAsync(session, cap, excess, ct);
        return wanted - excess;
    }

    internal static async ValueTask ReturnAsync(WriteSession session, DailyCap cap, int count, CancellationToken ct) =>
        await session
            .Statement("Delivery/return-budget")
            .Set("@server", cap.Server.Value)
            .Set("@campaign", cap.Campaign?.Value ?? 0L)
            .Set("@day", cap.Day)
            .Set("@count", (long)count)
            .ExecuteNonQueryAsync(ct);

    private static async ValueTask<List<ClaimedDelivery>> ClaimRowsAsync(
        WriteSession session,
        ClaimRequest request,
        int count,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var command = session
            .Statement("Delivery/claim-deliveries")
            .Set("@lane", request.Lane.Lane.Value)
            .Set("@epoch", request.Lane.Epoch)
            .Set("@campaign", request.Campaign?.Value ?? 0L)
            .Set("@customer", request.Lane.Customer.Value)
            .Set("@server", request.Lane.Server.Value)
            .Set("@server_tag", $",{request.Lane.Server},")
            .Set("@only_tried", request.OnlyTried ? 1 : 0)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@count", count);
        var rows = new List<ClaimedDelivery>(count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(
                new ClaimedDelivery
                {
                    Id = new(reader.GetInt64(0)),
                    DueAt = reader.GetInt64(1),
                    Attempts = reader.GetInt32(2),
                    FirstAttemptAt = reader.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
                    Tried = reader.IsDBNull(4) ? [] : ParseTried(reader.GetString(4)),
                    Pin = reader.IsDBNull(5) ? null : new ServerId(reader.GetInt64(5)),
                }
            );
        return rows;
    }

    /// <summary>What is known of the recipient of one delivery, claimed or not; null when there is no such delivery.</summary>
    internal static async Task<ClaimedDelivery?> LoadOneAsync(Store store, DeliveryId id, CancellationToken ct)
    {
        List<ClaimedDelivery> rows =
        [
            new()
            {
                Id = id,
                DueAt = 0,
                Attempts = 0,
                FirstAttemptAt = null,
                Tried = [],
            },
        ];
        await LoadAsync(store, rows, ct);
        return rows.SingleOrDefault();
    }

    private static async Task LoadAsync(Store store, List<ClaimedDelivery> rows, CancellationToken ct)
    {
        var byId = rows.ToDictionary(r => r.Id.Value);
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/load-claimed");
        command.Set("@ids", IdList(store.Kind, byId.Keys));
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            Fill(byId[reader.GetInt64(0)], reader);
        rows.RemoveAll(r => !r.IsLoaded);
        rows.Sort((a, b) => a.Id.Value.CompareTo(b.Id.Value));
    }

    /// <summary>A set of keys as one parameter: JSON for SQLite, an array for PostgreSQL.</summary>
    internal static object IdList(DatabaseKind kind, IEnumerable<long> ids)
    {
        if (kind == DatabaseKind.PostgreSql)
            return ids.ToArray();
        var json = new StringBuilder("[");
        foreach (var id in ids)
            json.Append(json.Length > 1 ? "," : "").Append(id);
        return json.Append(']').ToString();
    }

    private static void Fill(ClaimedDelivery row, DbDataReader reader)
    {
        row.Address = reader.GetString(1);
        row.AddressKey = reader.GetString(17);
        row.IsInDoubt = (DeliveryStatus)reader.GetInt16(18) == DeliveryStatus.InDoubt;
        row.IsFirst = reader.GetInt32(19) == 1;
        row.Tracking = (DeliveryTracking)reader.GetInt16(2);
        row.Variant = reader.GetInt32(21);
        row.Contact = reader.IsDBNull(3) ? null : new ContactId(reader.GetInt64(3));
        row.Fields = new RecipientFields(
            Text(reader, 4),
            Text(reader, 5),
            Text(reader, 6),
            Text(reader, 7),
            Text(reader, 8),
            Text(reader, 9)
        );
        row.Suppressed = reader.IsDBNull(10) ? null : (SuppressionReason)reader.GetInt16(10);
        if (!reader.IsDBNull(11))
            row.Single = new SingleMessage(
                new(reader.GetInt64(11)),
                reader.GetString(12),
                Text(reader, 13),
                Text(reader, 14),
                Text(reader, 15),
                reader.IsDBNull(16) ? null : new CampaignId(reader.GetInt64(16)),
                (SingleMessageKind)reader.GetInt16(20),
                reader.IsDBNull(23) ? null : reader.GetInt64(23),
                Text(reader, 24)
            );
        row.Head = Accept.LetterHead.Read(Text(reader, 22));
        row.IsLoaded = true;
    }

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    internal static IReadOnlyList<ServerId> ParseTried(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => ServerId.Parse(id, CultureInfo.InvariantCulture)).ToList();

    internal static string? FormatTried(IReadOnlyList<ServerId>? tried) => tried is { Count: > 0 } ? $",{string.Join(',', tried)}," : null;
}
