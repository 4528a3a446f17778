using System.Buffers;

namespace Estafette.Protocols.SmtpServer;

/// <summary>The text of one message while it comes in: pooled memory up to a limit, beyond it a file without a name.</summary>
/// <remarks>
/// The file is unlinked as soon as it is open, so a crash leaves nothing behind. Octets beyond the limit of a message are counted and not kept.
/// </remarks>
internal sealed class MessageSpool(int memoryBytes, long maxBytes, string? folder) : IAsyncDisposable
{
    private const int FirstBuffer = 16 * 1024;

    private byte[] _buffer = [];
    private int _buffered;
    private FileStream? _file;

    /// <summary>Octets of the text, kept or not.</summary>
    public long Length { get; private set; }

    public bool IsTooLong => Length > maxBytes;

    /// <summary>Why the file could not be written, such as a full disk; the rest of the text is then dropped. Null when all is well.</summary>
    public IOException? Fault { get; private set; }

    /// <summary>The whole text, null when it is in a file.</summary>
    public ReadOnlyMemory<byte>? Memory => _file is null ? new ReadOnlyMemory<byte>(_buffer, 0, _buffered) : default(ReadOnlyMemory<byte>?);

    /// <summary>Takes octets; <see cref="SettleAsync"/> follows before more than a receive buffer of them has come.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (IsTooLong || Fault is not null)
        {
            return;
        }

        if (_buffer.Length - _buffered < bytes.Length)
        {
            Grow(_buffered + bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    /// <summary>Moves to the file what memory should not hold; the next octets are not read from the client before.</summary>
    public ValueTask SettleAsync(CancellationToken ct) => _buffered <= memoryBytes ? default : SpillAsync(ct);

    /// <summary>Ends the text: all of it is then in memory or in the file.</summary>
    public async ValueTask CompleteAsync(CancellationToken ct)
    {
        if (_file is not null)
        {
            await SpillAsync(ct);
        }
    }

    public Stream OpenRead()
    {
        return _file is null ? new MemoryStream(_buffer, 0, _buffered, writable: false) : new SpoolReader(_file.SafeFileHandle, Length);
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
            _file = null;
        }

        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        _buffered = 0;
        Length = 0;
    }

    private async ValueTask SpillAsync(CancellationToken ct)
    {
        try
        {
            _file ??= Open();
            await _file.WriteAsync(_buffer.AsMemory(0, _buffered), ct);
        }
        catch (IOException e)
        {
            Fault = e;
        }

        _buffered = 0;
    }

    private FileStream Open()
    {
        var path = Path.Combine(folder ?? Path.GetTempPath(), Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return file;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, Math.Max(needed, _buffer.Length * 2)));
        _buffer.AsSpan(0, _buffered).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
