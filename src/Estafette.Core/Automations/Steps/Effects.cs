using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;

namespace Estafette.Core.Automations.Steps;

/// <summary>Does what the steps of a batch ask for, step by step for all its people, in the transaction that moves them.</summary>
internal sealed class Effects(
    WriteSession session,
    AutomationRun run,
    IReadOnlyDictionary<(int Step, int Round), CampaignId> campaigns,
    DateTimeOffset now
)
{
    private readonly RollupCounter _figures = new();

    /// <summary>Messages made, by passage and step.</summary>
    public Dictionary<(EnrolmentId Enrolment, int Step), long> Deliveries { get; } = [];

    /// <summary>Something was queued.</summary>
    public bool Queued { get; private set; }

    /// <summary>Webhook calls were noted.</summary>
    public bool Called { get; private set; }

    public async ValueTask ApplyAsync(IEnumerable<Effect> effects, CancellationToken ct)
    {
        // In the order of the steps, so that two batches never wait for each other in a circle and a later step sees an earlier one.
        var order = run.Definition.All().Select((s, i) => (s.Step.Id, i)).ToDictionary(s => s.Id, s => s.i);
        foreach (var group in effects.GroupBy(e => e.Step.Id).OrderBy(g => order[g.Key]))
            await ApplyAsync(group.First().Step, [.. group.Select(e => e.Person)], ct);
        await _figures.WriteAsync(session, ct);
    }

    private async ValueTask ApplyAsync(StepDefinition step, IReadOnlyList<Person> people, CancellationToken ct)
    {
        switch (step.Kind)
        {
            case StepKind.Send:
                foreach (var round in people.GroupBy(p => p.Round))
                    await SendAsync(step, campaigns[(step.Id, round.Key)], [.. round], ct);
                break;
            case StepKind.AddToList:
                await OnList(session.Statement("Automations/add-to-list"), step, people)
                    .Set("@now", Milliseconds)
                    .Set("@operator", run.Automation.Name)
                    .ExecuteNonQueryAsync(ct);
                break;
            case StepKind.RemoveFromList:
                await OnList(session.Prepare(BulkSql.KeepConsents(session.Store.Kind)), step, people).ExecuteNonQueryAsync(ct);
                await OnList(session.Statement("Automations/remove-from-list"), step, people).ExecuteNonQueryAsync(ct);
                break;
            case StepKind.SetAttribute:
                await session
                    .Statement("Automations/set-attribute")
                    .Set("@ids", Ids(people))
                    .Set("@customer", run.Customer.Value)
                    .Set("@path", AttributePath(session.Store.Kind, step.Attribute!))
                    .Set("@value", step.Value ?? "")
                    .Set("@now", Milliseconds)
                    .ExecuteNonQueryAsync(ct);
                break;
            case StepKind.Webhook:
                await CallAsync(step, people, ct);
                break;
        }
    }

    private long Milliseconds => now.ToUnixTimeMilliseconds();

    private object Ids(IReadOnlyList<Person> people) => ClaimDeliveries.IdList(session.Store.Kind, people.Select(p => p.Contact.Value));

    /// <summary>How a statement names an attribute: a JSON path on SQLite, the name itself on PostgreSQL.</summary>
    internal static string AttributePath(DatabaseKind kind, string attribute) =>
        kind == DatabaseKind.Sqlite ? $"$.\"{attribute.Replace("\"", "", StringComparison.Ordinal)}\"" : attribute;

    private DbCommand OnList(DbCommand command, StepDefinition step, IReadOnlyList<Person> people) =>
        command.Set("@ids", Ids(people)).Set("@customer", run.Customer.Value).Set("@list", step.List ?? 0);

    private async ValueTask SendAsync(StepDefinition step, CampaignId campaign, IReadOnlyList<Person> people, CancellationToken ct)
    {
        var byContact = people.ToDictionary(p => p.Contact.Value);
        var level = await TrackingOfAsync(campaign, ct);
        var (granted, unknown, refused) = CampaignExpander.TrackingByConsent(level, run.Profile);
        var pending = new List<long>();
        var suppressed = 0;
        var insert = session
            .Statement("Automations/insert-deliveries")
            .Set("@campaign", campaign.Value)
            .Set("@customer", run.Customer.Value)
            .Set("@channel", (short)Channel.Email)
            .Set("@ids", Ids(people))
            .Set("@now", Milliseconds)
            .Set("@granted", granted)
            .Set("@unknown", unknown)
            .Set("@refused", refused);
        await using (var reader = await insert.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
            {
                Deliveries[(byContact[reader.GetInt64(1)].Enrolment, step.Id)] = reader.GetInt64(0);
                if (reader.GetInt16(2) == 0)
                    pending.Add(reader.GetInt64(0));
                else
                    suppressed++;
            }
        await QueueAsync(campaign, pending, suppressed, ct);
    }

    private async ValueTask QueueAsync(CampaignId campaign, List<long> pending, int suppressed, CancellationToken ct)
    {
        if (pending.Count > 0)
            await session
                .Statement("Automations/queue-deliveries")
                .Set("@campaign", campaign.Value)
                .Set("@customer", run.Customer.Value)
                .Set("@ids", ClaimDeliveries.IdList(session.Store.Kind, pending))
                .Set("@now", Milliseconds)
                .ExecuteNonQueryAsync(ct);
        Queued |= pending.Count > 0;
        var made = pending.Count + suppressed;
        _figures.Add(run.Customer, campaign, Metric.Audience, now, count: made);
        _figures.Add(run.Customer, campaign, Metric.Suppressed, now, count: suppressed);
        if (made > 0)
            await session
                .Statement("Automations/grow-audience")
                .Set("@campaign", campaign.Value)
                .Set("@count", (long)made)
                .ExecuteNonQueryAsync(ct);
    }

    private async ValueTask<TrackingLevel> TrackingOfAsync(CampaignId campaign, CancellationToken ct) =>
        (TrackingLevel)
            Convert.ToInt16(
                await session.Statement("Automations/campaign-tracking").Set("@campaign", campaign.Value).ExecuteScalarAsync(ct),
                CultureInfo.InvariantCulture
            );

    private async ValueTask CallAsync(StepDefinition step, IReadOnlyList<Person> people, CancellationToken ct)
    {
        foreach (var person in people)
            await session
                .Statement("Automations/insert-call")
                .Set("@customer", run.Customer.Value)
                .Set("@automation", run.Id.Value)
                .Set("@enrolment", person.Enrolment.Value)
                .Set("@step", step.Id)
                .Set("@url", step.Url)
                .Set("@payload", Payload(step, person))
                .Set("@now", Milliseconds)
                .ExecuteNonQueryAsync(ct);
        Called = true;
    }

    private string Payload(StepDefinition step, Person person) =>
        JsonSerializer.Serialize(
            new
            {
                @event = "automation.step",
                automation = new { id = run.Id.Value, name = run.Automation.Name },
                step = step.Id,
                at = now.UtcDateTime,
                contact = new
                {
                    id = person.Contact.Value,
                    email = person.Email,
                    first_name = person.FirstName,
                    last_name = person.LastName,
                    phone = person.Phone,
                    language = person.Language,
                    attributes = person.Attributes,
                },
            }
        );
}
