using System.Text.Json;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>The fields of a campaign; null leaves a field as it is, an empty text clears it.</summary>
public sealed record CampaignEdit
{
    public string? Name { get; init; }
    public string? FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyTo { get; init; }
    public string? Subject { get; init; }
    public string? Preheader { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }
    public TrackingLevel? Tracking { get; init; }
    public MissingFieldPolicy? MissingFields { get; init; }
    public IReadOnlyDictionary<string, string>? FieldDefaults { get; init; }
    public InDoubtPolicy? InDoubtPolicy { get; init; }
    public bool? CountsOpens { get; init; }
    public bool? CountsClicks { get; init; }
    public bool? HasDeclaredTracking { get; init; }

    /// <summary>Addresses separated by commas, as in <see cref="Campaign.TechContacts"/>.</summary>
    public string? TechContacts { get; init; }
    public string? Owners { get; init; }
    public bool? ExternalOptOut { get; init; }
}

/// <summary>
/// Saves fields of a campaign. While it is a draft or scheduled everything may change; while it is paused everything but its audience, and what was
/// not sent yet goes out with the new content.
/// </summary>
public static class EditCampaign
{
    private const int MaxHtml = 1024 * 1024;

    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        CampaignEdit edit,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsContentEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        if (Validate(edit).ToList() is { Count: > 0 } problems)
            return new CampaignOutcome.Invalid(problems);
        campaign.Name = edit.Name?.Trim() ?? campaign.Name;
        campaign.FromEmail = Changed(edit.FromEmail?.Trim(), campaign.FromEmail);
        campaign.FromName = Changed(edit.FromName?.Trim(), campaign.FromName);
        campaign.ReplyTo = Changed(edit.ReplyTo?.Trim(), campaign.ReplyTo);
        campaign.Subject = edit.Subject?.Trim() ?? campaign.Subject;
        campaign.Preheader = Changed(edit.Preheader?.Trim(), campaign.Preheader);
        campaign.Html = Changed(edit.Html, campaign.Html);
        campaign.Text = Changed(edit.Text, campaign.Text);
        campaign.Tracking = edit.Tracking ?? campaign.Tracking;
        campaign.MissingFields = edit.MissingFields ?? campaign.MissingFields;
        campaign.InDoubtPolicy = edit.InDoubtPolicy ?? campaign.InDoubtPolicy;
        campaign.CountsOpens = edit.CountsOpens ?? campaign.CountsOpens;
        campaign.CountsClicks = edit.CountsClicks ?? campaign.CountsClicks;
        campaign.HasDeclaredTracking = edit.HasDeclaredTracking ?? campaign.HasDeclaredTracking;
        campaign.TechContacts = Changed(edit.TechContacts, campaign.TechContacts);
        campaign.Owners = Changed(edit.Owners, campaign.Owners);
        campaign.ExternalOptOut = edit.ExternalOptOut ?? campaign.ExternalOptOut;
        if (edit.FieldDefaults is { } defaults)
            campaign.FieldDefaults = defaults.Count == 0 ? null : JsonSerializer.Serialize(defaults);
        campaign.UpdatedAt = clock.GetUtcNow();
        return await CampaignControl.SaveAsync(campaign, db, ct);
    }

    private static string? Changed(string? value, string? current) =>
        value is null ? current
        : value.Length == 0 ? null
        : value;

    private static IEnumerable<CampaignProblem> Validate(CampaignEdit edit)
    {
        if (edit.Name is { } name && (string.IsNullOrWhiteSpace(name) || name.Length > CreateCampaign.MaxNameLength))
            yield return new("name.length", "name", true, $"The name has 1 to {CreateCampaign.MaxNameLength} characters.");
        if (edit.FromEmail is { Length: > 0 } from && !EmailAddress.TryParse(from, out _, out var wrongFrom))
            yield return new("from.invalid", "from", true, $"'{from}' is not an address: {wrongFrom}", from);
        if (edit.ReplyTo is { Length: > 0 } reply && !EmailAddress.TryParse(reply, out _, out var wrongReply))
            yield return new("reply_to.invalid", "reply_to", true, $"'{reply}' is not an address: {wrongReply}", reply);
        foreach (var (field, value) in new[] { ("subject", edit.Subject), ("from_name", edit.FromName), ("preheader", edit.Preheader) })
            if (value?.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                yield return new($"{field}.line_break", field, true, $"The field {field} holds a line break; write it on one line.");
        if (edit.Subject is { Length: > 250 })
            yield return new("subject.length", "subject", true, "The subject has at most 250 characters.");
        foreach (var (field, value) in new[] { ("html", edit.Html), ("text", edit.Text) })
            if (value is { Length: > MaxHtml })
                yield return new(
                    $"{field}.size",
                    field,
                    true,
                    $"The {field} content has {value.Length:N0} characters; {MaxHtml:N0} are allowed. Host large images instead of embedding them."
                );
    }
}
