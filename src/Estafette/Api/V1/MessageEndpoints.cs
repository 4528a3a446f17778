using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Media;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Checks;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>The message of a campaign: write, read, its spam score, what it looks like; the last look at a campaign; test messages.</summary>
internal static class MessageEndpoints
{
    private const int MaxSubject = 250;
    private const int MaxHtml = 1024 * 1024;
    private const string Sandbox = "sandbox; default-src 'none'; img-src * data:; style-src 'unsafe-inline'";
    private const int MostListed = 10_000;

    private static readonly ApiBody Body = new(
        ApiField.Line("subject", MaxSubject).Required(),
        ApiField.Line("html", RequestBody.MaxBytes).Required(),
        ApiField.Line("plaintext", MaxHtml, "Made from html when it is absent"),
        ApiField.Flag("track_open", "The recipients agreed to it"),
        ApiField.Flag("track_clicks", "The recipients agreed to it"),
        ApiField.Flag("detach_images", "Keep images of the message here")
    )
    {
        Name = "MessageInput",
    };

    public static void MapMessage(this RouteGroupBuilder group)
    {
        group
            .MapGet("/campaigns/{id:long}/message", ShowAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Message", "Read the message of a campaign") { Answer = typeof(MessageView) });
        group
            .MapPut(
                "/campaigns/{id:long}/message",
                (long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links, DetachImages images, TimeProvider clock) =>
                    WriteAsync(id, http, false, db, checks, links, images, clock)
            )
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Message", "Write the message of a campaign")
                {
                    Answer = typeof(MessageView),
                    Body = Body,
                    Statuses = [201, 200],
                    MayConflict = true,
                }
            );
        group
            .MapPatch(
                "/campaigns/{id:long}/message",
                (long id, HttpContext http, EstafetteDb db, CheckContent checks, V1Links links, DetachImages images, TimeProvider clock) =>
                    WriteAsync(id, http, true, db, checks, links, images, clock)
            )
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Message", "Change the message of a campaign")
                {
                    Answer = typeof(MessageView),
                    Body = Body.Partial(),
                    Statuses = [200, 201],
                    MayConflict = true,
                }
            );
        group
            .MapGet("/campaigns/{id:long}/message/spam_details", SpamAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Message", "What the spam test found") { Answer = typeof(SpamView) });
        group
            .MapGet("/campaigns/{id:long}/message/preview", PreviewAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Message", "Look at the message as it will be") { Answer = typeof(MessagePreviewView) });
        foreach (var suffix in new[] { "/.html", ".html" })
            group
                .MapGet("/campaigns/{id:long}/message/preview" + suffix, HtmlAsync)
                .WithScope(ApiScopes.CampaignsRead)
                .Describe(new ApiDoc("Message", "The message as HTML") { MediaType = "text/html" });
        foreach (var suffix in new[] { "/.txt", ".txt" })
            group
                .MapGet("/campaigns/{id:long}/message/preview" + suffix, TextAsync)
                .WithScope(ApiScopes.CampaignsRead)
                .Describe(new ApiDoc("Message", "The message as plain text") { MediaType = "text/plain" });
        group
            .MapGet("/campaigns/{id:long}/preview", CampaignAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(
                new ApiDoc("Campaigns", "Look at the whole before it starts")
                {
                    Answer = typeof(CampaignPreviewView),
                    Query = [ApiField.Flag("detail", "Say why recipients are left out")],
                }
            );
        group
            .MapPost("/campaigns/{id:long}/preview_send", SendAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Campaigns", "Send it to some addresses as a test")
                {
                    Answer = typeof(TestSentView),
                    Body = new ApiBody(ApiField.Texts("to").Required()) { Name = "TestSendInput" },
                }
            );
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
            new SpamView(
                check.Spam.Error ?? check.Issue,
                check.Spam.IsSpam,
                check.Spam.Score,
                [.. check.Spam.Checks.Select(c => new SpamRow(c.Name, c.Score, c.Description))]
            )
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
        return ApiAnswers.Ok(new MessagePreviewView(content.Html, content.Text, check.Spam.Score, check.Spam.IsSpam));
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
        var withDetail = http.Request.Query["detail"] == "true";
        var view = new CampaignPreviewView(
            split.Recipients,
            [.. split.Excluded.Select(e => e.Address)],
            check?.Spam.Score,
            check?.Spam.IsSpam ?? false,
            content?.Html,
            content?.Text
        )
        {
            ExcludedDetail = withDetail
                ?
                [
                    .. split.Excluded.Select(e => new ExcludedView(
                        e.Address,
                        Texts.Get("api.suppressed-" + e.Reason.ToString().ToLowerInvariant())
                    )),
                ]
                : null,
            Truncated = split.IsCut ? true : null,
            RecipientsCount = split.IsCut ? split.RecipientCount : null,
            ExcludedRecipientsCount = split.IsCut ? split.ExcludedCount : null,
        };
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
        return ApiAnswers.Ok(new TestSentView(addresses));
    }
}
