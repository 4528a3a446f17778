namespace Estafette.Testing;

/// <summary>The working copy the tests were built from.</summary>
public static class Repository
{
    /// <summary>Absolute path of the directory that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>"Debug" or "Release", as these tests were built.</summary>
    public static string Configuration { get; } =
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);

    /// <summary>A path inside the working copy.</summary>
    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (System.IO.File.Exists(Path.Combine(directory.FullName, "Estafette.slnx")))
                return directory.FullName;
        throw new InvalidOperationException($"No Estafette.slnx above '{AppContext.BaseDirectory}': run the tests inside a working copy.");
    }
}
