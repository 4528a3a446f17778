using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Recipients;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>What became of an array whose good rows were kept.</summary>
internal sealed record MailsAddedView(
    int SuccessCount,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, List<string>>> Failed,
    IReadOnlyList<string> Duplicates
);

/// <summary>
/// Adds recipients to a campaign: one, or an array of which either all are stored or none, or, when asked for, the good ones. Domains are asked
/// whether they receive mail, each once; one that does not answer in time is taken and looked at again when it is written to.
/// </summary>
internal sealed class MailAdditions(EstafetteDb db, WriteQueue writes, MailDomains domains, V1Links links, TimeProvider clock)
{
    private const int MaxSourceType = 100;
    private const int MaxSourceRef = 200;

    public static readonly ApiBody Body = new(
        ApiField.Line("to", 254).Required(),
        ApiField.Object("properties", "Values of merge fields: an object of texts"),
        ApiField.Line("source_type", MaxSourceType, "Lower-case letters and hyphens"),
        ApiField.Line("source_ref", MaxSourceRef)
    )
    {
        Name = "MailInput",
        Array = ApiArray.Also,
    };

    public async Task<IResult> AddOneAsync(HttpContext http, CustomerId customer, CampaignId campaign, JsonElement item)
    {
        var ct = http.RequestAborted;
        var faults = new FieldFaults();
        var recipient = Read(item, faults);
        if (recipient is not null && (await domains.RefusingAsync([recipient.To.Domain], ct)).Contains(recipient.To.Domain))
            faults.AddText("to", "domain-no-mail", recipient.To.Domain);
        if (recipient is null || faults.Any)
            return ApiAnswers.Invalid(faults);
        var (outcome, added) = await AddRecipients.RunAsync(customer, campaign, [recipient], all: true, db, writes, clock, ct);
        if (added is null)
            return Refusal(outcome);
        if (added.Known.Count > 0)
            return ApiAnswers.Invalid(faults.AddText("to", "already-there"));
        var id = added.Added[recipient.To.Key];
        var row = await db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.Id == id).ToListAsync(ct);
        var view = (await MailsEndpoints.ViewsAsync(row, db, links, ct))[0];
        return ApiAnswers.Created(http, view.Url, view);
    }

    public async Task<IResult> AddManyAsync(
        CustomerId customer,
        CampaignId campaign,
        JsonElement items,
        bool isPartial,
        CancellationToken ct
    )
    {
        if (items.GetArrayLength() > MailsEndpoints.MaxBatch)
            return ApiAnswers.Invalid(new FieldFaults().AddText(FieldFaults.General, "batch-size", MailsEndpoints.MaxBatch));
        var batch = await ReadAsync(items, ct);
        if (!isPartial && batch.Exists(i => i.Faults.Any))
            return Wrong(batch);
        var (good, duplicates) = Distinct(batch);
        var (outcome, added) = await AddRecipients.RunAsync(customer, campaign, good, all: !isPartial, db, writes, clock, ct);
        if (added is null)
            return Refusal(outcome);
        foreach (var item in batch.Where(i => i.Recipient is { } r && added.Known.Contains(r.To.Key)))
            item.Faults.AddText("to", "already-there");
        if (isPartial)
            return ApiAnswers.Ok(Partial(batch, added, duplicates), StatusCodes.Status201Created);
        if (added.Known.Count > 0)
            return Wrong(batch);
        return Stored(good, added);
    }

    /// <summary>What a whole batch came to, written row by row.</summary>
    private IResult Stored(List<GivenRecipient> good, AddedRecipients added)
    {
        var now = clock.GetUtcNow();
        var views = good.Where(r => added.Added.ContainsKey(r.To.Key)).Select(r => (r, Id: added.Added[r.To.Key]));
        return ApiAnswers.Ok(views.Select(v => ViewOf(v.r, v.Id)).ToList(), StatusCodes.Status201Created);

        MailView ViewOf(GivenRecipient recipient, DeliveryId id) =>
            new(links.Mail(added.Campaign, id), recipient.To.Address, now, new MailStatus("unknown", now, ""));
    }

    private sealed record Item(string Written, GivenRecipient? Recipient, FieldFaults Faults);

    private async Task<List<Item>> ReadAsync(JsonElement items, CancellationToken ct)
    {
        var batch = new List<Item>(items.GetArrayLength());
        foreach (var element in items.EnumerateArray())
        {
            var faults = new FieldFaults();
            var recipient = Read(element, faults);
            var written =
                element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty("to", out var to)
                && to.ValueKind == JsonValueKind.String
                    ? to.GetString()!
                    : element.ToString();
            batch.Add(new Item(written, faults.Any ? null : recipient, faults));
        }
        var refusing = await domains.RefusingAsync([.. batch.Select(i => i.Recipient?.To.Domain).OfType<string>().Distinct()], ct);
        for (var at = 0; at < batch.Count; at++)
            if (batch[at].Recipient is { } recipient && refusing.Contains(recipient.To.Domain))
                batch[at] = batch[at] with
                {
                    Recipient = null,
                    Faults = batch[at].Faults.AddText("to", "domain-no-mail", recipient.To.Domain),
                };
        return batch;
    }

    /// <summary>The same address twice in one array is kept once; the first stays.</summary>
    private static (List<GivenRecipient> Good, List<string> Duplicates) Distinct(List<Item> batch)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (good, duplicates) = (new List<GivenRecipient>(batch.Count), new List<string>());
        foreach (var item in batch)
            if (item.Recipient is { } recipient)
            {
                if (seen.Add(recipient.To.Key))
                    good.Add(recipient);
                else
                    duplicates.Add(item.Written);
            }
        return (good, duplicates);
    }

    private static MailsAddedView Partial(List<Item> batch, AddedRecipients added, List<string> duplicates)
    {
        var failed = new Dictionary<string, IReadOnlyDictionary<string, List<string>>>(StringComparer.Ordinal);
        foreach (var item in batch.Where(i => i.Faults.Any))
            failed[item.Written] = item.Faults.ByField;
        return new MailsAddedView(added.Added.Count, failed, duplicates);
    }

    private static IResult Wrong(List<Item> batch) =>
        ApiAnswers.Ok(batch.Select(i => i.Faults.ByField).ToList(), StatusCodes.Status400BadRequest);

    private static IResult Refusal(CampaignOutcome outcome) =>
        outcome is CampaignOutcome.NotFound ? ApiAnswers.NotFound() : ApiAnswers.Conflict(Texts.Get("api.started"));

    private static GivenRecipient? Read(JsonElement item, FieldFaults faults)
    {
        var fields = new FieldReader(item, isPartial: false, faults).RequireObject();
        if (faults.Any)
            return null;
        var to = fields.Line("to", 254, isRequired: true);
        var properties = fields.Map("properties");
        var type = fields.Line("source_type", MaxSourceType, isRequired: false);
        if (type?.All(c => c is (>= 'a' and <= 'z') or '-') == false)
            faults.AddText("source_type", "source-type");
        var reference = fields.Line("source_ref", MaxSourceRef, isRequired: false);
        if (to is null)
            return null;
        if (EmailAddress.TryParse(to, out var address, out _))
            return new GivenRecipient(address, properties, type, reference);
        faults.AddText("to", "address");
        return null;
    }
}
