using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Checks;

/// <summary>Makes the message a campaign's content would become, for a recipient who does not exist.</summary>
public sealed class ContentComposer
{
    private readonly CompositionLoader _loader;
    private readonly TimeProvider _clock;

    internal ContentComposer(CompositionLoader loader, TimeProvider clock) => (_loader, _clock) = (loader, clock);

    /// <summary>The whole message, or why it cannot be made.</summary>
    internal async Task<(byte[]? Message, string? Problem)> ComposeAsync(
        Campaign campaign,
        Customer owner,
        ProcessedContent content,
        CancellationToken ct
    )
    {
        try
        {
            var composition = await _loader.ForContentAsync(campaign, owner, content, ct);
            var nobody = new ClaimedDelivery
            {
                Id = new DeliveryId(long.MaxValue),
                DueAt = 0,
                Attempts = 0,
                FirstAttemptAt = null,
                Tried = [],
                Address = "recipient@example.org",
                AddressKey = "recipient@example.org",
                Tracking = DeliveryTracking.None,
            };
            return composition.Source(nobody, default, null, _clock.GetUtcNow()) is { } message
                ? (message, null)
                : (null, "The message cannot be made for a recipient without fields.");
        }
        catch (CannotComposeException cannot)
        {
            return (null, cannot.Message);
        }
    }
}
