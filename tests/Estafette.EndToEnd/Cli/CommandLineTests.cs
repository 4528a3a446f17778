namespace Estafette.EndToEnd.Cli;

/// <summary>The built program as a script sees it: help, exit codes, one clear sentence for each fault.</summary>
[Trait("Category", "EndToEnd")]
public sealed class CommandLineTests : IAsyncLifetime
{
    private readonly EstafetteProcess _estafette = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _estafette.DisposeAsync();

    [Fact]
    public async Task Help_lists_commands_and_shows_examples()
    {
        var help = (await _estafette.RunAsync("--help")).Succeeded();
        foreach (var command in new[] { "serve", "migrate", "user", "customer", "contacts", "campaign", "demo", "config" })
            help.Output.ShouldContain($"  {command} ");
        var import = (await _estafette.RunAsync("contacts", "import", "--help")).Succeeded();
        import.Output.ShouldContain("Examples:");
        import.Output.ShouldContain("--known");
    }

    [Fact]
    public async Task Unknown_command_or_object_is_a_usage_error()
    {
        (await _estafette.RunAsync("fly")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("campaign")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        var unknown = await _estafette.RunAsync("campaign", "show", "99");
        unknown.ExitCode.ShouldBe(2);
        unknown.Output.ShouldBeEmpty();
        unknown.Error.ShouldContain("There is no campaign '99'");
    }

    [Theory]
    [InlineData("--Database:WriteConnections=1000", "Database:WriteConnections")]
    [InlineData("--Database:Kind=Oracle", "Database")]
    [InlineData("--Data:Directori=x", "Data:Directori")]
    [InlineData("--Nothing:Here=1", "Nothing:Here")]
    [InlineData("--Web:Urls=ftp://x", "Web:Urls")]
    public async Task Wrong_setting_stops_start_with_its_key(string flag, string key)
    {
        var refused = await _estafette.RunAsync("serve", flag);
        refused.ExitCode.ShouldBe(4);
        refused.Error.ShouldContain(key);
        refused.Error.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public async Task Broken_settings_file_is_named()
    {
        await File.WriteAllTextAsync(_estafette.File("bad.json"), "{ \"Data\": ");
        var refused = await _estafette.RunAsync("config", "--config", "bad.json");
        refused.ExitCode.ShouldBe(4);
        refused.Error.ShouldContain("bad.json");
    }

    [Fact]
    public async Task Config_masks_secrets()
    {
        var shown = (
            await _estafette.RunAsync("config", "--json", "--Database:ConnectionString=Host=db;Password=hunter2;Username=u")
        ).Succeeded();
        shown.Output.ShouldNotContain("hunter2");
        shown.Output.ShouldContain("Host=db");
    }

    [Fact]
    public async Task Directory_without_data_is_told_and_not_created()
    {
        var refused = await _estafette.RunAsync("campaign", "list");
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain(_estafette.Data);
        Directory.Exists(_estafette.Data).ShouldBeFalse();
    }

    [Fact]
    public async Task Several_customers_must_be_told_apart()
    {
        (await _estafette.RunAsync("customer", "add", "Alpha")).Succeeded();
        (await _estafette.RunAsync("customer", "add", "Beta")).Succeeded();
        var asked = await _estafette.RunAsync("list", "create", "Clients");
        asked.ExitCode.ShouldBe(2);
        asked.Error.ShouldContain("1 Alpha, 2 Beta");
        (await _estafette.RunAsync("customer", "domain", "add", "News.Beta.example", "--customer", "beta")).Succeeded();
        (await _estafette.RunAsync("list", "create", "Clients", "--site", "news.beta.example")).Succeeded();
        (await _estafette.RunAsync("list", "list", "--customer", "2", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(1);
        (await _estafette.RunAsync("list", "--customer", "1", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Names_do_not_steer_the_terminal()
    {
        (await _estafette.RunAsync("customer", "add", "Alpha\u001b[31m")).Succeeded();
        (await _estafette.RunAsync("customer", "list")).Succeeded().Output.ShouldNotContain("\u001b");
    }
}
