using Microsoft.Win32.SafeHandles;

namespace Estafette.Testing.Smtp;

/// <summary>Appends lines of all connections to one file, each batch with one write that survives the death of the process.</summary>
internal sealed class FakeSmtpRecord : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Lock _lock = new();
    private long _end;

    public FakeSmtpRecord(string path)
    {
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        _end = RandomAccess.GetLength(_file);
    }

    public void Append(ReadOnlySpan<byte> lines)
    {
        lock (_lock)
        {
            RandomAccess.Write(_file, lines, _end);
            _end += lines.Length;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Value of a header in a message, empty when it has none; folded values are given with their first line only.</summary>
    public static ReadOnlySpan<byte> HeaderValue(ReadOnlySpan<byte> message, ReadOnlySpan<byte> name)
    {
        while (!message.IsEmpty && message[0] != (byte)'\r')
        {
            var end = message.IndexOf("\r\n"u8);
            var line = end < 0 ? message : message[..end];
            if (
                line.Length > name.Length
                && line[name.Length] == (byte)':'
                && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name)
            )
            {
                return line[(name.Length + 1)..].Trim((byte)' ');
            }

            message = end < 0 ? default : message[(end + 2)..];
        }

        return default;
    }
}
