using System.Text;

namespace Estafette.Tests.Api;

/// <summary>Bodies that are nearly right, at every door that takes JSON: an answer of ours each time, never an error of the server, and the server goes on.</summary>
public sealed class JsonDoorFuzzTests
{
    private const int Rounds = 40;

    private static readonly string[] Splices =
    [
        "\0",
        "\uFEFF",
        "\\ud800",
        "\"",
        "{",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ",,",
        "1e999",
        "-0",
        "99999999999999999999999999",
        "null",
        "true",
        "\"\\u0000\"",
        "{{{",
        "//",
        "\u202E",
    ];

    [Fact]
    public async Task Damaged_bodies_are_answered_at_every_door()
    {
        await using var api = await ApiHost.StartAsync(settings: ("Api:RequestsPerSecond", "10000"));
        var campaign = await api.CampaignAsync();
        (string Method, string Path, string Body)[] doors =
        [
            (
                "POST",
                "/api/v1/campaigns/",
                """{"name":"Lettre","sender_email":"lettre@asso.example","sender_name":"Asso","owners":"a@b.example"}"""
            ),
            ("PATCH", campaign, """{"name":"Autre","external_optout":false}"""),
            ("POST", campaign + "mails/", """[{"to":"a@b.example","properties":{"prenom":"Ana"}},{"to":"c@d.example"},]"""),
            ("PUT", campaign + "message/", """{"subject":"Bonjour {{prenom}}","html":"<h1>Une lettre</h1>","track_open":true}"""),
            ("POST", campaign + "preview_send/", """{"to":"me@asso.example"}"""),
            ("POST", "/api/v1/contacts/", """{"email":"a@b.example","first_name":"Ana","attributes":{"ville":"Lyon"}}"""),
            ("POST", "/api/v1/lists/", """{"name":"Clients"}"""),
            (
                "POST",
                "/api/v1/segments/",
                """{"name":"Nantes","definition":{"version":1,"root":{"match":"all","items":[{"subject":"domain","operator":"is","value":"a.example"}]}}}"""
            ),
            ("POST", "/api/v1/templates/", """{"name":"Lettre","subject":"Bonjour","html":"<p>x</p>"}"""),
            ("POST", "/api/v1/suppressions/", """{"address":"a@b.example","reason":"manual"}"""),
            ("POST", "/api/v1/webhooks/", """{"url":"https://hooks.example/","events":["delivered"]}"""),
            ("POST", "/api/v1/inspect/template", """{"id":1,"input":"{{a}}","data":{"a":1}}"""),
            (
                "POST",
                "/v3/mail/send",
                """{"personalizations":[{"to":[{"email":"a@b.example"}],"custom_args":{"x":"1"}}],"from":{"email":"shop@asso.example"},"subject":"S","content":[{"type":"text/plain","value":"T"}]}"""
            ),
        ];
        var random = new Random(20261123);
        var strange = new List<string>();
        foreach (var (method, path, body) in doors)
            for (var round = 0; round < Rounds; round++)
            {
                var damaged = Damage(random, Encoding.UTF8.GetBytes(body));
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(damaged) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
                using var answer = await api.Http.SendAsync(request);
                if ((int)answer.StatusCode >= 500)
                    strange.Add($"{(int)answer.StatusCode} {method} {path} {Convert.ToBase64String(damaged)}");
            }
        strange.ShouldBeEmpty();
        api.Web.Errors.ShouldBeEmpty();
        (await api.SendAsync("GET", campaign)).Status.ShouldBe(200);
    }

    private static byte[] Damage(Random random, byte[] body)
    {
        var bytes = body.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
            if (bytes.Count == 0)
                bytes.Add((byte)' ');
        }
        return [.. bytes];
    }
}
