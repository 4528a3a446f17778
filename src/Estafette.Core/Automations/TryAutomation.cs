using Estafette.Core.Accounts;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>One thing that would happen in a trial.</summary>
/// <param name="Step">The step.</param>
/// <param name="At">When.</param>
/// <param name="Until">A wait begins that ends then.</param>
/// <param name="Outcome">How the step is passed; null for the beginning of a wait.</param>
public sealed record TrialEvent(StepDefinition Step, DateTimeOffset At, DateTimeOffset? Until, PassOutcome? Outcome);

/// <summary>What a trial would come to.</summary>
public sealed record Trial(IReadOnlyList<TrialEvent> Events, bool Finishes, ExitReason Reason, DateTimeOffset EndsAt);

/// <summary>
/// Goes through the draft with one contact and the same machine as the real run, jumping from wait to wait. Nothing is sent or changed.
/// What the future alone can answer is taken as the caller says.
/// </summary>
public static class TryAutomation
{
    /// <param name="customer">The owner.</param>
    /// <param name="id">The automation.</param>
    /// <param name="contact">Address of the contact.</param>
    /// <param name="opens">Take every message as opened and clicked.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>Null when automation or contact is not there.</returns>
    public static async Task<Trial?> RunAsync(
        CustomerId customer,
        AutomationId id,
        string contact,
        bool opens,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var key = contact.Trim().ToLowerInvariant();
        var automation = await db.Of<Automation>(customer).AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct);
        var found = await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.ContactKey == key, ct);
        if (automation is null || found is null)
            return null;
        var draft = automation.ReadDraft();
        var now = clock.GetUtcNow();
        var person = new Person
        {
            Enrolment = default,
            Contact = found.Id,
            Round = 0,
            EnteredAt = now,
            Step = draft.First(),
            DueAt = now,
            Email = found.Email,
            FirstName = found.FirstName,
            LastName = found.LastName,
            Phone = found.Phone,
            Language = found.Language,
            AttributesJson = found.Attributes,
        };
        var lists = db.Of<Subscription>(customer).Where(s => s.ContactId == found.Id && s.Status == SubscriptionStatus.Confirmed);
        person.Lists.UnionWith((await lists.Select(s => s.ListId).ToListAsync(ct)).Select(l => l.Value));
        foreach (var segment in await AskedSegments.CompileAsync(customer, draft, db, clock, ct))
            if (await IsInAsync(segment, customer, found.Id, db, ct))
                person.Segments.Add(segment.Id);
        if (opens)
            foreach (var send in draft.All().Select(s => s.Step).Where(s => s.Kind == StepKind.Send))
                person.Clicked.Add(send.Id);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        return Go(draft, person, now, TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone));
    }

    private static Task<bool> IsInAsync(
        AskedSegment segment,
        CustomerId customer,
        ContactId contact,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        LimitedQuery.RunAsync(
            db,
            CountSegment.Limit,
            async (command, stop) =>
            {
                command.CommandText =
                    $"SELECT c.id FROM contacts c WHERE c.customer_id = @whose AND c.id = @contact AND {segment.Predicate.Text}";
                segment.Predicate.AddTo(command).Set("@whose", customer.Value).Set("@contact", contact.Value);
                return await command.ExecuteScalarAsync(stop) is not null;
            },
            ct
        );

    internal static Trial Go(AutomationDefinition definition, Person person, DateTimeOffset now, TimeZoneInfo zone)
    {
        var events = new List<TrialEvent>();
        while (true)
        {
            var walk = StepMachine.Run(definition, person, now, zone);
            events.AddRange(
                walk.Passed.Where(p => p.Step.Kind != StepKind.Wait).Select(p => new TrialEvent(p.Step, p.At, null, p.Outcome))
            );
            if (walk.End != WalkEnd.Waits)
                return new Trial(events, walk.End == WalkEnd.Finished, walk.Reason, now);
            if (person.IsWaiting)
                events.Add(new TrialEvent(definition.Find(person.Step)!, now, person.DueAt, null));
            now = person.DueAt;
        }
    }
}
