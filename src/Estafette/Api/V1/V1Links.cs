using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>Addresses of the objects of v1, all below the one public address of the installation.</summary>
internal sealed class V1Links(PageAddress pages)
{
    public string Root { get; } = pages.Base.TrimEnd('/') + "/api/v1/";

    public string Customer(CustomerId id) => $"{Root}customers/{id}/";

    public string OptOuts(CustomerId id) => $"{Root}customers/{id}/opt-outs/";

    public string Campaigns => Root + "campaigns/";

    public string Campaign(CampaignId id) => $"{Root}campaigns/{id}/";

    public string Mail(CampaignId campaign, DeliveryId mail) => $"{Root}campaigns/{campaign}/mails/{mail}/";

    public string Attachment(CampaignId campaign, long id) => $"{Root}campaigns/{campaign}/attachments/{id}/";

    public string Domain(long id) => $"{Root}domains/{id}/";

    public string Webhook(long id) => $"{Root}webhooks/{id}/";

    public string Contact(ContactId id) => $"{Root}contacts/{id}/";

    public string List(ListId id) => $"{Root}lists/{id}/";

    public string Segment(SegmentId id) => $"{Root}segments/{id}/";

    public string Import(ImportId id) => $"{Root}imports/{id}/";

    public string Template(TemplateId id) => $"{Root}templates/{id}/";

    public string Server(ServerId id) => $"{Root}servers/{id}/";

    public string Message(DeliveryId id) => $"{Root}messages/{id}/";

    public string Suppression(long id) => $"{Root}suppressions/{id}/";

    public string At(string path) => Root + path;
}
