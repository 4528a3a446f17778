using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>The lists a contact is in: read, put in with the proof of consent, take out.</summary>
internal static class SubscriptionsEndpoints
{
    private const string Tag = "Contacts";
    private const int MaxWording = 10_000;

    public static readonly ApiField[] Consent =
    [
        ApiField.Choice("status", ["confirmed", "unconfirmed"], "Default confirmed"),
        ApiField.Line("wording", MaxWording, "What the person agreed to, kept as proof; required of somebody who left the list"),
    ];

    public static void MapSubscriptions(this RouteGroupBuilder group)
    {
        const string all = "/contacts/{id:long}/subscriptions";
        const string one = all + "/{list:long}";
        group
            .MapGet(all, ListAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(
                new ApiDoc(Tag, "List the subscriptions of a contact") { AnswerSchema = "Subscriptions", Answer = typeof(SubscriptionView) }
            );
        group
            .MapPut(one, SubscribeAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Subscribe a contact to a list")
                {
                    Answer = typeof(SubscriptionView),
                    Body = new ApiBody(Consent) { Name = "SubscriptionInput", IsOptional = true },
                }
            );
        group
            .MapDelete(one, UnsubscribeAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Unsubscribe a contact from a list")
                {
                    Remarks = "The subscription stays as unsubscribed, so that no import brings it back.",
                    Statuses = [204],
                }
            );
    }

    private static async Task<IResult> ListAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        if (await ContactDetails.GetAsync(http.Caller().Customer, new(id), db, http.RequestAborted) is not { } details)
            return ApiAnswers.NotFound();
        http.Response.Headers["X-Total-Count"] = $"{details.Subscriptions.Count}";
        return ApiAnswers.Ok(details.Subscriptions.Select(s => SubscriptionView.Of(s, details.Consents, links)).ToList());
    }

    private static async Task<IResult> SubscribeAsync(
        long id,
        long list,
        HttpContext http,
        EstafetteDb db,
        V1Links links,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var (status, wording) = (SubscriptionStatus.Confirmed, (string?)null);
        if (http.Request.ContentLength is not 0 and not null || http.Request.Headers.TransferEncoding.Count > 0)
        {
            using var body = await RequestBody.ReadAsync(http);
            if (body.Refusal is { } refusal)
                return refusal;
            (status, wording) = Read(new FieldReader(body.Root, isPartial: true, faults).RequireObject());
        }
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var proof = new ConsentProof(SubscriptionSource.Api, wording, Operator: caller.Actor.UserName);
        var changed = await SubscribeContact.RunAsync(caller.Customer, (new(list), new(id)), status, proof, db, clock, ct);
        if (!changed.Found)
            return ApiAnswers.NotFound();
        if (!changed.IsDone)
            return ApiAnswers.Invalid(faults.AddText("wording", "contact-wording"));
        await AuditLog.WriteAsync(caller.Actor, "contact.changed", $"contact {id}", db, clock, ct);
        db.ChangeTracker.Clear();
        var details = (await ContactDetails.GetAsync(caller.Customer, new(id), db, ct))!;
        return ApiAnswers.Ok(SubscriptionView.Of(details.Subscriptions.Single(s => s.List.Value == list), details.Consents, links));
    }

    /// <summary>The status and the proof that stand with a subscription.</summary>
    internal static (SubscriptionStatus Status, string? Wording) Read(FieldReader fields)
    {
        var status = fields.Choice("status", SubscriptionStatus.Unsubscribed) ?? SubscriptionStatus.Confirmed;
        return (status, fields.Text("wording", MaxWording, isRequired: false));
    }

    private static async Task<IResult> UnsubscribeAsync(long id, long list, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var proof = new ConsentProof(SubscriptionSource.Api, Operator: caller.Actor.UserName);
        var changed = await UnsubscribeContact.RunAsync(caller.Customer, (new(list), new(id)), proof, db, clock, ct);
        if (!changed.Found)
            return ApiAnswers.NotFound();
        await AuditLog.WriteAsync(caller.Actor, "contact.changed", $"contact {id}", db, clock, ct);
        return Results.NoContent();
    }
}
