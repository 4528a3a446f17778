using System.Text.Json.Serialization;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery.Checks;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>A campaign as v1 shows it (interfaces §1.4).</summary>
internal sealed record CampaignView
{
    public required string Url { get; init; }
    public required long Customer { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }
    public required string SenderEmail { get; init; }
    public required string SenderName { get; init; }
    public required string TechContacts { get; init; }
    public required string Owners { get; init; }
    public required bool ExternalOptout { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required DateTimeOffset? SendDate { get; init; }
    public required DateTimeOffset? CompletionDate { get; init; }
    public required string Message { get; init; }
    public required string Mails { get; init; }
    public required string Preview { get; init; }
    public required string PreviewSend { get; init; }
    public required string Attachments { get; init; }
    public required string Stats { get; init; }

    /// <summary>Why the program paused it: complaints, bounces or content; for callers that know "paused".</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PauseReason { get; init; }

    /// <summary>What could not be checked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public static readonly string[] Columns =
    [
        "url",
        "customer",
        "name",
        "status",
        "sender_email",
        "sender_name",
        "tech_contacts",
        "owners",
        "external_optout",
        "creation_date",
        "send_date",
        "completion_date",
        "message",
        "mails",
        "preview",
        "preview_send",
        "attachments",
        "stats",
    ];

    public static CampaignView Of(Campaign campaign, MessageState message, bool isExtended, V1Links links)
    {
        var url = links.Campaign(campaign.Id);
        return new CampaignView
        {
            Url = url,
            Customer = campaign.CustomerId.Value,
            Name = campaign.Name,
            Status = V1Status.Of(campaign.Status, message, isExtended),
            PauseReason =
                isExtended && campaign is { Status: CampaignStatus.Paused, HoldReason: { } reason }
                    ? reason.ToString().ToLowerInvariant()
                    : null,
            SenderEmail = campaign.FromEmail ?? "",
            SenderName = campaign.FromName ?? "",
            TechContacts = campaign.TechContacts ?? "",
            Owners = campaign.Owners ?? "",
            ExternalOptout = campaign.ExternalOptOut,
            CreationDate = campaign.CreatedAt,
            SendDate = campaign.LaunchedAt,
            CompletionDate = campaign.FinishedAt,
            Message = url + "message/",
            Mails = url + "mails/",
            Preview = url + "preview/",
            PreviewSend = url + "preview_send/",
            Attachments = url + "attachments/",
            Stats = url + "stats/",
        };
    }

    /// <summary>What a campaign says, as far as its status depends on it.</summary>
    public static async Task<MessageState> MessageOfAsync(Campaign campaign, CheckContent checks, CancellationToken ct)
    {
        if (!campaign.IsEditable)
            return MessageState.Ok;
        if (string.IsNullOrWhiteSpace(campaign.Html) && string.IsNullOrWhiteSpace(campaign.Text))
            return MessageState.None;
        return (await checks.RunAsync(campaign.CustomerId, campaign.Id, ct))?.Issue is null ? MessageState.Ok : MessageState.Issues;
    }

    public static async Task<CampaignView> ReadAsync(
        CustomerId customer,
        CampaignId id,
        HttpContext http,
        EstafetteDb db,
        CheckContent checks,
        V1Links links
    )
    {
        var campaign = await FindAsync(customer, id, db, http.RequestAborted);
        return Of(campaign!, await MessageOfAsync(campaign!, checks, http.RequestAborted), http.IsExtended(), links);
    }

    /// <summary>A campaign that v1 shows: models and steps of automations are none.</summary>
    public static async Task<Campaign?> FindAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct)
    {
        var rows = V1Campaigns.Of(customer, db).Where(c => c.Id == id);
        return await Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.SingleOrDefaultAsync(rows, ct);
    }
}
