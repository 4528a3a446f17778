using System.Globalization;
using Estafette.Api.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Recipients;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery.Checks;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Changes a campaign as PUT or PATCH asks: its fields first, then its status, everything wrong told at once.</summary>
internal sealed class CampaignChanges(
    EstafetteDb db,
    Signals signals,
    SenderChecks senders,
    CheckContent checks,
    V1Links links,
    TimeProvider clock
)
{
    public async Task<IResult> RunAsync(HttpContext http, long id, bool isPartial)
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, ct) is not { } campaign)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == caller.Customer, ct);
        var faults = new FieldFaults();
        var input = CampaignInput.Read(new FieldReader(body.Root, isPartial, faults), owner);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var changes = input.Changes(campaign);
        if (changes && !campaign.IsEditable)
            return ApiAnswers.Conflict(Texts.Get("api.started"));
        IReadOnlyList<string> warnings = [];
        if (input.SenderEmail is { } sender && !string.Equals(sender, campaign.FromEmail, StringComparison.Ordinal))
            warnings = await V1Senders.CheckAsync(senders, caller.Customer, sender, faults, ct);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        // A change and a start in one request stand or fall together: what would keep it from starting is looked for first.
        if (await CheckStatusAsync(http, campaign, input, caller, faults) is { } refused)
            return refused;
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        if (changes && await SaveAsync(caller, campaign, input, ct) is { } failed)
            return failed;
        // A client that does not know "paused" was shown "sending" and puts it back: that is no wish to go on.
        var isShown = !isPartial && !http.IsExtended() && campaign.Status == CampaignStatus.Paused;
        if (
            await MoveAsync(caller, campaign.Id, isShown && input.Status == V1Status.Sending ? null : input.Status, faults, ct) is
            { } stopped
        )
            return stopped;
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        db.ChangeTracker.Clear();
        var view = await CampaignView.ReadAsync(caller.Customer, campaign.Id, http, db, checks, links);
        return ApiAnswers.Ok(warnings.Count > 0 ? view with { Warnings = warnings } : view);
    }

    private async Task<IResult?> SaveAsync(ApiCaller caller, Campaign campaign, CampaignInput input, CancellationToken ct)
    {
        var outcome = await EditCampaign.RunAsync(caller.Customer, campaign.Id, input.ToEdit(), db, clock, ct);
        if (outcome is not CampaignOutcome.Done)
            return Refusal(outcome);
        db.Add(caller.Actor, "campaign.changed", $"campaign {campaign.Id} {campaign.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return null;
    }

    /// <summary>Whether the asked status can follow the present one, by the table of interfaces §1.6.</summary>
    private async Task<IResult?> CheckStatusAsync(
        HttpContext http,
        Campaign campaign,
        CampaignInput input,
        ApiCaller caller,
        FieldFaults faults
    )
    {
        if (input.Status is not { } asked)
            return null;
        var message = await CampaignView.MessageOfAsync(campaign, checks, http.RequestAborted);
        var current = V1Status.Of(campaign.Status, message, isExtended: true);
        if (asked == current)
            return null;
        if (campaign.IsOver)
            return ApiAnswers.Conflict(Texts.Get("api.over"));
        if (campaign.IsEditable && asked == V1Status.Sending)
        {
            if (!caller.May(ApiScopes.CampaignsSend))
                return ApiAnswers.Detail(StatusCodes.Status403Forbidden, Texts.Get("api.scope", ApiScopes.CampaignsSend));
            return await GuardAsync(http, campaign, input, message, faults);
        }
        var isKnown = asked switch
        {
            V1Status.Sending or V1Status.Cancelled => true,
            V1Status.Paused => !campaign.IsEditable,
            // A representation read before the message was written, or before it was mended, is sent back unchanged.
            V1Status.New or V1Status.MessageOk or V1Status.MessageIssues => campaign.IsEditable,
            _ => false,
        };
        if (!isKnown)
            faults.AddText("status", "status-impossible", current, asked);
        return null;
    }

    /// <summary>Everything that keeps a campaign from starting, at once.</summary>
    private async Task<IResult?> GuardAsync(
        HttpContext http,
        Campaign campaign,
        CampaignInput input,
        MessageState message,
        FieldFaults faults
    )
    {
        var ct = http.RequestAborted;
        if (message == MessageState.None)
            faults.AddText("message", "message-missing");
        else
            await CheckMessageAsync(campaign, faults, ct);
        var sender = await senders.CheckAsync(campaign.CustomerId, input.SenderEmail ?? campaign.FromEmail ?? "", ct);
        foreach (var fault in sender.Faults)
            faults.AddText("sender_email", fault.Code, fault.Domain);
        await CreateGivenCampaign.AddServersAsync(campaign, db, ct);
        await db.SaveChangesAsync(ct);
        foreach (var problem in (await CheckCampaign.RunAsync(campaign.CustomerId, campaign.Id, db, ct))!.Where(p => p.IsError))
            switch (problem.Field)
            {
                case "lists":
                    faults.AddText("mails", "mails-missing");
                    break;
                case "from":
                    faults.Add("sender_email", V1Problems.TextOf(problem));
                    break;
                case "subject" or "html" or "text" or "preheader":
                    if (message == MessageState.Ok)
                        faults.Add("message", V1Problems.TextOf(problem));
                    break;
                default:
                    faults.Add("status", V1Problems.TextOf(problem));
                    break;
            }
        if (faults.Any || !sender.IsTemporary)
            return null;
        http.Response.Headers.RetryAfter = "60";
        return ApiAnswers.Detail(
            StatusCodes.Status503ServiceUnavailable,
            string.Join(' ', sender.Warnings.Select(w => Texts.Get("api." + w.Code, w.Domain)))
        );
    }

    private async Task CheckMessageAsync(Campaign campaign, FieldFaults faults, CancellationToken ct)
    {
        var check = (await checks.RunAsync(campaign.CustomerId, campaign.Id, ct))!;
        if (check.Issue is { } issue)
            faults.Add("message", issue);
        else if (check.Spam.IsSpam)
            faults.AddText(
                "message",
                "is-spam",
                check.Spam.Score!.Value.ToString("0.0", CultureInfo.CurrentCulture),
                check.Spam.Threshold.ToString("0.0", CultureInfo.CurrentCulture)
            );
        else if (check.Spam.Error is { } error && checks.RequiresSpamTest)
            faults.AddText("message", "spam-unknown", error);
    }

    private async Task<IResult?> MoveAsync(ApiCaller caller, CampaignId id, string? asked, FieldFaults faults, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        if (asked is not (V1Status.Sending or V1Status.Paused or V1Status.Cancelled))
            return null;
        var campaign = (await CampaignView.FindAsync(caller.Customer, id, db, ct))!;
        var (customer, status) = (caller.Customer, campaign.Status);
        var move = (asked, status) switch
        {
            (V1Status.Sending, CampaignStatus.Draft or CampaignStatus.Scheduled) => (
                "campaign.launched",
                LaunchCampaign.RunAsync(customer, id, db, signals, clock, ct)
            ),
            (V1Status.Sending, CampaignStatus.Paused) => (
                "campaign.resumed",
                ResumeCampaign.RunAsync(customer, id, db, signals, clock, ct)
            ),
            (V1Status.Paused, CampaignStatus.Running) => ("campaign.paused", PauseCampaign.RunAsync(customer, id, db, signals, clock, ct)),
            (V1Status.Cancelled, not CampaignStatus.Cancelled) => (
                "campaign.cancelled",
                CancelCampaign.RunAsync(customer, id, db, signals, clock, ct)
            ),
            _ => ((string, Task<CampaignOutcome>)?)null,
        };
        if (move is not { } moving)
            return null;
        var outcome = await moving.Item2;
        if (outcome is CampaignOutcome.Invalid invalid)
        {
            foreach (var problem in invalid.Problems)
                faults.Add("status", V1Problems.TextOf(problem));
            return null;
        }
        if (outcome is not CampaignOutcome.Done)
            return Refusal(outcome);
        db.Add(caller.Actor, moving.Item1, $"campaign {id} {campaign.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return null;
    }

    private static IResult Refusal(CampaignOutcome outcome)
    {
        switch (outcome)
        {
            case CampaignOutcome.NotFound:
                return ApiAnswers.NotFound();
            case CampaignOutcome.Invalid invalid:
                var faults = new FieldFaults();
                foreach (var problem in invalid.Problems)
                    faults.Add(problem.Field, V1Problems.TextOf(problem));
                return ApiAnswers.Invalid(faults);
            case CampaignOutcome.Changed:
                return ApiAnswers.Conflict(Texts.Get("api.changed"));
            default:
                return ApiAnswers.Conflict(Texts.Get("api.started"));
        }
    }
}
