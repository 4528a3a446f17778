using Estafette.Testing;

namespace Estafette.Tests.Architecture;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void Every_setting_tells_its_meaning_unit_range_and_default() =>
        ConfigurationReference.Records().SelectMany(ConfigurationReference.Faults).ShouldBeEmpty();

    [Fact]
    public async Task Reference_page_matches_the_option_records()
    {
        var page = Repository.File("docs", "configuration.md");
        var wanted = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(page, wanted, TestContext.Current.CancellationToken);

        (await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)).ShouldBe(
            wanted,
            "docs/configuration.md is out of date; UPDATE_DOCS=1 ./test fast writes it anew."
        );
    }
}
