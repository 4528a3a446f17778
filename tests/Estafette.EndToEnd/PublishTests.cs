using System.Diagnostics;
using Estafette.Testing;

namespace Estafette.EndToEnd;

/// <summary>The single file that <c>./publish</c> makes, started from an empty directory as on a machine without .NET.</summary>
[Trait("Category", "EndToEnd")]
public sealed class PublishTests
{
    [Fact]
    public async Task Published_file_serves_pages_with_their_style_alone()
    {
        await PublishAsync();
        await using var estafette = new EstafetteProcess();
        var program = estafette.File("estafette");
        File.Copy(Repository.File("artifacts", "estafette"), program);
        estafette.Program = program;
        await estafette.StartServerAsync();
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = estafette.Address };

        var page = await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        page.ShouldContain("Estafette");
        page.ShouldContain("/assets/");
        (await estafette.StopServerAsync()).ShouldBe(0, estafette.Log);
    }

    private static async Task PublishAsync()
    {
        var start = new ProcessStartInfo(Repository.File("publish"))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(0, output + await error);
    }
}
