using System.Text;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

/// <summary>Files as people really have them.</summary>
public sealed class BadFileTests
{
    [Fact]
    public async Task Json_cut_off_at_90_percent_imports_what_stands_before_and_names_the_place()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite, batchRows: 1000);
        var whole =
            "[\n"
            + string.Join(",\n", Enumerable.Range(1, 20_000).Select(i => $$"""{"email":"user{{i}}@example.org","n":{{i}}}"""))
            + "\n]";
        var cut = whole[..(whole.Length * 9 / 10)];
        var rows = cut.Split('\n').Length - 2;

        var progress = await fixture.ImportAsync("cut.json", cut);

        progress.Status.ShouldBe(ImportStatus.Failed);
        progress.Counts.Added.ShouldBe(rows);
        (await fixture.Application.CountAsync("contacts")).ShouldBe(rows);
        var start = cut.LastIndexOf('\n') + 1;
        var error = progress.Error.ShouldNotBeNull().ToString();
        error.ShouldContain($"from byte {cut.Length}, line {rows + 2} on");
        error.ShouldContain($"inside row {rows + 1}, which begins at byte {start}, line {rows + 2}");
    }

    [Fact]
    public async Task Ndjson_cut_inside_its_last_line_says_so()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("cut.ndjson", "{\"email\":\"a@example.org\"}\n{\"email\":\"b@exam");

        (progress.Status, progress.Counts.Added).ShouldBe((ImportStatus.Failed, 1));
        progress.Error.ShouldNotBeNull().ToString().ShouldContain("line 2");
    }

    [Fact]
    public async Task Ragged_rows_are_rejected_with_line_and_reason_and_the_rest_goes_in()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        const string Text =
            "email,prenom,ville\na@example.org,Ana,Lyon\nb@example.org,Bob\n\nc@example.org,Cleo,Lille,x\nd@example.org,David,Nice,,\n";

        var progress = await fixture.ImportAsync("ragged.csv", Text);

        progress.Counts.ShouldBe(new ImportCounts(4, 2, 0, 0, 0, 0, 2, 0));
        fixture
            .Report(progress.Id)
            .ShouldBe(
                "line;outcome;reason;row;codes\r\n"
                    + "3;rejected;\"Fields in the row: 2; columns: 3.\";b@example.org,Bob;\"[{\"\"code\"\":\"\"row-fields\"\",\"\"values\"\":[\"\"2\"\",\"\"3\"\"]}]\"\r\n"
                    + "5;rejected;\"Fields in the row: 4; columns: 3.\";c@example.org,Cleo,Lille,x;\"[{\"\"code\"\":\"\"row-fields\"\",\"\"values\"\":[\"\"4\"\",\"\"3\"\"]}]\"\r\n"
            );
    }

    [Fact]
    public async Task Quote_that_is_never_closed_costs_its_line_only()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("quote.csv", "email,nom\na@example.org,\"Open\nb@example.org,Bob\nc@example.org,Cleo\n");

        progress.Counts.ShouldBe(new ImportCounts(3, 2, 0, 0, 0, 0, 1, 0));
        fixture.Report(progress.Id).ShouldContain("2;rejected;A quote is opened and never closed.;");
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("latin1", false)]
    [InlineData("utf-8", false)]
    public async Task Encoding_of_a_csv_is_detected(string name, bool mark)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite, batchRows: 100);
        var encoding = Encoding.GetEncoding(name);
        var rows = string.Concat(Enumerable.Range(1, 250).Select(i => $"user{i}@example.org\tHélène\r\n"));
        var bytes = encoding.GetBytes("courriel\tprénom\r\n" + rows);
        var path = fixture.Write("list.txt", "");
        await File.WriteAllBytesAsync(path, mark ? [.. encoding.GetPreamble(), .. bytes] : bytes);

        var progress = await fixture.ImportAsync(fixture.Request(path));

        progress.Counts.ShouldBe(new ImportCounts(250, 250, 0, 0, 0, 0, 0, 0));
        progress.BytesDone.ShouldBe(progress.BytesTotal);
        (await fixture.ContactAsync("user250@example.org")).FirstName.ShouldBe("Hélène");
    }

    [Fact]
    public async Task Json_in_utf16_is_read()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("list.json", """[{"email":"a@example.org","prenom":"Zoé"}]""", Encoding.Unicode);

        progress.Counts.Added.ShouldBe(1);
        (await fixture.ContactAsync("a@example.org")).FirstName.ShouldBe("Zoé");
    }

    [Fact]
    public async Task Wrong_encoding_is_warned_of_and_its_rows_rejected()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var path = fixture.Write("list.csv", "");
        await File.WriteAllBytesAsync(path, Encoding.Latin1.GetBytes("email;nom\na@example.org;Lefèvre\nb@example.org;Petit\n"));
        var format = DetectFile.Run(new DetectRequest(path)).Format with { Encoding = FileEncoding.Utf8 };

        var details = DetectFile.Run(new DetectRequest(path, Format: format));
        var progress = await fixture.ImportAsync(fixture.Request(path) with { Format = format });

        $"{details.Warning.ShouldNotBeNull()}".ShouldContain("looks like Windows1252, not Utf8");
        details.Preview[0].Problems.Single().Code.ShouldBe("row-encoding");
        (progress.Counts.Added, progress.Counts.Rejected).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData("a@example.org\\r\\nBcc: x@example.org")]
    [InlineData("a\\nb@example.org")]
    [InlineData("a@exam\\u0000ple.org")]
    public async Task Line_break_in_an_address_is_rejected(string address)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("list.json", $$"""[{"email":"{{address}}"},{"email":"good@example.org"}]""");

        (progress.Status, progress.Counts.Added, progress.Counts.Rejected).ShouldBe((ImportStatus.Finished, 1, 1));
        (await fixture.Application.CountAsync("contacts")).ShouldBe(1);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(600_000)]
    public async Task Attributes_nested_too_deep_cost_their_row_only(int depth)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var deep = string.Concat(Enumerable.Repeat("[", depth)) + string.Concat(Enumerable.Repeat("]", depth));

        var progress = await fixture.ImportAsync(
            "deep.json",
            $$"""[{"email":"a@example.org"},{"email":"b@example.org","x":{{deep}}},{"email":"c@example.org"}]"""
        );

        progress.Counts.ShouldBe(new ImportCounts(3, 2, 0, 0, 0, 0, 1, 0));
        progress.Status.ShouldBe(ImportStatus.Finished);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Values_no_database_can_hold_are_left_out_and_noted(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);

        var progress = await fixture.ImportAsync(
            "odd.json",
            """[{"email":"a@example.org","nul":"x\u0000y","half":"\ud800","huge":1e400000,"tiny":1e-99999,"deep":{"k":["\u0000"]},"fine":"é\u00e9","fine":2}]"""
        );

        progress.Counts.ShouldBe(new ImportCounts(1, 1, 0, 0, 0, 0, 0, 1));
        System.Text.Json.Nodes.JsonNode.Parse((await fixture.ContactAsync("a@example.org")).Attributes!)!.AsObject().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"version":1,"contacts":[{"email":"a@example.org"},"b@example.org"],"total":2}""")]
    [InlineData("""{"email":"a@example.org"}""" + "\n" + """{"email":"b@example.org"}""")]
    [InlineData("\"a@example.org\"\n\"b@example.org\"\n")]
    [InlineData("""["a@example.org","b@example.org"]""")]
    [InlineData("{\n \"email\":\"a@example.org\"\n}\n{\n \"mail\":\"x\", \"email\":\"b@example.org\"\n}\n")]
    [InlineData("""[{"person":{"e-mail":"a@example.org","prenom":"A"}},{"person":{"e-mail":"b@example.org"}}]""")]
    public async Task Every_container_of_json_is_understood(string text)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("list.json", text);

        (progress.Error, progress.Status, progress.Counts.Added).ShouldBe((null, ImportStatus.Finished, 2));
        (await fixture.Application.CountAsync("contacts WHERE contact_key IN ('a@example.org', 'b@example.org')")).ShouldBe(2);
    }

    [Theory]
    [InlineData("[{\"email\":\"a@example.org\"}\n\n;{\"email\":\"b@example.org\"}]", "byte 28, line 3")]
    [InlineData("[\"a@example.org\"] [\"b@example.org\"]", "byte 18, line 1")]
    [InlineData("[\"a@example.org\",]", "byte 17, line 1")]
    public async Task Broken_structure_names_byte_and_line(string text, string place)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("broken.json", text);

        (progress.Status, progress.Counts.Added).ShouldBe((ImportStatus.Failed, 1));
        progress.Error.ShouldNotBeNull().ToString().ShouldContain(place);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \n ", "is empty")]
    [InlineData("PK\u0003\u0004\0\0\0sheet", "binary data")]
    public async Task File_that_is_no_list_is_refused_at_the_start(string text, string reason)
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var started = await fixture.StartAsync(fixture.Request(fixture.Write("odd.csv", text)));

        started.Id.ShouldBeNull();
        started.Errors["file"].ToString().ShouldContain(reason);
    }

    [Fact]
    public async Task Row_that_begins_like_a_formula_is_guarded_in_the_report()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

        var progress = await fixture.ImportAsync("formula.csv", "email\n=HYPERLINK(\"x\")\n");

        fixture.Report(progress.Id).ShouldContain(";\"'=HYPERLINK");
    }

    [Fact]
    public void Damaged_files_are_read_to_an_end_whatever_they_hold()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("damaged");
        string[] sound =
        [
            "E-mail;Prénom;Téléphone\r\nana@example.org;\"Ana; la \"\"grande\"\"\";0612345678\r\nbob@example.org;Bob;\r\n",
            "sep=,\nemail,name\na@example.org,\"two\nlines\"\n",
            """[{"email":"a@example.org","tags":["x",{"y":1}],"né":"2000-01-02"},"b@example.org",null,7]""",
            """{"shop":{"id":1},"contacts":[{"email":"a@example.org","phone":"+33612345678"}],"end":true}""",
            "{\"email\":\"a@example.org\"}\n\"b@example.org\"\n{\"email\":\n",
        ];
        Encoding[] encodings = [new UTF8Encoding(true), Encoding.Latin1, Encoding.Unicode, Encoding.BigEndianUnicode];
        var random = new Random(20261122);
        for (var i = 0; i < 1000; i++)
        {
            var text = sound[random.Next(sound.Length)];
            var encoding = encodings[random.Next(encodings.Length)];
            byte[] bytes = [.. random.Next(2) == 0 ? encoding.Preamble : [], .. encoding.GetBytes(text)];
            for (var damage = random.Next(6); damage > 0 && bytes.Length > 0; damage--)
                bytes = Damaged(bytes, random);
            File.WriteAllBytes(path, bytes);
            Should.NotThrow(() => ReadToTheEnd(path), Convert.ToHexString(bytes));
        }
    }

    [Theory]
    [InlineData("email\n\"a@example.org\nb@example.org\n")]
    [InlineData("\"email;name\na@example.org;Ana\n")]
    [InlineData("\"e\nmail\";name;\"a@example.org\nAna\n")]
    public void Quotes_that_are_never_closed_do_not_stop_the_reading(string text)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("quotes");
        File.WriteAllText(path, text);
        ReadToTheEnd(path);
    }

    private static void ReadToTheEnd(string path)
    {
        var details = DetectFile.Run(new DetectRequest(path));
        if (details.Error is not null)
            return;
        using var rows = OpenImport.Rows(path, details.Format, details.Mapping, new FieldValues("FR", true), default);
        var (row, end) = (new ContactRow(), 0L);
        while (rows.Read(row))
        {
            row.EndOffset.ShouldBeGreaterThan(end);
            end = row.EndOffset;
            (row.Reject is null && row.Key is null).ShouldBeFalse();
            _ = ImportReason.Describe(row.Reasons);
        }
        end.ShouldBeLessThanOrEqualTo(details.Bytes);
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        byte[] odd = [0, (byte)'"', (byte)'\n', (byte)'\r', (byte)';', (byte)'{', (byte)']', (byte)'\\', 0xC3, 0xFF];
        return random.Next(4) switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], odd[random.Next(odd.Length)], .. bytes[at..]],
            2 => [.. bytes[..at], .. bytes[(at + 1)..]],
            _ => [.. bytes[..at], odd[random.Next(odd.Length)], .. bytes[(at + 1)..]],
        };
    }
}
