using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Core.Privacy;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>Contacts: list, add or change by address, read, change, erase.</summary>
internal static class ContactsEndpoints
{
    private const string Tag = "Contacts";
    private const int MaxSearch = 200;

    public static void MapV1Contacts(this RouteGroupBuilder group)
    {
        const string one = "/contacts/{id:long}";
        group
            .MapGet("/contacts", ListAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(
                new ApiDoc(Tag, "List contacts")
                {
                    Answer = typeof(ContactView),
                    IsList = true,
                    Orders = ContactView.Orders,
                    Query =
                    [
                        ApiField.Line("search", MaxSearch, "Beginning of the address, the last or the first name"),
                        ApiField.Reference("list", "Only those of a list"),
                        ApiField.Choice("status", V1Words.All<SubscriptionStatus>(), "Their status in that list"),
                        ApiField.Line("email", 254),
                        ApiField.Line("phone", 50, "E.164"),
                        ApiField.Line("language", 10),
                        ApiField.Choice("tracking_consent", V1Words.All<TrackingConsent>()),
                    ],
                }
            );
        group
            .MapPost("/contacts", SaveAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Add a contact, or change the one that has the address")
                {
                    Answer = typeof(ContactView),
                    Body = ContactInputs.Body,
                    Statuses = [201, 200],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.ContactsRead)
            .Describe(new ApiDoc(Tag, "Read a contact") { Answer = typeof(ContactView) });
        group
            .MapPut(one, ChangeAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(new ApiDoc(Tag, "Replace the fields of a contact") { Answer = typeof(ContactView), Body = ContactInputs.Body });
        group
            .MapPatch(one, ChangeAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(new ApiDoc(Tag, "Change fields of a contact") { Answer = typeof(ContactView), Body = ContactInputs.Body.Partial() });
        group
            .MapDelete(one, EraseAsync)
            .WithScope(ApiScopes.ContactsWrite)
            .Describe(
                new ApiDoc(Tag, "Erase a person")
                {
                    Remarks =
                        "As the page does (GDPR article 17): the address stays as a keyed hash that nobody writes to. Refused with 409 while a message to it is on its way.",
                    Statuses = [204],
                    MayConflict = true,
                }
            );
    }

    private static async Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        var faults = new FieldFaults();
        var query = new FieldReader(V1Query.Of(http), isPartial: true, faults);
        var search = query.Line("search", MaxSearch, isRequired: false);
        var list = query.Reference("list", "lists/");
        var status = query.Choice<SubscriptionStatus>("status");
        if (status is not null && list is null && !faults.Any)
            faults.AddText("list", "required");
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var rows = list is { } id ? FindContacts.By(customer, search, new(id), status, db) : FindContacts.By(customer, search, db);
        return await V1List.WriteAsync(http, rows.AsNoTracking(), ContactView.Shape(links));
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links) =>
        await FindAsync(id, http, db) is { } contact ? ApiAnswers.Ok(ContactView.Of(contact, links)) : ApiAnswers.NotFound();

    internal static Task<Contact?> FindAsync(long id, HttpContext http, EstafetteDb db)
    {
        var contact = new ContactId(id);
        return db.Of<Contact>(http.Caller().Customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == contact, http.RequestAborted);
    }

    private static async Task<IResult> SaveAsync(
        HttpContext http,
        EstafetteDb db,
        ErasedAddresses erased,
        V1Links links,
        TimeProvider clock
    )
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var fields = new FieldReader(body.Root, isPartial: true, faults).RequireObject();
        var change = ContactInputs.Change(fields, isPartial: true);
        var consent = Consent(fields);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var email = change(new ContactInput(null)).Email;
        var saved = await UpsertContact.RunAsync(caller.Customer, email, change, erased, db, clock, ct);
        ContactInputs.AddFaults(saved.Errors, faults);
        if (faults.Any || saved.Id is not { } id)
            return ApiAnswers.Invalid(faults);
        await AuditLog.WriteAsync(caller.Actor, saved.IsNew ? "contact.added" : "contact.changed", $"contact {id}", db, clock, ct);
        var view = await AnswerAsync(http, id, consent, db, links, clock);
        return saved.IsNew ? ApiAnswers.Created(http, view.Url, view) : ApiAnswers.Ok(view);
    }

    private static async Task<IResult> ChangeAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        ErasedAddresses erased,
        V1Links links,
        TimeProvider clock
    )
    {
        if (await FindAsync(id, http, db) is not { } contact)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var isPartial = HttpMethods.IsPatch(http.Request.Method);
        var fields = new FieldReader(body.Root, isPartial, faults).RequireObject();
        var change = ContactInputs.Change(fields, isPartial);
        var consent = Consent(fields);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var changed = await EditContact.RunAsync(caller.Customer, contact.Id, change, erased, db, clock, ct);
        if (!changed.Found)
            return ApiAnswers.NotFound();
        ContactInputs.AddFaults(changed.Errors, faults);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        await AuditLog.WriteAsync(caller.Actor, "contact.changed", $"contact {id}", db, clock, ct);
        return ApiAnswers.Ok(await AnswerAsync(http, contact.Id, consent, db, links, clock));
    }

    private static async Task<IResult> EraseAsync(long id, HttpContext http, EstafetteDb db, ErasedAddresses erased, TimeProvider clock)
    {
        var erasure = await EraseContact.RunAsync(http.Caller().Actor, new ContactId(id), erased, db, clock, http.RequestAborted);
        return !erasure.Found ? ApiAnswers.NotFound()
            : erasure.IsDone ? Results.NoContent()
            : ApiAnswers.Conflict(Texts.Get("people.erase-busy"));
    }

    private static (bool? IsGranted, string? Wording) Consent(FieldReader fields)
    {
        var consent = fields.Choice<TrackingConsent>("tracking_consent");
        bool? isGranted = consent switch
        {
            TrackingConsent.Granted => true,
            TrackingConsent.Refused => false,
            // As it is shown before anybody was asked: sent back unchanged.
            _ => null,
        };
        return (isGranted, fields.Text("wording", 10_000, isRequired: false));
    }

    /// <summary>Records the consent when it is another one than before, and shows the contact.</summary>
    private static async Task<ContactView> AnswerAsync(
        HttpContext http,
        ContactId id,
        (bool? IsGranted, string? Wording) consent,
        EstafetteDb db,
        V1Links links,
        TimeProvider clock
    )
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        db.ChangeTracker.Clear();
        var contact = (await FindAsync(id.Value, http, db))!;
        var asked =
            consent.IsGranted is not { } granted ? (TrackingConsent?)null
            : granted ? TrackingConsent.Granted
            : TrackingConsent.Refused;
        if (asked is null || (asked == contact.TrackingConsent && consent.Wording is null))
            return ContactView.Of(contact, links);
        var proof = new ConsentProof(SubscriptionSource.Api, consent.Wording, Operator: caller.Actor.UserName);
        await SetTrackingConsent.RunAsync(caller.Customer, id, asked == TrackingConsent.Granted, proof, db, clock, ct);
        db.ChangeTracker.Clear();
        return ContactView.Of((await FindAsync(id.Value, http, db))!, links);
    }
}
