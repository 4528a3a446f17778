using Estafette.Api.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Media;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Checks;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>What a campaign says, as v1 shows it (interfaces §1.8).</summary>
internal sealed record MessageView(
    string Url,
    string Subject,
    string Html,
    string? Plaintext,
    bool TrackOpen,
    bool TrackClicks,
    bool DetachImages,
    bool IsSpam,
    double? SpamScore,
    string SpamDetails,
    string Preview,
    string HtmlPreview,
    string PlaintextPreview,
    string MsgIssue
);

/// <summary>A rule of the spam test that applied.</summary>
internal sealed record SpamRow(string Name, double Score, string Description);

/// <summary>The message of a campaign: write, read, its spam score, what it looks like; the last look at a campaign; test messages.</summary>
internal static class MessageEndpoints
{
    private const int MaxSubject = 250;
    private const int MaxHtml = 1024 * 1024;
    private const string Sandbox = "sandbox; default-src 'none'; img-src * data:; style-src 'unsafe-inline'";
    private const int MostListed = 10_000;

    public static void MapMessage(this RouteGroupBuilder group)
    {
        group.MapGet("/campaigns/{id:long}/message", ShowAsync).WithScope(ApiScopes.CampaignsRead);
        group
            .MapPut(
                "/campaigns/{id:long}/message",
                (long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links, DetachImages images, TimeProvider clock) =>
                    WriteAsync(id, http, false, db, checks, links, images, clock)
            )
            .WithScope(ApiScopes.CampaignsWrite);
        group
            .MapPatch(
                "/campaigns/{id:long}/message",
                (long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links, DetachImages images, TimeProvider clock) =>
                    WriteAsync(id, http, true, db, checks, links, images, clock)
            )
            .WithScope(ApiScopes.CampaignsWrite);
        group.MapGet("/campaigns/{id:long}/message/spam_details", SpamAsync).WithScope(ApiScopes.CampaignsRead);
        group.MapGet("/campaigns/{id:long}/message/preview", PreviewAsync).WithScope(ApiScopes.CampaignsRead);
        foreach (var suffix in new[] { "/.html", ".html" })
            group.MapGet("/campaigns/{id:long}/message/preview" + suffix, HtmlAsync).WithScope(ApiScopes.CampaignsRead);
        foreach (var suffix in new[] { "/.txt", ".txt" })
            group.MapGet("/campaigns/{id:long}/message/preview" + suffix, TextAsync).WithScope(ApiScopes.CampaignsRead);
        group.MapGet("/campaigns/{id:long}/preview", CampaignAsync).WithScope(ApiScopes.CampaignsRead);
        group.MapPost("/campaigns/{id:long}/preview_send", SendAsync).WithScope(ApiScopes.CampaignsWrite);
    }

    private static bool SaysNothing(Campaign campaign) =>
        string.IsNullOrWhiteSpace(campaign.Html) && string.IsNullOrWhiteSpace(campaign.Text);

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links) =>
        await CampaignView.FindAsync(http.Caller().Customer, new(id), db, http.RequestAborted) is { } campaign && !SaysNothing(campaign)
            ? ApiAnswers.Ok(await ViewAsync(campaign, checks, links, http.RequestAborted))
            : ApiAnswers.NotFound();

    private static async Task<IResult> WriteAsync(
        long id,
        HttpContext http,
        bool isPartial,
        EstafetteDb db,
        CheckContent checks,
        V1Links links,
        DetachImages images,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, ct) is not { } campaign)
            return ApiAnswers.NotFound();
        if (!campaign.IsContentEditable)
            return ApiAnswers.Conflict(Texts.Get("api.started"));
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var isNew = SaysNothing(campaign);
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial && !isNew, faults).RequireObject();
        var subject = fields.Line("subject", MaxSubject, isRequired: true);
        var html = fields.Text("html", RequestBody.MaxBytes, isRequired: true);
        var text = fields.Text("plaintext", MaxHtml, isRequired: false);
        var (opens, clicks, detach) = (fields.Flag("track_open"), fields.Flag("track_clicks"), fields.Flag("detach_images"));
        if (html is not null && !faults.Any)
            html = await images.RunAsync(caller.Actor, html, detach ?? false, ct);
        if (html?.Length > MaxHtml)
            faults.AddText("html", "too-long", MaxHtml);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var edit = new CampaignEdit
        {
            Subject = subject,
            Html = html,
            Text = text ?? (isPartial || !fields.Has("plaintext") ? null : ""),
            CountsOpens = opens ?? (isPartial ? null : false),
            CountsClicks = clicks ?? (isPartial ? null : false),
        };
        var (open, click) = (edit.CountsOpens ?? campaign.CountsOpens, edit.CountsClicks ?? campaign.CountsClicks);
        edit = edit with { Tracking = open || click ? TrackingLevel.Individual : TrackingLevel.None, HasDeclaredTracking = open || click };
        if (await EditCampaign.RunAsync(caller.Customer, campaign.Id, edit, db, clock, ct) is not CampaignOutcome.Done)
            return ApiAnswers.Conflict(Texts.Get("api.started"));
        db.Add(caller.Actor, "campaign.changed", $"campaign {campaign.Id} {campaign.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        db.ChangeTracker.Clear();
        var view = await ViewAsync((await CampaignView.FindAsync(caller.Customer, campaign.Id, db, ct))!, checks, links, ct);
        return isNew ? ApiAnswers.Created(http, view.Url, view) : ApiAnswers.Ok(view);
    }

    private static async Task<MessageView> ViewAsync(Campaign campaign, CheckContent checks, V1Links links, CancellationToken ct)
    {
        var url = links.Campaign(campaign.Id) + "message/";
        var check = (await checks.RunAsync(campaign.CustomerId, campaign.Id, ct))!;
        return new MessageView(
            url,
            campaign.Subject,
            campaign.Html ?? "",
            campaign.Text,
            campaign.CountsOpens && campaign.Tracking != TrackingLevel.None,
            campaign.CountsClicks && campaign.Tracking != TrackingLevel.None,
            false,
            check.Spam.IsSpam,
            check.Spam.Score,
            url + "spam_details/",
            url + "preview/",
            url + "preview/.html",
            url + "preview/.txt",
            check.Issue ?? ""
        );
    }

    private static async Task<IResult> SpamAsync(long id, HttpContext http, EstafetteDb db, CheckContent checks)
    {
        if (
            await CampaignView.FindAsync(http.Caller().Customer, new(id), db, http.RequestAborted) is not { } campaign
            || SaysNothing(campaign)
        )
            return ApiAnswers.NotFound();
        var check = (await checks.RunAsync(campaign.CustomerId, campaign.Id, http.RequestAborted))!;
        return ApiAnswers.Ok(
            new
            {
                Error = check.Spam.Error ?? check.Issue,
                check.Spam.IsSpam,
                check.Spam.Score,
                Checks = check.Spam.Checks.Select(c => new SpamRow(c.Name, c.Score, c.Description)),
            }
        );
    }

    private static async Task<(Campaign Campaign, ShownContent? Content)?> ContentAsync(long id, HttpContext http, EstafetteDb db)
    {
        var customer = http.Caller().Customer;
        if (await CampaignView.FindAsync(customer, new(id), db, http.RequestAborted) is not { } campaign)
            return null;
        if (SaysNothing(campaign))
            return (campaign, null);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, http.RequestAborted);
        return (campaign, CheckContent.Show(campaign, owner).Content ?? new ShownContent(null, null));
    }

    private static async Task<IResult> PreviewAsync(long id, HttpContext http, EstafetteDb db, CheckContent checks)
    {
        if (await ContentAsync(id, http, db) is not (var campaign, { } content))
            return ApiAnswers.NotFound();
        var check = (await checks.RunAsync(campaign.CustomerId, campaign.Id, http.RequestAborted))!;
        return ApiAnswers.Ok(
            new
            {
                HtmlMessage = content.Html,
                PlaintextMessage = content.Text,
                SpamScore = check.Spam.Score,
                check.Spam.IsSpam,
            }
        );
    }

    private static async Task<IResult> HtmlAsync(long id, HttpContext http, EstafetteDb db)
    {
        if (await ContentAsync(id, http, db) is not (_, { Html: { } html }))
            return ApiAnswers.NotFound();
        http.Response.Headers.ContentSecurityPolicy = Sandbox;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(html, "text/html; charset=utf-8");
    }

    private static async Task<IResult> TextAsync(long id, HttpContext http, EstafetteDb db)
    {
        if (await ContentAsync(id, http, db) is not (_, { Text: { } text }))
            return ApiAnswers.NotFound();
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(text, "text/plain; charset=utf-8");
    }

    private static async Task<IResult> CampaignAsync(long id, HttpContext http, EstafetteDb db, CheckContent checks)
    {
        if (await ContentAsync(id, http, db) is not var (campaign, content))
            return ApiAnswers.NotFound();
        var ct = http.RequestAborted;
        var check = content is null ? null : await checks.RunAsync(campaign.CustomerId, campaign.Id, ct);
        var split = await SplitRecipients.RunAsync(campaign.CustomerId, campaign.Id, MostListed, db, ct);
        var view = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["recipients"] = split.Recipients,
            ["excluded_recipients"] = split.Excluded.Select(e => e.Address),
            ["spam_score"] = check?.Spam.Score,
            ["is_spam"] = check?.Spam.IsSpam ?? false,
            ["html_message"] = content?.Html,
            ["plaintext_message"] = content?.Text,
        };
        if (http.Request.Query["detail"] == "true")
            view["excluded_detail"] = split.Excluded.Select(e => new
            {
                To = e.Address,
                Reason = Texts.Get("api.suppressed-" + e.Reason.ToString().ToLowerInvariant()),
            });
        if (split.IsCut)
        {
            view["truncated"] = true;
            view["recipients_count"] = split.RecipientCount;
            view["excluded_recipients_count"] = split.ExcludedCount;
        }
        return ApiAnswers.Ok(view);
    }

    private static async Task<IResult> SendAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, ct) is not { } campaign)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: false, faults).RequireObject();
        if (!faults.Any && !fields.Has("to"))
            faults.AddText("to", "required");
        var addresses = fields.Texts("to") ?? [];
        foreach (var text in addresses.Where(a => V1Addresses.KeyOf(a) is null))
            faults.AddText("to", "address-of-list", text);
        if (!faults.Any && addresses.Count is 0 or > SendTest.MaxAddresses)
            faults.AddText("to", "too-many-addresses", SendTest.MaxAddresses);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        await Core.Campaigns.Recipients.CreateGivenCampaign.AddServersAsync(campaign, db, ct);
        await db.SaveChangesAsync(ct);
        var outcome = await SendTest.RunAsync(caller.Customer, new(id), addresses, null, db, writes, signals, clock, ct);
        if (outcome is CampaignOutcome.Invalid invalid)
        {
            foreach (var problem in invalid.Problems)
                faults.Add(problem.Field is "html" or "subject" or "text" ? "message" : problem.Field, V1Problems.TextOf(problem));
            return ApiAnswers.Invalid(faults);
        }
        return ApiAnswers.Ok(new { To = addresses });
    }
}
