using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>
/// Which contact gets which variant. The bucket of a contact is its key times a number drawn from the campaign, modulo a prime, modulo 10,000: the same
/// at every repetition, spread evenly whatever the keys, and different from campaign to campaign. The first buckets are the test group, cut
/// into equal parts; the rest is variant 0 and waits. The SQL of Campaigns/assign-variants computes the same.
/// </summary>
internal static class VariantDraw
{
    /// <summary>Largest prime below 2^31: products of two remainders stay within 64 bits.</summary>
    public const long Prime = 2_147_483_647;
    public const int Buckets = 10_000;

    /// <summary>Queue time of rows that wait for the decision: later than any real one.</summary>
    public static readonly long WaitingDue = new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>The factor of a campaign: two steps of a minimal standard generator (Park and Miller, 1988).</summary>
    public static long Seed(CampaignId campaign)
    {
        var seed = (campaign.Value % (Prime - 1)) + 1;
        for (var step = 0; step < 3; step++)
            seed = seed * 48_271 % Prime;
        return seed;
    }

    /// <summary>Buckets of the test group.</summary>
    public static int TestBuckets(int share) => share * (Buckets / 100);

    /// <summary>The variant of a contact: 0 for the rest, else 1 to <paramref name="variants"/>.</summary>
    public static int Of(ContactId contact, long seed, int share, int variants)
    {
        var bucket = contact.Value % Prime * seed % Prime % Buckets;
        var group = TestBuckets(share);
        return bucket < group ? (int)(bucket * variants / group) + 1 : 0;
    }
}
