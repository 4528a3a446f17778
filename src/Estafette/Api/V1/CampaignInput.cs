using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Protocols.Addresses;

namespace Estafette.Api.V1;

/// <summary>The fields of a campaign as a caller wrote them; null: not given.</summary>
internal sealed record CampaignInput
{
    private const int MaxName = 120;
    private const int MaxSenderName = 70;
    private const int MaxContacts = 50;

    public static readonly ApiBody Body = new(
        ApiField.Line("name", MaxName, "Recipients never see it").Required(),
        ApiField.Line("sender_email", 254, "Its domain must have SPF and our DKIM key").Required(),
        ApiField.Line("sender_name", MaxSenderName).Required(),
        ApiField.Texts("tech_contacts", "Told about opt-outs and abuse reports"),
        ApiField.Texts("owners", "Told when sending starts and ends"),
        ApiField.Flag("external_optout", "Opt-outs are managed elsewhere; a right of the customer"),
        ApiField.Choice("status", V1Status.All, "sending starts or resumes, paused and cancelled stop"),
        ApiField.Number("customer", "Only your own")
    )
    {
        Name = "CampaignInput",
    };

    public string? Name { get; init; }
    public string? SenderEmail { get; init; }
    public string? SenderName { get; init; }
    public string? TechContacts { get; init; }
    public string? Owners { get; init; }
    public bool? ExternalOptOut { get; init; }
    public string? Status { get; init; }

    public static CampaignInput Read(FieldReader fields, Customer owner)
    {
        fields.RequireObject();
        var input = new CampaignInput
        {
            Name = fields.Line("name", MaxName, isRequired: true),
            SenderEmail = Address(fields),
            SenderName = fields.Line("sender_name", MaxSenderName, isRequired: true),
            TechContacts = Contacts(fields, "tech_contacts"),
            Owners = Contacts(fields, "owners"),
            ExternalOptOut = fields.Flag("external_optout"),
            Status = fields.Text("status", 50, isRequired: false),
        };
        if (fields.Number("customer") is { } customer && customer != owner.Id.Value)
            fields.Faults.AddText("customer", "customer-other", owner.Id);
        if (input.ExternalOptOut == true && !owner.MayOptOutExternally)
            fields.Faults.AddText("external_optout", "external-optout");
        if (input.Status is { } status && !V1Status.All.Contains(status, StringComparer.Ordinal))
            fields.Faults.AddText("status", "choice", status);
        return input;
    }

    /// <summary>Whether it says something else than what is stored.</summary>
    public bool Changes(Campaign campaign) =>
        Differs(Name, campaign.Name)
        || Differs(SenderEmail, campaign.FromEmail)
        || Differs(SenderName, campaign.FromName)
        || Differs(TechContacts, campaign.TechContacts)
        || Differs(Owners, campaign.Owners)
        || (ExternalOptOut is { } external && external != campaign.ExternalOptOut);

    public CampaignEdit ToEdit() =>
        new()
        {
            Name = Name,
            FromEmail = SenderEmail,
            FromName = SenderName,
            TechContacts = TechContacts,
            Owners = Owners,
            ExternalOptOut = ExternalOptOut,
        };

    private static bool Differs(string? given, string? stored) =>
        given is not null && !string.Equals(given, stored ?? "", StringComparison.Ordinal);

    private static string? Address(FieldReader fields)
    {
        if (fields.Line("sender_email", 254, isRequired: true) is not { } text)
            return null;
        if (EmailAddress.TryParse(text, out var address, out _))
            return address.Address;
        fields.Faults.AddText("sender_email", "address");
        return null;
    }

    private static string? Contacts(FieldReader fields, string name)
    {
        if (fields.Texts(name) is not { } texts)
            return null;
        if (texts.Count > MaxContacts)
            fields.Faults.AddText(name, "too-many-addresses", MaxContacts);
        foreach (var text in texts)
            if (!EmailAddress.TryParse(text, out _, out _))
                fields.Faults.AddText(name, "address-of-list", text);
        return string.Join(',', texts);
    }
}
