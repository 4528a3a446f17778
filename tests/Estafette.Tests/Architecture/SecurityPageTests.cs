using System.Text.RegularExpressions;
using Estafette.Testing;

namespace Estafette.Tests.Architecture;

/// <summary>The page that tells which test tries which rule of security tells the truth.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public async Task Every_test_named_on_the_security_page_exists()
    {
        var page = await File.ReadAllTextAsync(Repository.File("docs", "security.md"), TestContext.Current.CancellationToken);
        var named = Name().Matches(page).Select(m => (Class: m.Groups[1].Value, Method: m.Groups[2].Value)).Distinct().ToList();
        named.Count.ShouldBeGreaterThan(100);
        var files = Directory
            .EnumerateFiles(Repository.File("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var (type, method) in named)
        {
            var texts = await Task.WhenAll(files[type].Select(f => File.ReadAllTextAsync(f, TestContext.Current.CancellationToken)));
            if (!texts.Any(t => t.Contains(" " + method + "(", StringComparison.Ordinal)))
                missing.Add($"{type}.{method}");
        }
        missing.ShouldBeEmpty();
    }

    [GeneratedRegex(@"`([A-Z]\w+Tests)\.(\w+)`")]
    private static partial Regex Name();
}
