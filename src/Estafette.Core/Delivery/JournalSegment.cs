using Microsoft.Win32.SafeHandles;

namespace Estafette.Core.Delivery;

/// <summary>One file of <see cref="DeliveryJournal"/>; counts the records whose results the database does not hold yet.</summary>
internal sealed class JournalSegment
{
    private const long MostBytes = 16 * 1024 * 1024;

    private long _offset = JournalCodec.Cell;
    private int _held;

    public required int Sequence { get; init; }
    public required string Path { get; init; }
    public required SafeFileHandle Handle { get; init; }

    public static ReadOnlySpan<byte> Magic => "ESTJRNL1"u8;

    public bool IsIdle => Volatile.Read(ref _held) == 0;

    public static JournalSegment Create(string directory, int sequence)
    {
        var path = System.IO.Path.Combine(directory, $"{sequence:D8}.journal");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        var head = new byte[JournalCodec.Cell];
        Magic.CopyTo(head);
        BootId().CopyTo(head, 8);
        try
        {
            RandomAccess.Write(handle, head, 0);
            RandomAccess.FlushToDisk(handle);
        }
        catch
        {
            // A file left behind would stand in the way of the next try.
            handle.Dispose();
            File.Delete(path);
            throw;
        }
        return new JournalSegment
        {
            Sequence = sequence,
            Path = path,
            Handle = handle,
        };
    }

    public long Reserve(int bytes)
    {
        var end = Interlocked.Add(ref _offset, bytes);
        return end <= MostBytes ? end - bytes : -1;
    }

    public void Hold() => Interlocked.Increment(ref _held);

    public int Free() => Interlocked.Decrement(ref _held);

    public void Close() => Handle.Dispose();

    /// <summary>Identifies the run of the operating system; zeros where it has none to give.</summary>
    public static byte[] BootId()
    {
        var id = new byte[32];
        const string file = "/proc/sys/kernel/random/boot_id";
        if (File.Exists(file))
            Convert.FromHexString(File.ReadAllText(file).Trim().Replace("-", "")).CopyTo(id, 0);
        return id;
    }
}
