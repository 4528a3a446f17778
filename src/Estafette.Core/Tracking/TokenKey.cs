using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Estafette.Core.Tracking;

/// <summary>One key of the installation, able to compute MACs from any thread.</summary>
/// <remarks>
/// One keyed hash per thread: measured 1.2 µs per MAC against 2.8 µs for the one-shot call, which sets the key up each time. The last MAC of
/// the thread is kept, since the links of a message share some.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Keys live as long as the process.")]
internal sealed class TokenKey(byte id, byte[] secret)
{
    private readonly ThreadLocal<State> _state = new(() => new State(IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret)));

    /// <summary>The number that tokens name the key by.</summary>
    public byte Id { get; } = id;

    /// <summary>The HMAC-SHA256 of at most <see cref="TrackingToken.MaxBytes"/> bytes (32 bytes), valid until the thread asks for the next.</summary>
    public ReadOnlySpan<byte> Mac(ReadOnlySpan<byte> input)
    {
        var state = _state.Value!;
        if (state.Length != input.Length || !input.SequenceEqual(state.Input.AsSpan(0, state.Length)))
        {
            state.Hash.AppendData(input);
            state.Hash.GetHashAndReset(state.Mac);
            input.CopyTo(state.Input);
            state.Length = input.Length;
        }
        return state.Mac;
    }

    private sealed class State(IncrementalHash hash)
    {
        public readonly IncrementalHash Hash = hash;
        public readonly byte[] Input = new byte[TrackingToken.MaxBytes];
        public readonly byte[] Mac = new byte[HMACSHA256.HashSizeInBytes];
        public int Length;
    }
}
