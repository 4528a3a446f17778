using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Messages.Editing;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>The words of a variant of an A/B test, which says only what it changes: the rest is the campaign's until it is written.</summary>
internal sealed class VariantContent(Variant variant, Campaign campaign) : IContentHolder
{
    private bool HasOwn => variant.Html is not null || variant.Text is not null;

    public string Subject
    {
        get => variant.Subject ?? campaign.Subject;
        set => variant.Subject = value == campaign.Subject ? null : value;
    }

    public string? Preheader
    {
        get => variant.Preheader ?? campaign.Preheader;
        set => variant.Preheader = value == campaign.Preheader ? null : value;
    }

    public string? Html
    {
        get => HasOwn ? variant.Html : campaign.Html;
        set => variant.Html = value;
    }

    public string? Text
    {
        get => HasOwn ? variant.Text : campaign.Text;
        set => variant.Text = value;
    }

    public DateTimeOffset UpdatedAt
    {
        get => campaign.UpdatedAt;
        set => campaign.UpdatedAt = value;
    }
}
