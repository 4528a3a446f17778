namespace Estafette.Core.Forms;

/// <summary>
/// Slows down programs that post forms: so many sign-ups per network address, and so many confirmation mails per mail address, in a window.
/// <para>The counters are two tables of fixed size, indexed by a hash that differs in every process: 65,536 counters of 12 bytes each, whatever
/// is thrown at them. Two that share a counter are slowed down a little early, which costs a person a mail and never a subscription.</para>
/// </summary>
internal sealed class SubmissionLimits(TimeProvider clock)
{
    /// <summary>Sign-ups from one network address in a window.</summary>
    public const int PerNetworkAddress = 20;

    /// <summary>Confirmation mails to one mail address in a window.</summary>
    public const int PerMailAddress = 3;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Table _networks = new();
    private readonly Table _mails = new();

    /// <summary>Counts a sign-up; false when the network address has sent too many. An IPv6 subscriber owns a /64.</summary>
    public bool TakeNetwork(System.Net.IPAddress? address)
    {
        if (address is null)
            return true;
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes().AsSpan();
        var hash = new HashCode();
        hash.AddBytes(bytes[..Math.Min(bytes.Length, 8)]);
        return _networks.Take(hash.ToHashCode(), PerNetworkAddress, Now);
    }

    /// <summary>Counts a confirmation mail; false when the address has been sent enough of them.</summary>
    public bool TakeMail(CustomerKey key) => _mails.Take(key.GetHashCode(), PerMailAddress, Now);

    private int Now => (int)(clock.GetUtcNow().ToUnixTimeSeconds() / (long)Window.TotalSeconds);

    /// <summary>A mail address as one customer knows it.</summary>
    public readonly record struct CustomerKey(long Customer, string AddressKey);

    private sealed class Table
    {
        private const int Size = 1 << 16;
        private readonly (int Window, int Count)[] _counters = new (int, int)[Size];
        private readonly Lock _lock = new();

        public bool Take(int hash, int most, int window)
        {
            lock (_lock)
            {
                ref var counter = ref _counters[hash & (Size - 1)];
                if (counter.Window != window)
                    counter = (window, 0);
                if (counter.Count >= most)
                    return false;
                counter.Count++;
                return true;
            }
        }
    }
}
