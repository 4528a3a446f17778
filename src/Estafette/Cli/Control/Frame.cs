using System.Buffers.Binary;

namespace Estafette.Cli.Control;

/// <summary>What a frame on the control socket carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>To the server, first: a <see cref="Hello"/> as JSON.</summary>
    Hello = 1,

    /// <summary>To the server: octets of standard input, answer to <see cref="NeedInput"/>; empty at its end.</summary>
    Input = 2,

    /// <summary>To the server: UTF-8 answer to <see cref="NeedSecret"/>; first octet 0 when there is none, else 1.</summary>
    Secret = 3,

    /// <summary>To the server: end the command.</summary>
    Cancel = 4,

    /// <summary>To the caller: octets for standard output.</summary>
    Output = 16,

    /// <summary>To the caller: octets for standard error.</summary>
    Error = 17,

    /// <summary>To the caller: send some standard input.</summary>
    NeedInput = 18,

    /// <summary>To the caller: a <see cref="SecretQuestion"/> as JSON.</summary>
    NeedSecret = 19,

    /// <summary>To the caller, last: the exit code, 4 octets, little endian.</summary>
    Exit = 20,
}

/// <summary>What the caller says about itself.</summary>
internal sealed record Hello(string Version, IReadOnlyList<string> Args, Terminal Terminal);

/// <summary>
/// One frame of the control socket: kind (1 octet), length (4 octets, little endian), payload. A longer payload than
/// <see cref="MaxBytes"/>, or a stream that ends inside a frame, ends the connection.
/// </summary>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Payload)
{
    public const int MaxBytes = 1024 * 1024;
    private const int HeadBytes = 5;

    /// <summary>The next frame, or null when the other side is gone.</summary>
    /// <exception cref="InvalidDataException">The frame is too long.</exception>
    public static async Task<Frame?> ReadAsync(Stream stream, CancellationToken ct)
    {
        var head = new byte[HeadBytes];
        if (await stream.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, ct) < HeadBytes)
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(1));
        if (length > MaxBytes)
            throw new InvalidDataException($"A control frame of {length} octets is too long.");
        var payload = new byte[length];
        return await stream.ReadAtLeastAsync(payload, payload.Length, throwOnEndOfStream: false, ct) < payload.Length
            ? null
            : new Frame((FrameKind)head[0], payload);
    }

    /// <summary>Writes a frame in one piece.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken ct)
    {
        var whole = new byte[HeadBytes + Payload.Length];
        whole[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(1), (uint)Payload.Length);
        Payload.CopyTo(whole.AsMemory(HeadBytes));
        await stream.WriteAsync(whole, ct);
    }
}
