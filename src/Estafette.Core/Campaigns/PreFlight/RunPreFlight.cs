using System.Globalization;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Review;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>Everything known before a launch.</summary>
/// <param name="Problems">Errors block; warnings are to be read.</param>
/// <param name="Audience">Who would be reached now; null when counting takes too long.</param>
/// <param name="Forecast">When it would be through.</param>
/// <param name="Links">How far the asking of its links is.</param>
public sealed record PreFlightReport(IReadOnlyList<CampaignProblem> Problems, Audience? Audience, Forecast Forecast, LinkProgress Links);

/// <summary>
/// All checks of a campaign: those of <see cref="CheckCampaign"/>, and those that look at its audience, at what its servers can do, and at what its links
/// answered.
/// </summary>
public static class RunPreFlight
{
    /// <summary>Newest members looked at for missing fields.</summary>
    private const int Sample = 2000;

    /// <summary>Longer than this, an author should know.</summary>
    private const int ManyDays = 3;

    /// <summary>Below, a first message to a list is nothing to advise about.</summary>
    private const int ManyAddresses = 500;

    /// <param name="within">How long the counting of its audience may take.</param>
    /// <returns>Null when the customer has no such campaign.</returns>
    public static async Task<PreFlightReport?> RunAsync(
        CustomerId customer,
        CampaignId id,
        TimeSpan within,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct)).ToList();
        var audience = await CountAsync(customer, id, within, db, clock, ct);
        var forecast = (await ReadForecast.RunAsync(customer, id, audience?.Recipients ?? 0, db, clock, ct))!;
        if (audience is { Recipients: 0 } && problems.All(p => p.Field != "lists"))
            problems.Add(
                new(
                    "audience.empty",
                    "lists",
                    true,
                    "Nobody would receive it: the chosen lists have no confirmed member left after the exclusions."
                )
            );
        AddForecast(forecast, audience, problems);
        problems.AddRange(await FieldsAsync(campaign, owner, db, ct));
        problems.AddRange(await FirstUseAsync(campaign, db, ct));
        var links = await CheckLinks.ReadAsync(customer, new PreFlightSubject(campaign, owner, null), db, ct);
        problems.AddRange(links.Problems);
        return new PreFlightReport(problems, audience, forecast, links);
    }

    private static async Task<Audience?> CountAsync(
        CustomerId customer,
        CampaignId id,
        TimeSpan within,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        try
        {
            return await CountAudience.RunAsync(customer, id, within, db, clock, ct);
        }
        catch (QueryTooSlowException)
        {
            return null;
        }
    }

    private static void AddForecast(Forecast forecast, Audience? audience, List<CampaignProblem> problems)
    {
        if (audience is not { Recipients: > 0 } || problems.Any(p => p is { IsError: true, Field: "servers" }))
            return;
        if (forecast.Finish is null)
            problems.Add(new("servers.quota", "servers", true, "The daily maximums of the servers never let all of it leave."));
        else if (forecast.Days > ManyDays)
            problems.Add(
                new(
                    "servers.slow",
                    "servers",
                    false,
                    $"Rates, daily maximums and hours spread it over {forecast.Days} days.",
                    forecast.Days.ToString(CultureInfo.InvariantCulture)
                )
            );
    }

    /// <summary>Fields without a default that members lack, counted on the newest members of the chosen lists.</summary>
    private static async Task<List<CampaignProblem>> FieldsAsync(Campaign campaign, Customer owner, EstafetteDb db, CancellationToken ct)
    {
        var (content, _) = CampaignContent.Process(campaign, owner);
        if (content is null || CompiledContent.Compile(content, CampaignContent.OptionsOf(campaign, owner), out _) is not { } compiled)
            return [];
        var wanted = compiled.Fields.Where(f => f is { IsRequired: true, HasDefault: false }).ToList();
        if (wanted.Count == 0)
            return [];
        var members = await MembersAsync(campaign, db, ct);
        var common = new MergeCampaign(campaign.Name, "-", campaign.FromName ?? "-", campaign.FromEmail ?? "-");
        var missing = wanted.ToDictionary(f => f.Name, _ => 0, StringComparer.Ordinal);
        foreach (var member in members)
        {
            var data = MergeData.Create(
                new MergeContact(member.Email, member.FirstName, member.LastName, member.Phone, member.Language),
                Encoding.UTF8.GetBytes(member.Attributes ?? ""),
                common
            );
            foreach (var field in wanted)
                if (MergeFields.Find(data, field.Path) is null or "")
                    missing[field.Name]++;
        }
        return
        [
            .. missing
                .Where(m => m.Value > 0)
                .Select(m =>
                    m.Value == members.Count
                        ? new CampaignProblem(
                            "fields.unknown",
                            "html",
                            false,
                            $"No recipient has the field {m.Key}: is it misspelt?",
                            m.Key
                        )
                        : new CampaignProblem(
                            "fields.missing",
                            "html",
                            false,
                            $"The field {m.Key} is empty for {m.Value} of the {members.Count} recipients looked at; give it a default value.",
                            $"{m.Key} ({m.Value}/{members.Count})"
                        )
                ),
        ];
    }

    private static Task<List<Contact>> MembersAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var lists = db.Of<CampaignList>(campaign.CustomerId).Where(l => l.CampaignId == campaign.Id && !l.Excluded).Select(l => l.ListId);
        var members = db.Of<Subscription>(campaign.CustomerId)
            .Where(s => lists.Contains(s.ListId) && s.Status == SubscriptionStatus.Confirmed)
            .OrderByDescending(s => s.ContactId)
            .Select(s => s.ContactId)
            .Take(Sample);
        return db.Of<Contact>(campaign.CustomerId).AsNoTracking().Where(c => members.Contains(c.Id)).ToListAsync(ct);
    }

    /// <summary>Seed 004: no important message on the first use of a base; say hello first and see how good the addresses are.</summary>
    private static async Task<List<CampaignProblem>> FirstUseAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var customer = campaign.CustomerId;
        var used =
            from target in db.Of<CampaignList>(customer)
            join other in db.Of<Campaign>(customer) on target.CampaignId equals other.Id
            where other.LaunchedAt != null && other.Id != campaign.Id && !target.Excluded
            select target.ListId;
        var fresh = await (
            from target in db.Of<CampaignList>(customer)
            join list in db.Of<ContactList>(customer) on target.ListId equals list.Id
            where target.CampaignId == campaign.Id && !target.Excluded && !used.Contains(target.ListId)
            select new { list.Id, list.Name }
        ).ToListAsync(ct);
        var problems = new List<CampaignProblem>();
        foreach (var list in fresh)
            if (await db.Of<Subscription>(customer).Where(s => s.ListId == list.Id).Take(ManyAddresses).CountAsync(ct) == ManyAddresses)
                problems.Add(
                    new(
                        "lists.first",
                        "lists",
                        false,
                        $"The list “{list.Name}” was never written to: begin with a short message of welcome, and see how many addresses are good.",
                        list.Name
                    )
                );
        return problems;
    }
}
