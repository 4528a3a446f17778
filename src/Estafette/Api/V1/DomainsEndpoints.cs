using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Web;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A record to publish, as v1 shows it.</summary>
internal sealed record DomainRecordView(string Type, string Name, string Value, string Purpose);

/// <summary>A sender domain as v1 shows it (interfaces §1.13).</summary>
internal sealed record DomainView(
    string Url,
    long Id,
    string Name,
    string MxStatus,
    string SpfStatus,
    string DkimStatus,
    string DmarcStatus,
    DateTimeOffset? CheckedAt,
    IReadOnlyList<string> Messages,
    IReadOnlyList<DomainRecordView> Records
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "name",
        "mx_status",
        "spf_status",
        "dkim_status",
        "dmarc_status",
        "checked_at",
        "messages",
        "records",
    ];

    public static DomainView Of(SenderDomain domain, SenderDomainReader reader, V1Links links)
    {
        var details = reader.Of(domain);
        return new(
            links.Domain(domain.Id),
            domain.Id,
            domain.Domain,
            WordOf(domain.MxStatus),
            WordOf(domain.SpfStatus),
            WordOf(domain.DkimStatus),
            WordOf(domain.DmarcStatus),
            domain.CheckedAt,
            reader.IsBypassed
                ? [Texts.Get("api.domains-off")]
                : [.. details.Findings.Where(f => f.Status != DomainStatus.Ok || f.Code == "dmarc-watching").Select(f => f.Text)],
            [
                .. details.Records.Select(r => new DomainRecordView(
                    r.Type,
                    r.Name,
                    r.Value,
                    StatusWords.Kebab(r.Purpose.ToString()).Replace('-', '_')
                )),
            ]
        );
    }

    public static string WordOf(DomainStatus status) => StatusWords.Kebab(status.ToString());
}

/// <summary>Sender domains: list, add, read, delete, look at again.</summary>
internal static class DomainsEndpoints
{
    public static void MapDomains(RouteGroupBuilder group)
    {
        group
            .MapGet("/domains", ListAsync)
            .WithScope(ApiScopes.DomainsRead)
            .Describe(
                new ApiDoc("Sender domains", "List sender domains")
                {
                    Answer = typeof(DomainView),
                    IsList = true,
                    Orders = ["name", "checked_at"],
                    Query =
                    [
                        ApiField.Line("name", 253),
                        ApiField.Line("mx_status", 20),
                        ApiField.Line("spf_status", 20),
                        ApiField.Line("dkim_status", 20),
                        ApiField.Line("dmarc_status", 20),
                    ],
                }
            );
        group
            .MapPost("/domains", AddAsync)
            .WithScope(ApiScopes.DomainsWrite)
            .Describe(
                new ApiDoc("Sender domains", "Add a sender domain")
                {
                    Answer = typeof(DomainView),
                    Body = new ApiBody(ApiField.Line("name", 253).Required()) { Name = "DomainInput" },
                    Statuses = [201],
                }
            );
        group
            .MapGet("/domains/{id:long}", ShowAsync)
            .WithScope(ApiScopes.DomainsRead)
            .Describe(new ApiDoc("Sender domains", "Read a sender domain") { Answer = typeof(DomainView) });
        group
            .MapDelete("/domains/{id:long}", DeleteAsync)
            .WithScope(ApiScopes.DomainsWrite)
            .Describe(new ApiDoc("Sender domains", "Delete a sender domain") { Statuses = [204] });
        group
            .MapPost("/domains/{id:long}/revalidate", RevalidateAsync)
            .WithScope(ApiScopes.DomainsWrite)
            .Describe(new ApiDoc("Sender domains", "Look at the records of a domain again") { Answer = typeof(DomainView) });
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, SenderDomainReader reader, V1Links links)
    {
        var shape = new ListShape<SenderDomain>
        {
            DefaultOrder = rows => rows.OrderBy(d => d.Id),
            After = (rows, last) => rows.Where(d => d.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, back) => back ? rows.OrderByDescending(d => d.Domain) : rows.OrderBy(d => d.Domain),
                ["checked_at"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(d => d.CheckedAt).ThenByDescending(d => d.Id)
                        : rows.OrderBy(d => d.CheckedAt).ThenBy(d => d.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["name"] = (rows, value) =>
                {
                    var name = value.ToLowerInvariant();
                    return rows.Where(d => d.Domain == name);
                },
                ["mx_status"] = (rows, value) => StatusOf(value) is { } status ? rows.Where(d => d.MxStatus == status) : null,
                ["spf_status"] = (rows, value) => StatusOf(value) is { } status ? rows.Where(d => d.SpfStatus == status) : null,
                ["dkim_status"] = (rows, value) => StatusOf(value) is { } status ? rows.Where(d => d.DkimStatus == status) : null,
                ["dmarc_status"] = (rows, value) => StatusOf(value) is { } status ? rows.Where(d => d.DmarcStatus == status) : null,
            },
            Columns = DomainView.Columns,
            Rows = (rows, _) => Task.FromResult<IReadOnlyList<object>>([.. rows.Select(d => DomainView.Of(d, reader, links))]),
        };
        return V1List.WriteAsync(http, db.Of<SenderDomain>(http.Caller().Customer).AsNoTracking(), shape);
    }

    private static async Task<IResult> AddAsync(
        HttpContext http,
        EstafetteDb db,
        DkimSigners signers,
        Signals signals,
        SenderDomainReader reader,
        V1Links links,
        TimeProvider clock
    )
    {
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        var caller = http.Caller();
        var faults = new FieldFaults();
        var name = new FieldReader(body.Root, isPartial: false, faults).RequireObject().Line("name", 253, isRequired: true);
        if (faults.Any || name is null)
            return ApiAnswers.Invalid(faults);
        var outcome = await AddSenderDomain.RunAsync(new(caller.Customer, name), db, signers, clock, http.RequestAborted);
        foreach (var text in outcome.Faults?.ByField.SelectMany(f => f.Value) ?? [])
            faults.Add("name", text);
        if (faults.Any || outcome.Value is not { } row)
            return ApiAnswers.Invalid(faults);
        await AuditLog.WriteAsync(caller.Actor, "domain.added", row.Domain, db, clock, http.RequestAborted);
        signals.Ring(Signal.DomainChanged);
        var added = await FindAsync(caller.Customer, row.Id, db, http.RequestAborted);
        return ApiAnswers.Created(http, links.Domain(row.Id), DomainView.Of(added!, reader, links));
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, SenderDomainReader reader, V1Links links) =>
        await FindAsync(http.Caller().Customer, id, db, http.RequestAborted) is { } domain
            ? ApiAnswers.Ok(DomainView.Of(domain, reader, links))
            : ApiAnswers.NotFound();

    private static async Task<IResult> DeleteAsync(long id, HttpContext http, EstafetteDb db, DkimSigners signers, TimeProvider clock)
    {
        var caller = http.Caller();
        if (await FindAsync(caller.Customer, id, db, http.RequestAborted) is not { } domain)
            return ApiAnswers.NotFound();
        await DeleteSenderDomain.RunAsync(new(caller.Customer, id), db, signers, http.RequestAborted);
        await AuditLog.WriteAsync(caller.Actor, "domain.deleted", domain.Domain, db, clock, http.RequestAborted);
        return Results.NoContent();
    }

    private static async Task<IResult> RevalidateAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        DomainChecks checks,
        DkimSigners signers,
        SenderDomainReader reader,
        V1Links links,
        TimeProvider clock
    )
    {
        var request = new CheckSenderDomain.Request(http.Caller().Customer, id);
        if (!await CheckSenderDomain.RunAsync(request, db, checks, signers, clock, http.RequestAborted))
            return ApiAnswers.NotFound();
        return await ShowAsync(id, http, db, reader, links);
    }

    private static Task<SenderDomain?> FindAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct) =>
        db.Of<SenderDomain>(customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, ct);

    private static DomainStatus? StatusOf(string word)
    {
        foreach (var status in Enum.GetValues<DomainStatus>())
            if (DomainView.WordOf(status) == word)
                return status;
        return null;
    }
}
