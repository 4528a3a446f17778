namespace Estafette.Core.Platform;

/// <summary>The data directory, held by one process: a second one gets a clear error instead of a shared database.</summary>
public sealed class DataDirectory : IDisposable
{
    // ENOSPC
    private const int NoSpaceLeft = 28;

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Creates the directory when missing and locks it until disposed.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process holds it.</exception>
    public static DataDirectory Open(DataOptions options)
    {
        var path = options.FullPath;
        Directory.CreateDirectory(path);
        foreach (var part in (string[])["keys", "journal", "uploads", "imports"])
            Directory.CreateDirectory(System.IO.Path.Combine(path, part));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(
                System.IO.Path.Combine(path, "keys"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        try
        {
            var held = new FileStream(
                System.IO.Path.Combine(path, "estafette.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                1,
                FileOptions.None
            );
            return new DataDirectory(path, held);
        }
        catch (IOException held) when (held.HResult != NoSpaceLeft)
        {
            throw new DataDirectoryInUseException(path);
        }
    }

    /// <summary>Whether a running process holds the directory.</summary>
    public static bool IsInUse(DataOptions options)
    {
        var file = options.File("estafette.lock");
        if (!File.Exists(file))
            return false;
        try
        {
            using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _lock.Dispose();
}

/// <summary>The data directory belongs to a running process.</summary>
public sealed class DataDirectoryInUseException(string path)
    : IOException($"The data directory '{path}' is used by another Estafette process. Stop it, or choose another directory with --data.")
{
    /// <summary>The directory.</summary>
    public string DirectoryPath { get; } = path;
}
