using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;
using static Estafette.Web.Words;

namespace Estafette.Web.Content;

/// <summary>What the content page asks for while a person writes: the automatic save.</summary>
internal static class ContentEndpoints
{
    public static void MapContent(this WebApplication app)
    {
        foreach (var root in new[] { "/templates", "/campaigns" })
            app.MapPost(root + "/{id:long}/content/save", SaveAsync).RequireAuthorization();
        VisualFrame.Map(app);
    }

    /// <summary>200 with the new version; 409 with what the other person saved; 422 with the fields that are wrong; 423 when it is locked.</summary>
    private static async Task<IResult> SaveAsync(
        long id,
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        IAntiforgery antiforgery,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!await antiforgery.IsRequestValidAsync(http))
            return TypedResults.BadRequest();
        var target = ContentForm.Target(http, id);
        var form = await http.Request.ReadFormAsync(ct);
        var save = ContentForm.Read(form);
        if (form.ContainsKey("aside"))
        {
            var label = T("compose.aside", user.Name);
            save = save with { VersionName = label.Length > 100 ? label[..100] : label };
            return await PutAside.RunAsync(user.Actor, target, save, db, clock, ct) is { } kept
                ? TypedResults.Json(new { compare = ContentForm.Path(target, "/versions", $"version={kept}") + "#compare" })
                : TypedResults.NotFound();
        }
        var customer = await user.CustomerAsync(ct);
        return await SaveContent.RunAsync(user.Actor, target, save, db, clock, ct) switch
        {
            ContentOutcome.Saved saved => TypedResults.Json(Answer(saved.State, customer)),
            ContentOutcome.Conflict conflict => TypedResults.Json(Theirs(conflict.Theirs, customer), statusCode: 409),
            ContentOutcome.Locked => TypedResults.Json(new { message = T("compose.locked") }, statusCode: 423),
            ContentOutcome.Invalid invalid => TypedResults.Json(
                new { faults = invalid.Faults.ToDictionary(f => f.Key, f => T("compose.fault-" + f.Value), StringComparer.Ordinal) },
                statusCode: 422
            ),
            _ => TypedResults.NotFound(),
        };
    }

    private static object Answer(ContentState state, Customer customer) =>
        new
        {
            version = state.Version,
            saved = T("compose.saved-at", Clock(state.SavedAt, customer)),
            issues = ContentRules.Issues(state.Content, customer.Language).Select(IssueOf),
            autoText = state.Content.Text is null ? AutoText.Of(state.Content.Html, customer.Language) ?? "" : null,
        };

    private static object Theirs(ContentState state, Customer customer) =>
        new
        {
            version = state.Version,
            message = T("compose.conflict", state.SavedBy ?? T("compose.conflict-unknown"), Clock(state.SavedAt, customer)),
        };

    private static object IssueOf(Core.Messages.Content.ContentIssue issue) =>
        new
        {
            field = issue.Field,
            error = issue.Severity == Core.Messages.Content.IssueSeverity.Error,
            text = ContentWords.Of(issue),
        };

    private static string Clock(DateTimeOffset at, Customer customer) =>
        TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone)).ToString("t", CultureInfo.CurrentCulture);
}
