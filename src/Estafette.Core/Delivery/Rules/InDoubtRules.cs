using Estafette.Core.Channels;

namespace Estafette.Core.Delivery.Rules;

/// <summary>What happens to a message that left and whose answer never came.</summary>
internal static class InDoubtRules
{
    /// <summary>By default SMTP resends with the same Message-ID, and an API without idempotency key holds.</summary>
    public static bool Resends(InDoubtPolicy policy, ServerKind kind) =>
        policy == InDoubtPolicy.Default ? kind is ServerKind.Smtp or ServerKind.Capture : policy == InDoubtPolicy.Resend;
}
