using Estafette.Core.Accounts;
using Estafette.Core.Automations.Entry;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>Somebody inside an automation, or who was.</summary>
public sealed record PersonRow(
    EnrolmentId Id,
    ContactId Contact,
    string? Email,
    string? FirstName,
    string? LastName,
    int Round,
    EnrolmentStatus Status,
    ExitReason ExitReason,
    int StepId,
    bool IsWaiting,
    DateTimeOffset DueAt,
    DateTimeOffset EnteredAt,
    DateTimeOffset? EndedAt
);

/// <summary>Which people to show.</summary>
/// <param name="Step">Only those at this step.</param>
/// <param name="Status">Only those who are inside, through or gone.</param>
/// <param name="Search">Beginning of the address.</param>
/// <param name="Before">Those who entered before this one.</param>
public sealed record PeopleFilter(int? Step = null, EnrolmentStatus? Status = null, string? Search = null, EnrolmentId? Before = null);

/// <summary>People of an automation, who entered last first.</summary>
public static class ListPeople
{
    public static Task<List<PersonRow>> RunAsync(
        CustomerId customer,
        AutomationId automation,
        PeopleFilter filter,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var search = filter.Search?.Trim().ToLowerInvariant() is { Length: > 0 } text ? text : null;
        // The plus keeps SQLite from walking everybody in the automation: those who are found are looked up instead.
        var people = (
            search is null
                ? db.Of<Enrolment>(customer).Where(e => e.AutomationId == automation)
                : db.Set<Enrolment>()
                    .FromSqlInterpolated(
                        $"SELECT * FROM automation_enrolments WHERE customer_id = {customer.Value} AND +automation_id = {automation.Value}"
                    )
        ).AsNoTracking();
        if (filter.Step is { } step)
            people = people.Where(e => e.StepId == step && e.Status == EnrolmentStatus.Active);
        if (filter.Status is { } status)
            people = people.Where(e => e.Status == status);
        if (filter.Before is { } before)
            people = people.Where(e => e.Id < before);
        var contacts = db.Of<Contact>(customer);
        if (search is not null)
        {
            var end = ContactSearch.Behind(search);
#pragma warning disable CA1309 // Translated into a comparison of the database, which knows its own order.
            var found = contacts.Where(c => string.Compare(c.ContactKey, search) >= 0 && string.Compare(c.ContactKey, end) < 0);
#pragma warning restore CA1309
            people = people.Where(e => found.Select(c => c.Id).Contains(e.ContactId));
        }
        return (
            from person in people.OrderByDescending(e => e.Id).Take(count)
            join contact in contacts on person.ContactId equals contact.Id into known
            from contact in known.DefaultIfEmpty()
            orderby person.Id descending
            select new PersonRow(
                person.Id,
                person.ContactId,
                contact!.Email,
                contact.FirstName,
                contact.LastName,
                person.Round,
                person.Status,
                person.ExitReason,
                person.StepId,
                person.IsWaiting,
                person.DueAt,
                person.EnteredAt,
                person.EndedAt
            )
        ).ToListAsync(ct);
    }
}

/// <summary>Takes somebody out. What was sent was sent; nothing more follows.</summary>
public static class RemovePerson
{
    public static async Task<bool> RunAsync(
        Actor actor,
        AutomationId automation,
        EnrolmentId id,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!await db.Of<Enrolment>(actor.Customer).AnyAsync(e => e.Id == id && e.AutomationId == automation, ct))
            return false;
        var now = clock.GetUtcNow();
        var left = await writes.RunAsync(
            async session =>
            {
                var changed = await session
                    .Statement("Automations/remove-person")
                    .Set("@id", id.Value)
                    .Set("@automation", automation.Value)
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(ct);
                var counts = new PassCounter();
                counts.Add(0, (short)((short)PassOutcome.Left + (short)ExitReason.Removed), changed);
                await counts.WriteAsync(session, automation, ct);
                return changed;
            },
            ct
        );
        if (left > 0)
            await AuditLog.WriteAsync(actor, "automation.person_removed", $"automation {automation}, enrolment {id}", db, clock, ct);
        return left > 0;
    }
}

/// <summary>Lets contacts enter by hand.</summary>
public static class EnrolPeople
{
    public const int MaxAddresses = 1000;

    /// <summary>What became of those named.</summary>
    /// <param name="Entered">Entered now.</param>
    /// <param name="Refused">Inside already, or the rule against entering again keeps them out.</param>
    /// <param name="Unknown">Addresses no contact has.</param>
    public sealed record Result(int Entered, int Refused, IReadOnlyList<string> Unknown);

    /// <returns>Null when the automation is not there or does not run.</returns>
    public static async Task<Result?> RunAsync(
        Actor actor,
        AutomationId id,
        IReadOnlyCollection<string> addresses,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await RunningAsync(actor.Customer, id, db, ct) is not { } run)
            return null;
        var keys = addresses.Select(a => a.Trim().ToLowerInvariant()).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var known = await db.Of<Contact>(actor.Customer)
            .Where(c => keys.Contains(c.ContactKey))
            .Select(c => new { c.Id, c.ContactKey })
            .ToListAsync(ct);
        var now = clock.GetUtcNow();
        var key = EnterPeople.KeyOf(run, now);
        var candidates = known.Select(c => new Candidate(c.Id.Value, key)).ToList();
        var entered = candidates.Count == 0 ? 0 : await EnterPeople.RunAsync(run, candidates, writes, now, ct) ?? 0;
        await TellAsync(actor, id, entered, db, signals, clock, ct);
        return new Result(entered, known.Count - entered, keys.Except(known.Select(k => k.ContactKey), StringComparer.Ordinal).ToList());
    }

    /// <summary>Everybody confirmed in a list.</summary>
    /// <returns>How many entered; null when automation or list is not there or it does not run.</returns>
    public static async Task<int?> RunAsync(
        Actor actor,
        AutomationId id,
        ListId list,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await RunningAsync(actor.Customer, id, db, ct) is not { } run)
            return null;
        if (!await db.Of<ContactList>(actor.Customer).AnyAsync(l => l.Id == list, ct))
            return null;
        var (entered, after) = (0, 0L);
        var key = EnterPeople.KeyOf(run, clock.GetUtcNow());
        while (true)
        {
            var from = new ContactId(after);
            var some = await db
                .Database.SqlQuery<long>(
                    $"SELECT contact_id AS \"Value\" FROM subscriptions WHERE list_id = {list.Value} AND status = 1 AND contact_id > {from.Value} ORDER BY contact_id LIMIT {EnterPeople.BatchSize}"
                )
                .ToListAsync(ct);
            if (some.Count == 0)
                break;
            after = some[^1];
            var candidates = some.ConvertAll(c => new Candidate(c, key));
            if (await EnterPeople.RunAsync(run, candidates, writes, clock.GetUtcNow(), ct) is not { } more)
                break;
            entered += more;
        }
        await TellAsync(actor, id, entered, db, signals, clock, ct);
        return entered;
    }

    private static async Task<AutomationRun?> RunningAsync(CustomerId customer, AutomationId id, EstafetteDb db, CancellationToken ct) =>
        await db.Of<Automation>(customer).AnyAsync(a => a.Id == id, ct) ? await AutomationRun.LoadAsync(id, db, ct) : null;

    private static async Task TellAsync(
        Actor actor,
        AutomationId id,
        int entered,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await AuditLog.WriteAsync(actor, "automation.enrolled", $"automation {id}, {entered} contacts", db, clock, ct);
        signals.Ring(Signal.AutomationChanged);
    }
}
