using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Import;

/// <summary>Files that somebody put into a customer's folder on the server for import (<see cref="ImportOptions.Folder"/>).</summary>
public sealed class ServerFiles(ImportOptions options)
{
    /// <summary>Files offered at a time, the newest first.</summary>
    private const int MaxOffered = 200;

    /// <summary>Whether this installation offers files at all.</summary>
    public bool AreOffered => !string.IsNullOrWhiteSpace(options.Folder);

    /// <summary>The customer's files, the newest first; empty when there is no folder.</summary>
    public IReadOnlyList<FileInfo> Of(CustomerId customer)
    {
        if (!AreOffered)
            return [];
        var folder = new DirectoryInfo(Path.Combine(Path.GetFullPath(options.Folder!), $"{customer}"));
        if (!folder.Exists || folder.LinkTarget is not null)
            return [];
        return
        [
            .. folder
                .EnumerateFiles()
                .Where(f => f.LinkTarget is null && f.Name[0] != '.')
                .OrderByDescending(f => f.LastWriteTimeUtc)
                .Take(MaxOffered),
        ];
    }

    /// <summary>Opens a file by the name under which it was offered; null when it is not there (any more). The caller closes it.</summary>
    public Stream? Open(CustomerId customer, string? name) =>
        Of(customer).FirstOrDefault(f => f.Name == name) is { } file
            ? new FileStream(
                file.FullName,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite,
                1,
                FileOptions.Asynchronous | FileOptions.SequentialScan
            )
            : null;
}
