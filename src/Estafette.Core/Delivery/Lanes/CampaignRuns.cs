using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Schedule;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// The running campaigns as the database has them, re-read on every signal and at each poll. A pause takes effect at
/// <see cref="RefreshAsync"/>; the rest of a reload may take longer and is done while the campaign is inactive.
/// </summary>
internal sealed class CampaignRuns(
    IDbContextFactory<EstafetteDb> databases,
    CompositionLoader loader,
    TimeProvider clock,
    ILogger<CampaignRuns> logger
) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<CampaignId, CampaignRun> _runs = [];

    /// <summary>Active runs within their sending hours, in the order of their customers.</summary>
    public IReadOnlyList<CampaignRun> Active { get; private set; } = [];

    /// <summary>Active runs, those outside their sending hours included.</summary>
    public IReadOnlyList<CampaignRun> Running { get; private set; } = [];

    /// <summary>Everything known, active or winding down.</summary>
    public IEnumerable<CampaignRun> All => _runs.Values;

    /// <summary>Reads the states again.</summary>
    /// <param name="only">Only this customer's campaigns.</param>
    /// <param name="serversChanged">Reload what depends on servers.</param>
    /// <param name="ct">Stops the reading.</param>
    public async Task RefreshAsync(CustomerId? only, bool serversChanged, CancellationToken ct)
    {
        // The engine's loop and its watch both refresh; an older reading must not follow a newer one.
        await _one.WaitAsync(ct);
        try
        {
            await ReadAsync(only, serversChanged, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task ReadAsync(CustomerId? only, bool serversChanged, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var query = db.Set<Campaign>().AsNoTracking().Where(c => c.Status == CampaignStatus.Running);
        if (only is { } customer)
            query = query.Where(c => c.CustomerId == customer);
        var states = await query
            .Select(c => new
            {
                c.Id,
                c.CustomerId,
                c.ControlVersion,
                c.RecipientZones,
                c.ScheduledAt,
                Hours = new SendingHours(c.SendingDays, c.SendingFrom, c.SendingUntil),
                c.Kind,
                Suspended = db.Set<Customer>().Any(o => o.Id == c.CustomerId && o.Suspended),
            })
            .ToListAsync(ct);
        var running = states.Select(s => s.Id).ToHashSet();
        foreach (var run in _runs.Values.Where(r => !running.Contains(r.Id)))
            run.IsActive = false;
        foreach (var state in states)
        {
            if (!_runs.TryGetValue(state.Id, out var run))
                _runs.Add(
                    state.Id,
                    run = new CampaignRun(state.Id, state.CustomerId) { IsTriggered = state.Kind == CampaignKind.AutomationStep }
                );
            if (run.ControlVersion != state.ControlVersion || serversChanged || !run.IsActive || state.Suspended)
                await ReloadAsync(db, run, ct);
            else if (!run.IsExpanded)
                await ReadExpansionAsync(db, run, ct);
            // Hours on the recipients' own clocks are looked at row by row.
            DateTime? start = state.ScheduledAt is { } at ? TimeZoneInfo.ConvertTime(at, run.Zone).DateTime : null;
            run.LocalTimes = state.RecipientZones ? new LocalTimes(start, state.Hours, run.Zone) : null;
            run.IsOpen = state.RecipientZones || state.Hours.IsOpen(clock.GetUtcNow(), run.Zone);
        }
        foreach (var over in _runs.Values.Where(r => !r.IsActive && r.InFlight == 0 && !running.Contains(r.Id)).ToList())
            _runs.Remove(over.Id);
        Running = _runs.Values.Where(r => r.IsActive).OrderBy(r => r.Customer.Value).ThenBy(r => r.Id.Value).ToList();
        Active = Running.Where(r => r.IsOpen).ToList();
    }

    private static async Task ReadExpansionAsync(EstafetteDb db, CampaignRun run, CancellationToken ct)
    {
        var state = await db.Of<Campaign>(run.Customer)
            .Where(c => c.Id == run.Id)
            .Select(c => new { c.ExpandedAt, c.Audience })
            .SingleAsync(ct);
        (run.IsExpanded, run.Audience) = (state.ExpandedAt is not null, state.Audience);
    }

    private async Task ReloadAsync(EstafetteDb db, CampaignRun run, CancellationToken ct)
    {
        var campaign = await db.Of<Campaign>(run.Customer).AsNoTracking().SingleAsync(c => c.Id == run.Id, ct);
        var servers = await db.Of<CampaignServer>(run.Customer).AsNoTracking().Where(s => s.CampaignId == run.Id).ToListAsync(ct);
        var usable = await db.Of<SendingServer>(run.Customer).Where(s => s.Active && !s.NeedsCheck).Select(s => s.Id).ToListAsync(ct);
        var owner = await db.Set<Customer>().Where(c => c.Id == run.Customer).Select(c => new { c.Suspended, c.TimeZone }).SingleAsync(ct);
        run.Zone = TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone);
        run.Servers = servers.ToDictionary(s => s.ServerId, s => KeepPacer(run, s));
        (run.IsExpanded, run.Audience) = (campaign.ExpandedAt is not null, campaign.Audience);
        run.InDoubtPolicy = campaign.InDoubtPolicy;
        try
        {
            var set = servers.Select(s => s.ServerId).Where(usable.Contains).ToHashSet();
            var attachments = await loader.AttachmentsAsync(campaign, ct);
            var variants = await loader.ForVariantsAsync(campaign, servers, set, attachments, ct);
            run.Composition = await loader.ForCampaignAsync(campaign, servers, set, ct, attachments: attachments);
            (run.Variants, run.ReleasesRest) = (variants, variants.ContainsKey(0));
            run.Problem = owner.Suspended ? "The customer is suspended." : null;
        }
        catch (CannotComposeException problem)
        {
            run.Composition = null;
            run.Problem = problem.Message;
            Log.CampaignBlocked(logger, run.Id.Value, problem.Message);
        }
        run.ControlVersion = campaign.ControlVersion;
        run.IsActive = campaign.Status == CampaignStatus.Running && run.Problem is null;
    }

    private RunServer KeepPacer(CampaignRun run, CampaignServer settings)
    {
        if (!run.Servers.TryGetValue(settings.ServerId, out var known))
            return new RunServer(settings, new Pacer(clock, settings.RateCount, settings.RateUnit));
        if (known.Settings.RateCount != settings.RateCount || known.Settings.RateUnit != settings.RateUnit)
            known.Pacer.Change(settings.RateCount, settings.RateUnit);
        known.Settings = settings;
        return known;
    }
}
