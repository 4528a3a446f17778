using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;

namespace Estafette.Core.Privacy;

/// <summary>An address of somebody who is erased, and what stands in its place from then on.</summary>
internal sealed record ErasedPlace(Channel Channel, string Key, string Hash)
{
    /// <remarks>Not within a write: making the key of the hashes is a write of its own.</remarks>
    public static async Task<ErasedPlace> OfAsync(
        CustomerId customer,
        Channel channel,
        string key,
        ErasedAddresses erased,
        CancellationToken ct
    ) => new(channel, key, await erased.HashAsync(customer, channel, key, ct));
}
