using System.Diagnostics;
using System.Runtime.Versioning;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Platform;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private DataOptions Options => new() { Directory = _directory.File("data") };

    [Fact]
    public void Directory_held_by_another_process_is_refused_with_its_path()
    {
        DataDirectory.Open(Options).Dispose();
        using var other = HoldFromAnotherProcess();

        Should.Throw<DataDirectoryInUseException>(() => DataDirectory.Open(Options)).Message.ShouldContain(Options.FullPath);
        DataDirectory.IsInUse(Options).ShouldBeTrue();
    }

    [Fact]
    public void Directory_is_free_again_after_the_other_process_was_killed()
    {
        DataDirectory.Open(Options).Dispose();
        using (var other = HoldFromAnotherProcess())
        {
            other.Kill(entireProcessTree: true);
            other.WaitForExit();
        }

        DataDirectory.IsInUse(Options).ShouldBeFalse();
        using var mine = DataDirectory.Open(Options);
        mine.Path.ShouldBe(Options.FullPath);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Keys_are_readable_by_their_owner_only()
    {
        using var mine = DataDirectory.Open(Options);

        File.GetUnixFileMode(Options.File("keys")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>flock(1) takes the same advisory lock as .NET does on Linux; "held" is printed once it has it.</summary>
    private Process HoldFromAnotherProcess()
    {
        var start = new ProcessStartInfo(
            "flock",
            ["--nonblock", "--no-fork", Options.File("estafette.lock"), "sh", "-c", "echo held; exec cat"]
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.StandardOutput.ReadLine().ShouldBe("held");
        return process;
    }
}
