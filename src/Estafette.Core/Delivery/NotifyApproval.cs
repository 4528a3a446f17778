using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Review;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>Tells by mail that a campaign waits for approval, and what was answered. A customer without sender or server is not told; the page still says it.</summary>
public static class NotifyApproval
{
    /// <summary>To the managers and administrators other than the one who asks.</summary>
    public static async Task AskedAsync(
        Actor actor,
        CampaignId id,
        string link,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var users = await db.Of<User>(actor.Customer)
            .AsNoTracking()
            .Where(u => (u.Role == UserRole.Administrator || u.Role == UserRole.Manager) && u.UserName != actor.UserName)
            .ToListAsync(ct);
        await SendAsync(actor, id, link, users, Asked, db, writes, signals, clock, ct);
    }

    /// <summary>To the one who asked.</summary>
    public static async Task AnsweredAsync(
        Actor actor,
        CampaignId id,
        string link,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var asked = await db.Of<Approval>(actor.Customer)
            .Where(a => a.CampaignId == id)
            .OrderByDescending(a => a.Id)
            .Select(a => a.AskedBy)
            .FirstAsync(ct);
        var users = await db.Of<User>(actor.Customer).AsNoTracking().Where(u => u.UserName == asked).ToListAsync(ct);
        await SendAsync(actor, id, link, users, Answered, db, writes, signals, clock, ct);
    }

    private static async Task SendAsync(
        Actor actor,
        CampaignId id,
        string link,
        List<User> users,
        Func<bool, Approval, (string Subject, string Text)> words,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == actor.Customer, ct);
        var campaign = await db.Of<Campaign>(actor.Customer).AsNoTracking().SingleAsync(c => c.Id == id, ct);
        var request = await db.Of<Approval>(actor.Customer)
            .AsNoTracking()
            .Where(a => a.CampaignId == id)
            .OrderByDescending(a => a.Id)
            .FirstAsync(ct);
        foreach (var user in users.Where(u => u.Email is not null))
        {
            var french = (user.Language ?? owner.Language) == "fr";
            var (subject, text) = words(french, request);
            var body = SystemMailBody.Letter(
                subject,
                [text, "{{word}}"],
                "{{customer}}",
                (french ? "Voir la campagne" : "See the campaign", "{{link}}")
            );
            var data = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["campaign_name"] = campaign.Name,
                ["asker"] = request.AskedBy,
                ["answerer"] = request.AnsweredBy ?? "",
                ["word"] = (request.AnsweredAt is null ? request.Note : request.Word) ?? "",
                ["customer"] = owner.Name,
                ["link"] = link,
            };
            await SendSystemMail.RunAsync(
                new SystemMail(actor.Customer, user.Email!, body) { Data = data },
                db,
                writes,
                signals,
                clock,
                ct
            );
        }
    }

    private static (string, string) Asked(bool french, Approval _) =>
        french
            ? (
                "Campagne à approuver : {{campaign_name}}",
                "{{asker}} vous demande d’approuver la campagne « {{campaign_name}} » avant son départ."
            )
            : (
                "Campaign to approve: {{campaign_name}}",
                "{{asker}} asks you to approve the campaign “{{campaign_name}}” before it leaves."
            );

    private static (string, string) Answered(bool french, Approval request) =>
        (french, request.Approved) switch
        {
            (true, true) => (
                "Campagne approuvée : {{campaign_name}}",
                "{{answerer}} a approuvé la campagne « {{campaign_name}} » ; vous pouvez la lancer."
            ),
            (true, false) => ("Campagne refusée : {{campaign_name}}", "{{answerer}} a refusé la campagne « {{campaign_name}} »."),
            (false, true) => (
                "Campaign approved: {{campaign_name}}",
                "{{answerer}} approved the campaign “{{campaign_name}}”; you may launch it."
            ),
            _ => ("Campaign refused: {{campaign_name}}", "{{answerer}} refused the campaign “{{campaign_name}}”."),
        };
}
