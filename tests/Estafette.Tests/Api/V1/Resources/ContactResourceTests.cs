using Estafette.Testing;

namespace Estafette.Tests.Api.V1.Resources;

public abstract class ContactResourceTests(ResourceHost host)
{
    [Fact]
    public async Task Contact_is_found_by_its_address_changed_in_part_and_erased_for_good()
    {
        var mail = host.Unique("ana") + "@r.test";
        var made = await host.CreateAsync(
            "contacts",
            $$$$$"""{"email":"{{{{{mail}}}}}","first_name":"Ana","attributes":{"ville":"Lyon","points":12,"tags":["a"]}}"""
        );
        var again = await host.SendAsync(
            "POST",
            "contacts/",
            $$$$$"""{"email":"{{{{{mail.ToUpperInvariant()}}}}}","last_name":"Ruiz","attributes":{"points":13,"ville":null}}"""
        );
        (again.Status, again["url"], again["first_name"], again["last_name"]).ShouldBe((200, made["url"], "Ana", "Ruiz"));
        var attributes = again.Json.GetProperty("attributes");
        (
            attributes.GetProperty("points").GetInt32(),
            attributes.GetProperty("tags").GetArrayLength(),
            attributes.EnumerateObject().Count()
        ).ShouldBe((13, 1, 2));
        var url = made["url"]!;
        var changed = await host.SendAsync(
            "PATCH",
            url,
            """{"phone":"06 12 34 56 78","first_name":null,"tracking_consent":"granted","wording":"Oui"}"""
        );
        (changed["phone"], changed["first_name"], changed["last_name"], changed["tracking_consent"]).ShouldBe(
            ("+33612345678", "", "Ruiz", "granted")
        );
        var put = await host.SendAsync("PUT", url, $$"""{"email":"{{mail}}"}""");
        (put["phone"], put["last_name"], put.Json.GetProperty("attributes").ToString(), put["tracking_consent"]).ShouldBe(
            ("", "", "{}", "granted")
        );
        ResourceHost
            .RowsOf(await host.SendAsync("GET", $"contacts/?search={mail[..^4]}"))
            .Single()
            .GetProperty("url")
            .GetString()
            .ShouldBe(url);
        var csv = await host.SendAsync("GET", $"contacts/?email={mail}&format=csv");
        csv.Text.Split('\n')[1].ShouldStartWith($"{url},{ResourceHost.IdOf(made)},{mail}");
        (await host.SendAsync("DELETE", url)).Status.ShouldBe(204);
        (await host.SendAsync("GET", url)).Status.ShouldBe(404);
        // The address stays suppressed under its hash, and again under its name when it comes back.
        await host.CreateAsync("contacts", $$"""{"email":"{{mail}}"}""");
        ResourceHost.RowsOf(await host.SendAsync("GET", $"suppressions/?address={mail}")).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Wrong_fields_are_told_together_under_their_names_in_the_language_of_the_caller()
    {
        var name = host.Unique("Liste ");
        await host.CreateAsync("lists", $$"""{"name":"{{name}}"}""");
        (string Method, string Path, string Body, string Fields)[] wrong =
        [
            ("POST", "contacts/", """{"email":"x","phone":"1","language":"français","attributes":[1]}""", "attributes"),
            ("POST", "contacts/", """{"email":"x","phone":"1","language":"français"}""", "email language phone"),
            ("POST", "contacts/", "{}", "email"),
            ("POST", "contacts/", "[]", "non_field_errors"),
            ("POST", "lists/", """{"name":"","public":"x"}""", "name public"),
            ("POST", "lists/", $$"""{"name":"{{name}}"}""", "name"),
            ("POST", "segments/", """{"name":"S"}""", "definition"),
            ("POST", "segments/", """{"name":"S","definition":{"version":1,"root":{"match":"some","items":[]}}}""", "definition"),
            (
                "POST",
                "segments/",
                """{"name":"S","definition":{"version":1,"root":{"match":"all","items":[{"subject":"list","operator":"member","key":"999999"}]}}}""",
                "definition"
            ),
            ("POST", "templates/", """{"name":"T","html":"<p>{{#if}}</p>","subject":"{{","category":"x"}""", "category"),
            ("POST", "templates/", """{"name":"T","html":"<p>{{#if a}}</p>","subject":"s"}""", "html"),
            ("POST", "servers/", """{"kind":"pigeon"}""", "kind name"),
            ("POST", "servers/", """{"name":"S","kind":"smtp","settings":{"port":"x"}}""", "settings.port"),
            (
                "POST",
                "servers/",
                """{"name":"S","kind":"smtp","weight":0,"settings":{"host":"","port":0}}""",
                "settings.host settings.port weight"
            ),
            ("POST", "suppressions/", """{"address":"x","reason":"complaint"}""", "address reason"),
            ("POST", "suppressions/", """{"address":"12","channel":"sms"}""", "address"),
            ("POST", "suppressions/", """{"address":"a@r.test","evidence":"a\u0000b"}""", "evidence"),
            ("POST", "contacts/", """{"email":"a@r.test","attributes":{"a":"\u0000"}}""", "attributes"),
            ("POST", "contacts/", """{"email":"a@r.test","attributes":{"a":"\ud800"}}""", "attributes"),
            ("GET", "contacts/?search=%00&language=%00", "", "search"),
            ("GET", "templates/?name=%00", "", "name"),
            ("POST", "imports/", "email\n", "filename"),
            (
                "POST",
                "imports/?filename=a.csv&known_contacts=x&tracking_consent=x&country=FRA&mapping=x",
                "email\na@r.test\n",
                "country known_contacts mapping tracking_consent"
            ),
            ("POST", "imports/?filename=a.csv&start=true&subscription_status=confirmed", "email\na@r.test\n", "legal_basis provenance"),
            ("POST", "imports/?filename=a.csv&start=true&list=999999", "email\na@r.test\n", "list"),
            ("GET", "statistics/days/?from=2026-02-30&to=x", "", "from to"),
            ("GET", "statistics/lists/?from=2024-01-01&to=2026-01-01", "", "from"),
            ("GET", "contacts/?status=confirmed", "", "list"),
            ("GET", "messages/?state=x&page=0", "", "page state"),
        ];
        foreach (var (method, path, body, fields) in wrong)
        {
            var answer = await host.SendAsync(method, path, body.Length > 0 ? body : null);
            (answer.Status, ResourceHost.FieldsOf(answer)).ShouldBe((400, fields), $"{method} {path} {body}: {answer.Text}");
        }
        var french = await host.SendAsync("POST", "lists/", $$"""{"name":"{{name}}"}""");
        using var english = new HttpRequestMessage(HttpMethod.Post, "/api/v1/lists")
        {
            Content = new StringContent($$"""{"name":"{{name}}"}"""),
        };
        english.Content.Headers.ContentType = new("application/json");
        english.Headers.AcceptLanguage.ParseAdd("en");
        using var told = await host.Api.Http.SendAsync(english);
        (await told.Content.ReadAsStringAsync()).ShouldNotBe(french.Text);
    }

    [Fact]
    public async Task Ten_thousand_are_subscribed_at_once_and_who_left_comes_back_with_a_wording_only()
    {
        var list = await host.CreateAsync("lists", $$"""{"name":"{{host.Unique("Grande ")}}"}""");
        var (word, url) = (host.Unique("p"), list["url"]!);
        var all = "[" + string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"{word}-{i}@r.test\"")) + "]";
        var answer = await host.SendAsync("POST", list["subscribe"]!, all);
        (answer.Status, answer["done"], answer["created"], answer["failed"]).ShouldBe((200, "10000", "10000", "[]"), answer.Text);
        (await host.SendAsync("GET", url))["confirmed"].ShouldBe("10000");
        (await host.SendAsync("POST", list["subscribe"]!, all[..^1] + ",\"one@r.test\"]")).Status.ShouldBe(400);
        (await host.SendAsync("POST", list["subscribe"]!, all[..^3])).Status.ShouldBe(400);
        (await host.SendAsync("POST", list["subscribe"]!, "{}")).Status.ShouldBe(400);
        var left = await host.SendAsync(
            "POST",
            list["unsubscribe"]!,
            $$"""["{{word}}-1@r.test","{{word}}-1@r.test","{{word}}-nobody@r.test"]"""
        );
        (left["done"], left["unchanged"]).ShouldBe(("1", "1"), left.Text);
        left.Json.GetProperty("failed")[0].GetProperty("index").GetInt32().ShouldBe(2);
        var back = await host.SendAsync(
            "POST",
            list["subscribe"]!,
            $$"""["{{word}}-1@r.test",{"email":"{{word}}-new@r.test","first_name":"N","language":"xxxx"},{"id":999999},7]"""
        );
        back.Json.GetProperty("failed")
            .EnumerateArray()
            .Select(f => f.GetProperty("errors").EnumerateObject().Single().Name)
            .ShouldBe(["wording", "language", "id", "non_field_errors"]);
        (await host.SendAsync("POST", list["subscribe"] + "?wording=Encore", $"[\"{word}-1@r.test\",]"))["done"].ShouldBe("1");
        var members = await host.SendAsync("GET", list["members"] + "?page=2&page_size=1000&status=confirmed");
        (members["count"], members["page_count"], members.Json.GetProperty("results").GetArrayLength()).ShouldBe(("10000", "10", 1000));
        members["next"]!.ShouldContain("page=3");
        var streamed = await host.SendAsync("GET", list["members"]!);
        (streamed.Headers["X-Total-Count"], streamed.Json.GetArrayLength()).ShouldBe(("10000", 10_000));
        (await host.SendAsync("DELETE", url)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Segment_holds_whom_its_tree_describes_and_stays_while_it_is_used()
    {
        var (word, city) = (host.Unique("seg"), host.Unique("Brest "));
        foreach (var (who, points) in new[] { ("a", 5), ("b", 50) })
            await host.CreateAsync(
                "contacts",
                $$$$$"""{"email":"{{{{{word}}}}}{{{{{who}}}}}@r.test","attributes":{"ville":"{{{{{city}}}}}","points":{{{{{points}}}}}}}"""
            );
        string Definition(string least) =>
            $$$$$"""{"version":1,"root":{"match":"all","items":[{"subject":"attribute","operator":"is","key":"ville","kind":"text","value":"{{{{{city}}}}}"},{"subject":"attribute","operator":"at-least","key":"points","kind":"number","value":"{{{{{least}}}}}"}]}}""";
        var segment = await host.CreateAsync("segments", $$"""{"name":"{{word}}","definition":{{Definition("10")}}}""");
        (await host.SendAsync("GET", segment["count"]!))["count"].ShouldBe("1");
        ResourceHost
            .RowsOf(await host.SendAsync("GET", segment["members"]!))
            .Single()
            .GetProperty("email")
            .GetString()
            .ShouldBe(word + "b@r.test");
        var wider = await host.SendAsync("PATCH", segment["url"]!, $$"""{"definition":{{Definition("1")}}}""");
        (wider["last_count"], wider["name"]).ShouldBe(("", word));
        (await host.SendAsync("GET", segment["members"] + "?ordering=-email&page=1"))["count"].ShouldBe("2");
        var user = await host.CreateAsync(
            "segments",
            $$$$$"""{"name":"{{{{{word}}}}} bis","definition":{"version":1,"root":{"match":"any","items":[{"subject":"segment","operator":"member","key":"{{{{{ResourceHost.IdOf(segment)}}}}}"}]}}}"""
        );
        (await host.SendAsync("DELETE", segment["url"]!)).Status.ShouldBe(409);
        (await host.SendAsync("DELETE", user["url"]!)).Status.ShouldBe(204);
        (await host.SendAsync("DELETE", segment["url"]!)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task File_is_imported_as_it_arrives_with_a_mapping_and_tells_what_did_not_go_in()
    {
        var word = host.Unique("imp");
        var list = await host.CreateAsync("lists", $$"""{"name":"{{word}}"}""");
        var csv = $"Courriel;Ville;Points\n{word}a@r.test;Lille;7\n{word}b@r.test;Metz;8\nnobody;X;1\n";
        var draft = await host.SendAsync("POST", $"imports/?filename=gens.csv&list={list["url"]}", csv, "text/csv");
        (draft.Status, draft["status"], draft["list"], draft["filename"]).ShouldBe((201, "draft", list["url"], "gens.csv"), draft.Text);
        draft
            .Json.GetProperty("mapping")
            .EnumerateArray()
            .Select(m => m.GetProperty("source").GetString())
            .ShouldBe(["Courriel", "Ville", "Points"]);
        var url = draft["url"]!;
        (
            await host.SendAsync(
                "PATCH",
                url,
                """{"status":"running","mapping":[{"source":"Courriel","field":"attribute","attribute":"x"}]}"""
            )
        ).Status.ShouldBe(400);
        var started = await host.SendAsync(
            "PATCH",
            url,
            """{"status":"running","mapping":[{"source":"Courriel","field":"email"},{"source":"Ville","field":"ignored"},{"source":"Points","field":"attribute","attribute":"score","type":"number"}]}"""
        );
        started.Status.ShouldBe(200, started.Text);
        var done = await host.FinishedAsync(url);
        (
            done["status"],
            done["progress"],
            done.Json.GetProperty("counts").GetProperty("added").GetInt32(),
            done.Json.GetProperty("counts").GetProperty("rejected").GetInt32()
        ).ShouldBe(("finished", "1", 2, 1), done.Text);
        var report = await host.SendAsync("GET", done["errors"]!);
        (report.Headers["Content-Type"], report.Text.Contains("nobody", StringComparison.Ordinal)).ShouldBe(
            ("text/csv; charset=utf-8", true)
        );
        var member = ResourceHost.RowsOf(await host.SendAsync("GET", $"contacts/?email={word}a@r.test")).Single();
        member.GetProperty("attributes").ToString().Replace(" ", "", StringComparison.Ordinal).ShouldBe("""{"score":7}""");
        (await host.SendAsync("PATCH", url, """{"status":"paused"}""")).Status.ShouldBe(409);
        (await host.SendAsync("POST", url + "cancel/")).Status.ShouldBe(409);
        var json = await host.SendAsync(
            "POST",
            "imports/?filename=x.json&start=true",
            $"[{{\"email\":\"{word}c@r.test\",\"city\":\"Nice\"}}]",
            "application/json"
        );
        (await host.FinishedAsync(json["url"]!)).Json.GetProperty("counts").GetProperty("added").GetInt32().ShouldBe(1);
        (await host.SendAsync("GET", json["url"] + "errors/")).Status.ShouldBe(404);
        var cancelled = await host.SendAsync(
            "POST",
            (await host.SendAsync("POST", "imports?filename=y.csv", csv, "text/csv"))["url"] + "cancel"
        );
        (cancelled.Status, cancelled["status"]).ShouldBe((200, "cancelled"));
        (await host.SendAsync("POST", "imports/?filename=z.csv", "", "text/csv")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Workbook_comes_in_a_form_and_the_sheet_can_be_chosen()
    {
        var word = host.Unique("book");
        var book = WorkbookFile.Sheets(
            ("Clients", WorkbookFile.Row("email") + WorkbookFile.Row($"{word}a@r.test")),
            ("Presse", WorkbookFile.Row("email") + WorkbookFile.Row($"{word}b@r.test") + WorkbookFile.Row($"{word}c@r.test"))
        );
        using var file = new ByteArrayContent(book);
        using var form = new MultipartFormDataContent { { file, "file", "gens.xlsx" } };
        using var uploaded = await host.Api.Http.PostAsync("/api/v1/imports/", form, TestContext.Current.CancellationToken);
        ((int)uploaded.StatusCode).ShouldBe(201);
        var url = uploaded.Headers.Location!.ToString();
        (await host.SendAsync("GET", url))["sheet"].ShouldBe("Clients");
        var wrong = await host.SendAsync("PATCH", url, """{"sheet":"Autre"}""");
        (wrong.Status, ResourceHost.FieldsOf(wrong)).ShouldBe((400, "sheet"));
        (await host.SendAsync("PATCH", url, """{"sheet":"Presse","status":"running"}""")).Status.ShouldBe(200);
        var done = await host.FinishedAsync(url);
        (done["status"], done["filename"], done.Json.GetProperty("counts").GetProperty("added").GetInt32()).ShouldBe(
            ("finished", "gens.xlsx", 2)
        );
    }
}

[Collection(SqliteResourceHost.Group)]
public sealed class ContactResourceTestsOnSqlite(SqliteResourceHost host) : ContactResourceTests(host);

[Collection(PostgreSqlResourceHost.Group), Trait("Category", "PostgreSql")]
public sealed class ContactResourceTestsOnPostgreSql(PostgreSqlResourceHost host) : ContactResourceTests(host);
