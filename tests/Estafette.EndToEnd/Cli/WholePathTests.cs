using System.Globalization;
using System.Text;
using Estafette.Testing;

namespace Estafette.EndToEnd.Cli;

/// <summary>From an empty directory to true figures by the command line alone, without a server and through a running one.</summary>
[Trait("Category", "EndToEnd")]
public sealed class WholePathTests : IAsyncLifetime
{
    private const int People = 500;

    // Slow enough that a command which must meet the campaign under way does so on any machine: it is sent in 17 s at the earliest.
    private const string SlowRate = "30/second";

    private readonly EstafetteProcess _estafette = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _estafette.DisposeAsync();

    [Fact]
    public async Task Campaign_goes_out_without_a_server()
    {
        (await _estafette.RunAsync("migrate")).Succeeded();
        await PrepareAsync("--connections", "2");
        var launched = (await _estafette.LaunchAsync("May letter")).Succeeded();
        launched.Error.ShouldContain("estafette queue send");
        (await StatusAsync()).ShouldBe("running");
        var run = (await _estafette.RunAsync("queue", "send", "--once")).Succeeded();
        run.Output.ShouldStartWith($"site=example.org taken={People} sent={People} errors=0 seconds=");
        var report = (await _estafette.RunAsync("campaign", "report", "1", "--json")).Succeeded().Json;
        report.GetProperty("status").GetString().ShouldBe("finished");
        report.GetProperty("figures").GetProperty("sent").GetInt64().ShouldBe(People);
        (await _estafette.RunAsync("queue", "send", "--json")).Succeeded().Json.GetProperty("taken").GetInt64().ShouldBe(0);
        (await _estafette.RunAsync("statistics", "recount")).Succeeded();
    }

    [Fact]
    public async Task Campaign_is_paused_and_resumed_through_the_server()
    {
        await _estafette.StartServerAsync();
        await PrepareAsync("--rate", SlowRate);
        (await _estafette.LaunchAsync("1", "--json")).Succeeded();
        await Eventually.TrueAsync(async () => await SentAsync() > 0);
        (await _estafette.RunAsync("campaign", "pause", "1")).Succeeded();
        await Eventually.TrueAsync(async () => await ClaimedAsync() == 0);
        var sent = await SentAsync();
        (await StatusAsync()).ShouldBe("paused");
        (await _estafette.RunAsync("campaign", "pause", "1")).ExitCode.ShouldBe(1);
        (await SentAsync()).ShouldBe(sent);
        (await _estafette.RunAsync("campaign", "resume", "1")).Succeeded();
        (await _estafette.RunAsync("campaign", "report", "1", "--watch")).Succeeded().Output.ShouldContain("finished");
        (await SentAsync()).ShouldBe(People);
        (await _estafette.RunAsync("statistics", "recount")).Succeeded();
        (await _estafette.RunAsync("queue", "send")).ExitCode.ShouldBe(3);
        (await _estafette.RunAsync("queue", "send", "--wait")).Succeeded();
        (await _estafette.StopServerAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Queue_send_takes_at_most_what_it_is_told()
    {
        await PrepareAsync();
        (await _estafette.LaunchAsync("1")).Succeeded();
        (await _estafette.RunAsync("queue", "send", "--max", "120", "--json"))
            .Succeeded()
            .Json.GetProperty("sent")
            .GetInt64()
            .ShouldBe(120);
        (await SentAsync()).ShouldBe(120);
        (await _estafette.RunAsync("EmailQueue/send_queue")).Succeeded().Output.ShouldContain($"sent={People - 120} ");
        (await _estafette.RunAsync("EmailQueue/send_queue", "nowhere.example")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Interrupt_ends_a_command_in_the_server_and_nothing_else()
    {
        await _estafette.StartServerAsync();
        await PrepareAsync("--rate", "1/second");
        (await _estafette.LaunchAsync("1")).Succeeded();
        using var watching = _estafette.StartCommand("campaign", "report", "1", "--watch");
        (await watching.StandardError.ReadLineAsync()).ShouldNotBeNull();
        await EstafetteProcess.SignalAsync(watching, "INT");
        (await EstafetteProcess.EndOfAsync(watching)).ExitCode.ShouldBe(130);
        (await StatusAsync()).ShouldBe("running");
        (await _estafette.RunAsync("campaign", "cancel", "1")).Succeeded();
        (await StatusAsync()).ShouldBe("cancelled");
    }

    [Fact]
    public async Task Warnings_of_a_campaign_are_told_and_it_is_launched_once_they_are_accepted()
    {
        await PrepareAsync();
        await File.WriteAllTextAsync(_estafette.File("plain.html"), "<p>Bonjour</p><p><a href=\"{{unsubscribe_url}}\">bye</a></p>");
        (await _estafette.RunAsync("campaign", "edit", "1", "--subject", "Buy now!!!", "--html", "plain.html")).Succeeded();

        var refused = await _estafette.RunAsync("campaign", "launch", "1");
        refused.ExitCode.ShouldBe(5);
        refused.Output.ShouldBeEmpty();
        refused.Error.ShouldContain("The campaign was not launched: it has warnings that nobody has read.");
        refused.Error.ShouldContain("[subject.marks] The subject has more than two exclamation or question marks.");
        refused.Error.ShouldContain("Repeat with --accept-warnings ");
        (await StatusAsync()).ShouldBe("draft");

        var unknown = await _estafette.RunAsync("campaign", "launch", "1", "--accept-warnings", "subject.nonsense");
        unknown.ExitCode.ShouldBe(2);
        unknown.Error.ShouldContain("'subject.nonsense' names no warning of this campaign");
        var codes = refused.Error.Trim().Split("--accept-warnings ")[^1].Split(' ');
        codes.ShouldContain("subject.marks");
        var others = codes.Where(c => c != "subject.marks").ToArray();
        if (others.Length > 0)
        {
            var partly = await _estafette.RunAsync(["campaign", "launch", "1", "--accept-warnings", .. others]);
            partly.ExitCode.ShouldBe(5);
            partly.Error.ShouldContain("[subject.marks]");
            partly.Error.ShouldNotContain($"[{others[0]}]");
        }
        (await StatusAsync()).ShouldBe("draft");

        (await _estafette.RunAsync(["campaign", "launch", "1", "--accept-warnings", .. codes])).Succeeded();
        (await StatusAsync()).ShouldBe("running");
    }

    [Fact]
    public async Task Draft_that_cannot_be_filled_does_not_stay()
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        var refused = await _estafette.RunAsync("campaign", "create", "--name", "X", "--subject", "one\ntwo");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("line break");
        (await _estafette.RunAsync("campaign", "create", "--name", "X", "--list", "Nobody")).ExitCode.ShouldBe(2);
        (await _estafette.RunAsync("campaign", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Secret_of_a_server_is_never_shown()
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        await File.WriteAllTextAsync(_estafette.File("key"), "SG.very-secret\n");
        var missing = await _estafette.RunAsync("server", "add", "sendgrid", "main");
        missing.ExitCode.ShouldBe(2);
        missing.Error.ShouldContain("--secret-file");
        (await _estafette.RunAsync("server", "add", "sendgrid", "main", "--secret-file", "key")).Succeeded();
        var shown = (await _estafette.RunAsync("server", "list", "--json")).Succeeded();
        shown.Json[0].GetProperty("hasSecret").GetBoolean().ShouldBeTrue();
        shown.Output.ShouldNotContain("very-secret");
        var warned = await _estafette.RunAsync("server", "add", "postmark", "other", "--password", "pm-secret");
        warned.Succeeded().Error.ShouldContain("--secret-file");
        (await _estafette.RunAsync("server", "off", "main")).Succeeded();
        (await _estafette.RunAsync("server", "list")).Succeeded().Output.ShouldContain("\toff\t");
    }

    [Fact]
    public async Task Backup_while_sending_restores_every_recipient()
    {
        await _estafette.StartServerAsync();
        await PrepareAsync("--rate", SlowRate);
        (await _estafette.LaunchAsync("1")).Succeeded();
        await Eventually.TrueAsync(async () => await SentAsync() > 0);
        var made = (await _estafette.RunAsync("backup", "b.tar.gz", "--json")).Succeeded().Json;
        made.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(0);
        (await _estafette.RunAsync("backup", "b.tar.gz")).ExitCode.ShouldBe(1);
        (await _estafette.RunAsync("restore", _estafette.File("b.tar.gz"))).ExitCode.ShouldBe(3);
        await _estafette.KillServerAsync();

        // What was on the wire at that moment is in doubt, and sent again after a second.
        await using var other = new EstafetteProcess { Settings = ["--Delivery:InDoubtResendSeconds=1"] };
        (await other.RunAsync("restore", _estafette.File("b.tar.gz"), "--json"))
            .Succeeded()
            .Json.GetProperty("pausedCampaigns")
            .GetInt32()
            .ShouldBe(1);
        (await other.RunAsync("restore", _estafette.File("b.tar.gz"))).ExitCode.ShouldBe(1);
        (await other.RunAsync("contacts", "list", "--json", "--limit", "1000")).Succeeded().Json.GetArrayLength().ShouldBe(People);
        (await other.RunAsync("server", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(1);
        (await other.RunAsync("campaign", "resume", "1")).Succeeded();
        await Eventually.TrueAsync(
            async () =>
            {
                (await other.RunAsync("queue", "send")).Succeeded();
                var shown = await other.RunAsync("campaign", "show", "1", "--json");
                return shown.Succeeded().Json.GetProperty("status").GetString() == "finished";
            },
            TimeSpan.FromMinutes(2)
        );
        var report = (await other.RunAsync("campaign", "report", "1", "--json")).Succeeded().Json;
        report.GetProperty("figures").GetProperty("sent").GetInt64().ShouldBe(People);
        (await other.RunAsync("statistics", "recount")).Succeeded();
    }

    [Fact]
    public async Task Damaged_backup_restores_nothing()
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        (await _estafette.RunAsync("backup", "b.tar.gz")).Succeeded();
        var whole = await File.ReadAllBytesAsync(_estafette.File("b.tar.gz"));
        await using var other = new EstafetteProcess();
        await File.WriteAllBytesAsync(other.File("cut.tar.gz"), whole[..(whole.Length * 9 / 10)]);
        var changed = whole.ToArray();
        changed[whole.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(other.File("changed.tar.gz"), changed);
        await File.WriteAllTextAsync(other.File("text.tar.gz"), "no archive");
        foreach (var name in new[] { "cut.tar.gz", "changed.tar.gz", "text.tar.gz" })
        {
            var refused = await other.RunAsync("restore", name);
            refused.ExitCode.ShouldBe(1, name);
            refused.Error.ShouldContain("damaged");
            Directory.EnumerateFileSystemEntries(other.Data).ShouldBeEmpty();
        }
        await File.WriteAllBytesAsync(other.File("b.tar.gz"), whole);
        (await other.RunAsync("restore", "b.tar.gz")).Succeeded();
        (await other.RunAsync("user", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(1);
    }

    /// <summary>A customer, a capture server, 500 contacts from CSV and again from JSON, and a draft.</summary>
    private async Task PrepareAsync(params string[] serverOptions)
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        (await _estafette.RunAsync(["server", "add", "capture", "Capture", .. serverOptions])).Succeeded();
        var csv = new StringBuilder("E-mail;Prénom;Ville\n");
        var json = new StringBuilder("[");
        for (var i = 0; i < People; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"person{i}@example.org;Zoé {i};Lyon\n");
            json.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}{{\"email\":\"person{i}@example.org\",\"points\":{i}}}");
        }
        await File.WriteAllTextAsync(_estafette.File("people.csv"), csv.ToString());
        await File.WriteAllTextAsync(_estafette.File("people.json"), json.Append(']').ToString());
        string[] import = ["--list", "Clients", "--confirmed", "--provenance", "shop", "--legal-basis", "consent", "--json"];
        var first = (await _estafette.RunAsync(["contacts", "import", "people.csv", .. import])).Succeeded().Json;
        first.GetProperty("added").GetInt64().ShouldBe(People);
        var second = (await _estafette.RunAsync(["contacts", "import", "people.json", .. import])).Succeeded().Json;
        second.GetProperty("updated").GetInt64().ShouldBe(People);
        await File.WriteAllTextAsync(
            _estafette.File("letter.html"),
            "<p>Bonjour {{first_name}}, <a href=\"https://example.org/may\">la suite</a></p><p><a href=\"{{unsubscribe_url}}\">bye</a></p>"
        );
        (
            await _estafette.RunAsync(
                "campaign",
                "create",
                "--name",
                "May letter",
                "--subject",
                "Bonjour {{first_name}}",
                "--from",
                "news@example.org",
                "--html",
                "letter.html",
                "--list",
                "Clients",
                "--server",
                "Capture"
            )
        ).Succeeded();
    }

    private async Task<long> SentAsync() =>
        (await _estafette.RunAsync("campaign", "show", "1", "--json")).Succeeded().Json.GetProperty("sent").GetInt64();

    private async Task<long> ClaimedAsync() =>
        (await _estafette.RunAsync("queue", "status", "--json")).Succeeded().Json.GetProperty("claimed").GetInt64();

    private async Task<string?> StatusAsync() =>
        (await _estafette.RunAsync("campaign", "show", "1", "--json")).Succeeded().Json.GetProperty("status").GetString();
}
