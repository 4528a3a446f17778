using System.Diagnostics;
using System.Globalization;

namespace Estafette.Benchmarks;

/// <summary>One measurement in a process of its own: it prints numbers on one line, the parent reads them.</summary>
internal static class Child
{
    /// <summary>Runs a benchmark of this program with its arguments and gives the numbers it printed.</summary>
    public static async Task<double[]> RunAsync(params string[] arguments)
    {
        using var child = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true, UseShellExecute = false }
        )!;
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0
            ? [.. output.Split(' ', StringSplitOptions.TrimEntries).Select(f => double.Parse(f, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {child.ExitCode}: {output}");
    }

    /// <summary>Prints the numbers of this process.</summary>
    public static void Print(params double[] figures) =>
        Console.Write(string.Join(' ', figures.Select(f => f.ToString("0.###", CultureInfo.InvariantCulture))));
}
