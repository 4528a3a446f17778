using System.Data.Common;
using System.Globalization;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;

namespace Estafette.Core.Automations.Steps;

/// <summary>Takes the people whose time has come and reads what their steps may ask, in the transaction that will move them.</summary>
internal static class Batch
{
    public static async ValueTask<List<Person>> ClaimAsync(
        WriteSession session,
        AutomationRun run,
        int count,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var people = new List<Person>();
        var claim = session
            .Statement("Automations/claim-people")
            .Set("@automation", run.Id.Value)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@count", count);
        await using (var reader = await claim.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                people.Add(Read(reader));
        if (people.Count > 0)
            await FillAsync(session, run, people, ct);
        return people;
    }

    /// <summary>Whether the automation still runs the version that was loaded.</summary>
    public static async ValueTask<bool> IsCurrentAsync(WriteSession session, AutomationRun run, CancellationToken ct) =>
        await session.Statement("Automations/running-automation").Set("@automation", run.Id.Value).ExecuteScalarAsync(ct) is { } version
        && Convert.ToInt32(version, CultureInfo.InvariantCulture) == run.Automation.Version;

    private static Person Read(DbDataReader reader) =>
        new()
        {
            Enrolment = new(reader.GetInt64(0)),
            Contact = new(reader.GetInt64(1)),
            Round = reader.GetInt32(2),
            Step = reader.GetInt32(3),
            IsWaiting = reader.GetBoolean(4),
            DueAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            EnteredAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)),
            Exists = !reader.IsDBNull(7),
            Email = Text(reader, 8),
            FirstName = Text(reader, 9),
            LastName = Text(reader, 10),
            Phone = Text(reader, 11),
            Language = Text(reader, 12),
            AttributesJson = Text(reader, 13),
        };

    /// <summary>Reads lists, segments, opens and clicks of people already known.</summary>
    public static async ValueTask FillAsync(WriteSession session, AutomationRun run, IReadOnlyList<Person> people, CancellationToken ct)
    {
        var byContact = people.GroupBy(p => p.Contact.Value).ToDictionary(g => g.Key, g => g.ToList());
        var kind = session.Store.Kind;
        var lists = session
            .Statement("Automations/read-lists")
            .Set("@ids", ClaimDeliveries.IdList(kind, byContact.Keys))
            .Set("@customer", run.Customer.Value);
        await using (var reader = await lists.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                foreach (var person in byContact[reader.GetInt64(0)])
                    person.Lists.Add(reader.GetInt64(1));
        await AskedSegments.FillAsync(session, run.Customer, run.Segments, people, ct);
        var byEnrolment = people.Where(p => p.Enrolment.Value > 0).ToDictionary(p => p.Enrolment.Value);
        if (byEnrolment.Count == 0)
            return;
        var engagement = session.Statement("Automations/read-engagement").Set("@ids", ClaimDeliveries.IdList(kind, byEnrolment.Keys));
        await using var events = await engagement.ExecuteReaderAsync(ct);
        while (await events.ReadAsync(ct))
        {
            var person = byEnrolment[events.GetInt64(0)];
            if (events.GetInt32(2) == 1)
                person.Opened.Add(events.GetInt32(1));
            if (events.GetInt32(3) == 1)
                person.Clicked.Add(events.GetInt32(1));
        }
    }

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
