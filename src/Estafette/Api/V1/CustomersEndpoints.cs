using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>An opt-out as v1 shows it (interfaces §1.11).</summary>
internal sealed record OptOutView(string Address, DateTimeOffset Date, string Origin, string? Category, string? Campaign)
{
    public static readonly string[] Columns = ["address", "date", "origin", "category", "campaign"];

    public static OptOutView Of(SuppressedAddress row, V1Links links) =>
        new(row.AddressKey, row.CreatedAt, WordOf(row.Origin), null, row.CampaignId is { } campaign ? links.Campaign(campaign) : null);

    private static readonly Dictionary<SuppressionOrigin, string> Words = new()
    {
        [SuppressionOrigin.Mail] = "mail",
        [SuppressionOrigin.Web] = "web",
        [SuppressionOrigin.FeedbackLoop] = "feedback-loop",
        [SuppressionOrigin.Bounce] = "bounce",
        [SuppressionOrigin.Abuse] = "abuse",
        [SuppressionOrigin.Api] = "api",
        // Entered by the customer's own people, which the first clients have no word for.
        [SuppressionOrigin.Manual] = "api",
        [SuppressionOrigin.Import] = "api",
    };

    public static string WordOf(SuppressionOrigin origin) => Words[origin];

    public static IReadOnlyList<SuppressionOrigin> OriginsOf(string word) => [.. Words.Where(w => w.Value == word).Select(w => w.Key)];
}

/// <summary>A customer as v1 shows it.</summary>
internal sealed record CustomerView(string Url, long Id, string Name, string OptOuts, string Campaigns);

/// <summary>The calling customer, and who opted out of its mail.</summary>
internal static class CustomersEndpoints
{
    public static void MapCustomers(this RouteGroupBuilder group)
    {
        group
            .MapGet("/customers/{id:long}", ShowAsync)
            .WithScope(null)
            .Describe(new ApiDoc("Customer", "Read your customer") { Answer = typeof(CustomerView) });
        foreach (var name in new[] { "opt-outs", "opt_outs" })
        {
            group
                .MapGet("/customers/{id:long}/" + name, ListAsync)
                .WithScope(ApiScopes.SuppressionsRead)
                .Describe(
                    new ApiDoc("Customer", "List opt-outs")
                    {
                        Answer = typeof(OptOutView),
                        IsList = true,
                        Orders = ["date", "address"],
                        Query = [ApiField.Line("address", 254), ApiField.Line("origin", 30)],
                    }
                );
            group
                .MapPost("/customers/{id:long}/" + name, AddAsync)
                .WithScope(ApiScopes.SuppressionsWrite)
                .Describe(
                    new ApiDoc("Customer", "Add an opt-out")
                    {
                        Answer = typeof(OptOutView),
                        Body = new ApiBody(ApiField.Line("address", 254).Required()) { Name = "OptOutInput" },
                        Statuses = [201],
                    }
                );
        }
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        if (customer.Value != id)
            return ApiAnswers.NotFound();
        var name = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.Name).SingleAsync(http.RequestAborted);
        return ApiAnswers.Ok(new CustomerView(links.Customer(customer), id, name, links.OptOuts(customer), links.Campaigns));
    }

    private static async Task<IResult> ListAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        if (customer.Value != id)
            return ApiAnswers.NotFound();
        return await WriteAsync(http, db.Of<SuppressedAddress>(customer).Where(s => s.Channel == Channel.Email), links);
    }

    internal static Task<IResult> WriteAsync(HttpContext http, IQueryable<SuppressedAddress> rows, V1Links links)
    {
        var shape = new ListShape<SuppressedAddress>
        {
            DefaultOrder = list => list.OrderBy(s => s.Id),
            After = (list, last) => list.Where(s => s.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["date"] = (list, back) =>
                    back
                        ? list.OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.Id)
                        : list.OrderBy(s => s.CreatedAt).ThenBy(s => s.Id),
                ["address"] = (list, back) => back ? list.OrderByDescending(s => s.AddressKey) : list.OrderBy(s => s.AddressKey),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["address"] = (list, value) => V1Addresses.KeyOf(value) is { } key ? list.Where(s => s.AddressKey == key) : null,
                ["origin"] = (list, value) =>
                {
                    var origins = OptOutView.OriginsOf(value);
                    return origins.Count == 0 ? null : list.Where(s => origins.Contains(s.Origin));
                },
            },
            Columns = OptOutView.Columns,
            Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(s => OptOutView.Of(s, links))]),
        };
        return V1List.WriteAsync(http, rows.AsNoTracking(), shape);
    }

    private static async Task<IResult> AddAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        WriteQueue writes,
        V1Links links,
        TimeProvider clock
    )
    {
        var caller = http.Caller();
        if (caller.Customer.Value != id)
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var faults = new FieldFaults();
        var address = new FieldReader(body.Root, isPartial: false, faults).RequireObject().Line("address", 254, isRequired: true);
        if (address is not null && V1Addresses.KeyOf(address) is null)
            faults.AddText("address", "address");
        if (faults.Any || V1Addresses.KeyOf(address!) is not { } key)
            return ApiAnswers.Invalid(faults);
        var request = new SuppressAddressRequest(
            Channel.Email,
            address!,
            SuppressionReason.OptOut,
            SuppressionOrigin.Api,
            $"API: {caller.Name}"
        );
        await SuppressAddress.RunAsync(caller.Actor, request, writes, clock, http.RequestAborted);
        var row = await db.Of<SuppressedAddress>(caller.Customer)
            .AsNoTracking()
            .SingleAsync(s => s.Channel == Channel.Email && s.AddressKey == key, http.RequestAborted);
        return ApiAnswers.Ok(OptOutView.Of(row, links), StatusCodes.Status201Created);
    }
}
