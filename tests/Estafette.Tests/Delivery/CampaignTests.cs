using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Campaigns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Delivery;

/// <summary>Tests that launch campaigns and run the delivery engine in steps of their own.</summary>
public abstract class CampaignTests(DatabaseKind kind) : DatabaseTests(kind)
{
    internal const string Html = "<p>Bonjour {{first_name}}, <a href=\"https://shop.example/a?b=1\">voir</a></p>";

    /// <summary>Servers are on loopback, on ports of their own.</summary>
    protected override TestSetup Setup =>
        new() { Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Network:AllowPrivateAddresses"] = "true" } };

    internal CampaignScenario Scenario => new(App);

    internal Signals Signals => App.Get<Signals>();

    internal TimeProvider Clock => App.Get<TimeProvider>();

    /// <summary>A list of people named p0@r.test and so on.</summary>
    protected Task<ListId> AddPeopleAsync(int count, string name = "Clients") =>
        App.AddListAsync(name, Enumerable.Range(0, count).Select(i => $"p{i}@r.test"));

    /// <summary>A launched campaign whose audience is frozen.</summary>
    protected async Task<CampaignId> LaunchAsync(ListId list, params ServerId[] servers)
    {
        var id = await Scenario.AddCampaignAsync(list, servers, Html);
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        return id;
    }

    protected async Task ExpandAsync()
    {
        var expander = App.Services.GetServices<IHostedService>().OfType<CampaignExpander>().Single();
        while (await expander.ExpandSomeAsync(Token)) { }
    }

    /// <summary>Sends until nothing is due; a clock that stands still is moved along a little faster than real time.</summary>
    protected async Task<QueueRunSummary> SendDueAsync()
    {
        var run = App.Get<DeliveryEngine>().RunAsync(only: null, once: true, Token);
        await DriveAsync(() => run.IsCompleted);
        return (await run)!;
    }

    /// <summary>Lets time pass until a condition holds.</summary>
    protected async Task DriveAsync(Func<bool> condition) =>
        await Eventually.TrueAsync(
            () =>
            {
                if (Clock is FakeTimeProvider fake)
                    fake.Advance(TimeSpan.FromMilliseconds(20));
                return condition();
            },
            TimeSpan.FromSeconds(90)
        );

    /// <summary>Deliveries by status.</summary>
    protected async Task<Dictionary<DeliveryStatus, int>> StatusesAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return (await db.Of<DeliveryRecord>(App.Customer).Where(d => d.CampaignId == id).Select(d => d.Status).ToListAsync(Token))
            .CountBy(s => s)
            .ToDictionary();
    }

    protected async Task<List<DeliveryRecord>> DeliveriesAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<DeliveryRecord>(App.Customer)
            .AsNoTracking()
            .Where(d => d.CampaignId == id)
            .OrderBy(d => d.Id)
            .ToListAsync(Token);
    }

    protected async Task<List<AttemptRecord>> AttemptsAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<AttemptRecord>(App.Customer)
            .AsNoTracking()
            .Where(a => a.CampaignId == id)
            .OrderBy(a => a.DeliveryId)
            .ThenBy(a => a.Attempt)
            .ToListAsync(Token);
    }

    protected async Task<CampaignStatus> StatusAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<Campaign>(App.Customer).Where(c => c.Id == id).Select(c => c.Status).SingleAsync(Token);
    }

    protected async Task<SendingServer> ServerAsync(ServerId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<SendingServer>(App.Customer).AsNoTracking().SingleAsync(s => s.Id == id, Token);
    }
}
