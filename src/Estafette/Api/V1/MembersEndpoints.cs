using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>One line of an array that could not be done.</summary>
/// <param name="Index">Its place in the array, from 0.</param>
internal sealed record MemberFault(int Index, string Member, IReadOnlyDictionary<string, List<string>> Errors);

/// <summary>What became of an array of members.</summary>
internal sealed record MembersView(int Done, int Created, int Unchanged, IReadOnlyList<MemberFault> Failed);

/// <summary>The contacts of a list: read them, put many in, take many out.</summary>
internal static class MembersEndpoints
{
    public const int MaxBatch = 10_000;
    private const string Tag = "Lists";

    private static readonly ApiBody Batch = new([
        ApiField.Number("id", "A contact that is known"),
        .. ContactInputs.Body.Fields.Where(f => f.Name is not ("tracking_consent" or "wording")),
    ])
    {
        Name = "MemberInput",
        Array = ApiArray.Only,
        TakesTexts = true,
    };

    public static void MapMembers(this RouteGroupBuilder group)
    {
        group
            .MapGet("/lists/{id:long}/members", ListAsync)
            .WithScope(ApiScopes.ListsRead)
            .Describe(
                new ApiDoc(Tag, "List the members of a list")
                {
                    Answer = typeof(MemberView),
                    IsList = true,
                    Orders = ["creation_date", "update_date"],
                    Query = [ApiField.Choice("status", V1Words.All<SubscriptionStatus>()), ApiField.Line("email", 254)],
                }
            );
        group
            .MapPost(
                "/lists/{id:long}/subscribe",
                (long id, HttpContext http, EstafetteDb db, ErasedAddresses erased, TimeProvider clock) =>
                    ChangeAsync(id, http, false, db, erased, clock)
            )
            .WithScope(ApiScopes.ListsWrite)
            .Describe(
                new ApiDoc(Tag, "Subscribe up to 10,000 contacts")
                {
                    Remarks =
                        "Rows are addresses, or objects with id or email; an unknown address becomes a contact with the fields given, a known contact keeps its own. Every row stands for itself: failed tells which were not done, and why.",
                    Answer = typeof(MembersView),
                    Body = Batch,
                    Query = SubscriptionsEndpoints.Consent,
                }
            );
        group
            .MapPost(
                "/lists/{id:long}/unsubscribe",
                (long id, HttpContext http, EstafetteDb db, ErasedAddresses erased, TimeProvider clock) =>
                    ChangeAsync(id, http, true, db, erased, clock)
            )
            .WithScope(ApiScopes.ListsWrite)
            .Describe(
                new ApiDoc(Tag, "Unsubscribe up to 10,000 contacts")
                {
                    Remarks = "Rows are addresses, or objects with id or email.",
                    Answer = typeof(MembersView),
                    Body = Batch,
                }
            );
    }

    private static async Task<IResult> ListAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        if (await ListsEndpoints.FindAsync(id, http, db) is not { } list)
            return ApiAnswers.NotFound();
        var shape = new ListShape<Subscription>
        {
            DefaultOrder = rows => rows.OrderBy(s => s.ContactId),
            After = (rows, last) => rows.Where(s => s.ContactId > last.ContactId),
            Orders = new(StringComparer.Ordinal)
            {
                ["creation_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.ContactId)
                        : rows.OrderBy(s => s.CreatedAt).ThenBy(s => s.ContactId),
                ["update_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(s => s.ChangedAt).ThenByDescending(s => s.ContactId)
                        : rows.OrderBy(s => s.ChangedAt).ThenBy(s => s.ContactId),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["status"] = (rows, value) =>
                    V1Words.Read<SubscriptionStatus>(value) is { } status ? rows.Where(s => s.Status == status) : null,
                ["email"] = (rows, value) =>
                    V1Addresses.KeyOf(value) is { } key
                        ? rows.Where(s => db.Of<Contact>(customer).Any(c => c.Id == s.ContactId && c.ContactKey == key))
                        : null,
            },
            Columns = MemberView.Columns,
            Rows = async (rows, ct) => await MemberView.OfAsync(customer, rows, db, links, ct),
        };
        var members = db.Of<Subscription>(customer).AsNoTracking().Where(s => s.ListId == list.Id);
        return await V1List.WriteAsync(http, members, shape);
    }

    private static async Task<IResult> ChangeAsync(
        long id,
        HttpContext http,
        bool isLeaving,
        EstafetteDb db,
        ErasedAddresses erased,
        TimeProvider clock
    )
    {
        if (await ListsEndpoints.FindAsync(id, http, db) is not { } list)
            return ApiAnswers.NotFound();
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var faults = new FieldFaults();
        var (status, wording) = SubscriptionsEndpoints.Read(new FieldReader(V1Query.Of(http), isPartial: true, faults));
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var (members, failed, refusal) = await MemberRows.ReadAsync(http, MaxBatch);
        if (refusal is not null)
            return refusal;
        var proof = new ConsentProof(SubscriptionSource.Api, wording, Operator: caller.Actor.UserName);
        var target = isLeaving ? SubscriptionStatus.Unsubscribed : status;
        var result = await SubscribeContacts.RunAsync(caller.Customer, list.Id, members, target, proof, erased, db, clock, ct);
        if (result is null)
            return ApiAnswers.NotFound();
        foreach (var (place, (field, fault)) in result.Failed)
            failed[place] = Words(field, fault);
        await AuditLog.WriteAsync(
            caller.Actor,
            isLeaving ? "contacts.bulk_unsubscribed" : "contacts.subscribed",
            $"list {id} {list.Name}: {result.Done}",
            db,
            clock,
            ct
        );
        var written = members.ToDictionary(m => m.Place, m => m.Key ?? $"{m.Id}");
        return ApiAnswers.Ok(
            new MembersView(
                result.Done,
                result.Created,
                result.Unchanged,
                [.. failed.OrderBy(f => f.Key).Select(f => new MemberFault(f.Key, written.GetValueOrDefault(f.Key, ""), f.Value.ByField))]
            )
        );
    }

    private static FieldFaults Words(string field, string fault)
    {
        var faults = new FieldFaults();
        if (fault is "unknown")
            return faults.AddText(field, "contact-unknown");
        if (fault is "wording")
            return faults.AddText("wording", "contact-wording");
        ContactInputs.AddFaults(new Dictionary<string, string>(StringComparer.Ordinal) { [field] = fault }, faults);
        return faults;
    }
}

/// <summary>Reads an array of members row by row as it arrives.</summary>
internal static class MemberRows
{
    private static readonly JsonSerializerOptions Lenient = new() { AllowTrailingCommas = true, MaxDepth = 32 };

    public static async Task<(List<ListMember> Members, Dictionary<int, FieldFaults> Failed, IResult? Refusal)> ReadAsync(
        HttpContext http,
        int most
    )
    {
        var (members, failed) = (new List<ListMember>(), new Dictionary<int, FieldFaults>());
        try
        {
            var place = 0;
            var rows = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(http.Request.Body, Lenient, http.RequestAborted);
            await foreach (var row in rows)
            {
                if (place == most)
                    return (members, failed, ApiAnswers.Invalid(new FieldFaults().AddText(FieldFaults.General, "batch-members", most)));
                var faults = new FieldFaults();
                if (Read(row, place, faults) is { } member)
                    members.Add(member);
                else
                    failed[place] = faults;
                place++;
            }
            return (members, failed, null);
        }
        catch (JsonException wrong)
        {
            var text = Texts.Get("api.json-array", (wrong.LineNumber ?? 0) + 1, (wrong.BytePositionInLine ?? 0) + 1);
            return (members, failed, ApiAnswers.Detail(StatusCodes.Status400BadRequest, text));
        }
    }

    private static ListMember? Read(JsonElement row, int place, FieldFaults faults)
    {
        var fields = new FieldReader(
            row.ValueKind == JsonValueKind.String ? JsonSerializer.SerializeToElement(new { email = row.ToString() }) : row,
            isPartial: true,
            faults
        ).RequireObject();
        if (fields.Number("id") is { } id && !faults.Any)
            return new ListMember(place, null, new ContactId(id), null);
        var contact = ContactInputs.Change(fields, isPartial: true)(new ContactInput(null));
        var key = contact.Email is { } email ? V1Addresses.KeyOf(email) : null;
        if (!faults.Any && key is null)
            faults.AddText("email", contact.Email is null ? "required" : "address");
        return faults.Any ? null : new ListMember(place, key, null, contact);
    }
}
