using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Automations.Entry;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Testing.Campaigns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Automations;

/// <summary>Tests of automations: a customer with a server and a sender, automations built step by step, passes of the runner by hand.</summary>
public abstract class AutomationTests(DatabaseKind kind) : DatabaseTests(kind)
{
    protected Actor Actor => new(App.Customer, "test");

    protected TimeProvider Clock => App.Get<TimeProvider>();

    private protected CampaignScenario Scenario => new(App);

    protected Signals Signals => App.Get<Signals>();

    /// <summary>Creates an empty automation.</summary>
    protected async Task<AutomationId> CreateAsync(string name = "Bienvenue")
    {
        await using var db = App.OpenDb();
        return await CreateAutomation.RunAsync(Actor, name, Recipe.Empty, db, App.Get<Secrets>(), Clock, Token);
    }

    /// <summary>Adds a step at the end of a line and gives it its fields.</summary>
    protected async Task<int> AddAsync(
        AutomationId id,
        StepKind kind,
        Func<StepDefinition, StepDefinition>? change = null,
        StepPlace? place = null
    )
    {
        await using var db = App.OpenDb();
        var step = (await EditAutomation.AddStepAsync(Actor, id, kind, place ?? new StepPlace(0, true, 100), db, Clock, Token))!.Value;
        if (kind == StepKind.Send)
            (
                await EditAutomation.SaveMessageAsync(
                    Actor,
                    id,
                    step,
                    new CampaignEdit
                    {
                        FromEmail = "lettre@example.test",
                        Subject = $"Message {step}",
                        Html = $"<p>Bonjour {{{{first_name}}}}, message {step}. <a href=\"https://example.test/{step}\">Lire</a></p>",
                    },
                    db,
                    Clock,
                    Token
                )
            ).ShouldBe(CampaignOutcome.Done.Instance);
        if (change is not null)
            await EditAsync(id, draft => draft.Replace(change(draft.Find(step)!)));
        return step;
    }

    /// <summary>A wait of so many days.</summary>
    protected Task<int> AddWaitAsync(AutomationId id, int days, StepPlace? place = null) =>
        AddAsync(id, StepKind.Wait, s => s with { Amount = days, Unit = WaitUnit.Days }, place);

    protected async Task EditAsync(AutomationId id, Func<AutomationDefinition, AutomationDefinition> change)
    {
        await using var db = App.OpenDb();
        (await EditAutomation.RunAsync(Actor, id, change, db, Clock, Token)).ShouldBe(AutomationOutcome.Done.Instance);
    }

    protected Task TriggerAsync(AutomationId id, TriggerDefinition trigger) => EditAsync(id, draft => draft with { Trigger = trigger });

    protected async Task PublishAsync(AutomationId id)
    {
        await using var db = App.OpenDb();
        var outcome = await PublishAutomation.RunAsync(Actor, id, db, Signals, Clock, Token);
        if (outcome is AutomationOutcome.Invalid invalid)
            throw new InvalidOperationException(string.Join(' ', invalid.Problems.Select(p => $"{p.Step} {p.Message}")));
        outcome.ShouldBe(AutomationOutcome.Done.Instance);
    }

    /// <summary>A published welcome series: message, two days, message.</summary>
    protected async Task<(AutomationId Id, ListId List)> WelcomeAsync()
    {
        await Scenario.AddSmtpAsync("s", 1);
        var list = await App.AddListAsync("Abonnés");
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = list.Value });
        await AddAsync(id, StepKind.Send);
        await AddWaitAsync(id, 2);
        await AddAsync(id, StepKind.Send);
        await PublishAsync(id);
        return (id, list);
    }

    /// <summary>Somebody subscribes by a form.</summary>
    protected async Task<ContactId> SubscribeAsync(ListId list, string email, SubscriptionSource source = SubscriptionSource.Form)
    {
        await using var db = App.OpenDb();
        var contact =
            await db.Of<Contact>(App.Customer).Where(c => c.ContactKey == email).Select(c => (ContactId?)c.Id).SingleOrDefaultAsync(Token)
            ?? await App.AddContactAsync(email);
        (
            await SubscribeContact.RunAsync(
                App.Customer,
                (list, contact),
                SubscriptionStatus.Confirmed,
                new ConsentProof(source, "Je m'abonne"),
                db,
                Clock,
                Token
            )
        ).IsDone.ShouldBeTrue();
        return contact;
    }

    /// <summary>Passes of the runner until nothing more happens.</summary>
    protected async Task RunAsync()
    {
        var runner = Runner();
        while (await runner.RunOnceAsync(Token) > 0) { }
    }

    private protected AutomationRunner Runner() => App.Services.GetServices<IHostedService>().OfType<AutomationRunner>().Single();

    private protected AdvanceAutomations Advance => App.Get<AdvanceAutomations>();

    private protected FindEntries Entries => App.Get<FindEntries>();

    /// <summary>Time passes, then the runner works.</summary>
    protected async Task LaterAsync(TimeSpan by)
    {
        App.Clock.Advance(by);
        await RunAsync();
    }

    /// <summary>Deliveries by subject of the campaign and address.</summary>
    protected async Task<List<string>> MessagesAsync()
    {
        await using var db = App.OpenDb();
        return await (
            from delivery in db.Of<Core.Delivery.DeliveryRecord>(App.Customer)
            join campaign in db.Of<Campaign>(App.Customer) on delivery.CampaignId equals campaign.Id
            orderby delivery.Id
            select campaign.Subject + " > " + delivery.Address
        ).ToListAsync(Token);
    }

    protected async Task<AutomationView> ShowAsync(AutomationId id)
    {
        await using var db = App.OpenDb();
        return (await ShowAutomation.RunAsync(App.Customer, id, db, Token))!;
    }

    protected async Task<List<PersonRow>> PeopleAsync(AutomationId id, PeopleFilter? filter = null)
    {
        await using var db = App.OpenDb();
        return await ListPeople.RunAsync(App.Customer, id, filter ?? new PeopleFilter(), 100, db, Token);
    }
}
