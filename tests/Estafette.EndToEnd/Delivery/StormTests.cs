using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Estafette.Testing;
using Estafette.Testing.Http;
using Estafette.Testing.Smtp;
using Microsoft.Data.Sqlite;

namespace Estafette.EndToEnd.Delivery;

/// <summary>
/// 100,000 recipients over two SMTP servers and one HTTP API; one SMTP server dies midway, the program is killed twice: at the end everybody is
/// accounted for, by what arrived and by what the ledger says.
/// </summary>
[Trait("Category", "EndToEnd")]
public sealed class StormTests : IAsyncLifetime
{
    private const int People = 100_000;
    private const int InDoubt = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly EstafetteProcess _estafette = new()
    {
        Settings = ["--Delivery:InDoubtResendSeconds=1", "--Network:AllowPrivateAddresses=true"],
    };
    private readonly List<FakeSmtpServer> _relays = [];
    private FakeMailApi _api = null!;

    private string RecordOf(int relay) => _estafette.File($"relay-{relay}.record");

    private long Arrived => _relays.Sum(r => r.Accepted) + _api.Count;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeMailApi.StartAsync();
        for (var i = 0; i < 2; i++)
            _relays.Add(FakeSmtpServer.Start(new FakeSmtpBehaviour { KeepsMessages = false, RecordFile = RecordOf(i) }));
    }

    public async ValueTask DisposeAsync()
    {
        await _estafette.DisposeAsync();
        foreach (var relay in _relays)
            await relay.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Everybody_is_accounted_for_after_two_kills_and_the_death_of_a_server()
    {
        await _estafette.StartServerAsync();
        await PrepareAsync();
        (await _estafette.LaunchAsync("1")).Succeeded();

        await KillAfterAsync(People / 5);
        await _estafette.StartServerAsync();
        await Eventually.TrueAsync(() => Arrived > People * 2 / 5, Patience);
        await _relays[0].DisposeAsync();
        await KillAfterAsync(People * 3 / 5);
        await _estafette.StartServerAsync();

        // What is in doubt waits for the dead server and goes to no other; an operator switches it off.
        await Eventually.TrueAsync(async () => await UnsettledAsync() == 0, Patience);
        (await _estafette.RunAsync("server", "off", "relay-0")).Succeeded();
        await Eventually.TrueAsync(async () => await StatusAsync() == "finished", Patience);

        await CheckAsync();
        (await _estafette.RunAsync("statistics", "recount")).Succeeded();
        (await _estafette.StopServerAsync()).ShouldBe(0);
    }

    private async Task PrepareAsync()
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        for (var i = 0; i < _relays.Count; i++)
        {
            var port = _relays[i].Port.ToString(CultureInfo.InvariantCulture);
            await AddServerAsync("smtp", $"relay-{i}", "--host", "127.0.0.1", "--port", port, "--tls", "none");
        }
        await File.WriteAllTextAsync(_estafette.File("body.json"), """{"to":"{{to.email}}","id":"{{message_id}}"}""");
        await AddServerAsync("json-post", "api", "--url", $"{_api.BaseUrl}/send", "--body-file", "body.json");

        await using (var people = File.Create(_estafette.File("people.json")))
            await JsonSerializer.SerializeAsync(people, Enumerable.Range(0, People).Select(i => $"person{i}@example.org"));
        await File.WriteAllTextAsync(
            _estafette.File("letter.html"),
            "<p>Bonjour {{email}}, <a href=\"https://example.org/may\">la suite</a></p><p><a href=\"{{unsubscribe_url}}\">bye</a></p>"
        );
        string[] consent = ["--confirmed", "--provenance", "shop", "--legal-basis", "consent"];
        var import = await _estafette.RunAsync(["contacts", "import", "people.json", "--list", "Clients", .. consent, "--json"]);
        import.Succeeded().Json.GetProperty("added").GetInt64().ShouldBe(People);
        string[] servers = ["--server", "relay-0", "--server", "relay-1", "--server", "api"];
        string[] content = ["--subject", "Bonjour", "--from", "news@example.org", "--html", "letter.html", "--list", "Clients"];
        (await _estafette.RunAsync(["campaign", "create", "--name", "May letter", .. content, .. servers])).Succeeded();
    }

    private async Task AddServerAsync(string kind, string name, params string[] options) =>
        (await _estafette.RunAsync(["server", "add", kind, name, .. options, "--allow-private-address"])).Succeeded();

    private async Task KillAfterAsync(long arrived)
    {
        await Eventually.TrueAsync(() => Arrived > arrived, Patience);
        await _estafette.KillServerAsync();
    }

    private async Task<string?> StatusAsync() =>
        (await _estafette.RunAsync("campaign", "show", "1", "--json")).Succeeded().Json.GetProperty("status").GetString();

    /// <summary>Deliveries that may still leave and are not in doubt: pending, sending or deferred.</summary>
    private Task<long> UnsettledAsync() => CountAsync("SELECT count(*) FROM deliveries WHERE status IN (0, 1, 3)");

    private async Task<long> CountAsync(string sql)
    {
        await using var db = new SqliteConnection($"Data Source={Path.Combine(_estafette.Data, "estafette.db")};Mode=ReadOnly");
        await db.OpenAsync();
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task CheckAsync()
    {
        var arrivals = await ArrivalsAsync();
        var ledger = await LedgerAsync();
        ledger.Count.ShouldBe(People);

        // Nothing is lost: who got no message is listed as in doubt, and nobody is listed as sent without having got it.
        ledger.Where(d => !arrivals.ContainsKey(d.Key) && d.Value.Status != InDoubt).ShouldBeEmpty();
        // Nobody gets a second message unless the ledger says that the first was in doubt.
        arrivals.Where(a => a.Value.Count > 1 && !ledger[a.Key].WasInDoubt).ShouldBeEmpty();
        // The second copy is the same message by its Message-ID, so that the far end can recognise it.
        arrivals.Values.Where(ids => ids.Distinct().Count() > 1).ShouldBeEmpty();
        // At most what was on the wire is ever in doubt: connections and one message ahead on each, at three deaths.
        ledger.Values.Count(d => d.WasInDoubt).ShouldBeLessThanOrEqualTo(3 * 3 * 4 * 2);
        _relays.ShouldAllBe(r => r.Accepted > 0);
        _api.Count.ShouldBeGreaterThan(0);
    }

    /// <summary>The Message-IDs each address got.</summary>
    private async Task<Dictionary<string, List<string>>> ArrivalsAsync()
    {
        var arrivals = new Dictionary<string, List<string>>(People, StringComparer.Ordinal);
        void Add(string address, string id)
        {
            if (!arrivals.TryGetValue(address, out var ids))
                arrivals[address] = ids = [];
            ids.Add(id.Trim('<', '>'));
        }
        for (var i = 0; i < _relays.Count; i++)
        {
            foreach (var line in await File.ReadAllLinesAsync(RecordOf(i)))
                Add(line.Split('\t')[0], line.Split('\t')[1]);
        }
        foreach (var request in _api.Requests)
        {
            var body = JsonSerializer.Deserialize<JsonElement>(request.Body);
            Add(body.GetProperty("to").GetString()!, body.GetProperty("id").GetString()!);
        }
        return arrivals;
    }

    private async Task<FrozenDictionary<string, (int Status, bool WasInDoubt)>> LedgerAsync()
    {
        await using var db = new SqliteConnection($"Data Source={Path.Combine(_estafette.Data, "estafette.db")};Mode=ReadOnly");
        await db.OpenAsync();
        await using var command = db.CreateCommand();
        command.CommandText =
            "SELECT d.address, d.status, EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.outcome = 5) FROM deliveries d";
        var ledger = new Dictionary<string, (int, bool)>(People, StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            ledger.Add(reader.GetString(0), (reader.GetInt32(1), reader.GetBoolean(2)));
        return ledger.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
