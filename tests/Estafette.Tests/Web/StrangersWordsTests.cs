using System.IO.Compression;
using System.Text;
using AngleSharp.Dom;
using Estafette.Core.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>
/// What mail servers, mail programs, providers, resolvers and passers-by write ends on pages and in files: there it is text, whatever it says.
/// </summary>
public sealed class StrangersWordsTests : IAsyncLifetime
{
    private const string Element = "<img src=//evil.example/x onerror=alert(1)>\"'><script>alert(2)</script>";

    /// <summary>Columns that strangers fill and people read, each with words of its own.</summary>
    private static readonly string[] Read =
    [
        "inbound_messages.sender",
        "inbound_messages.subject",
        "inbound_messages.diagnostic",
        "inbound_messages.envelope_from",
        "dmarc_reports.organization",
        "dmarc_rows.source",
        "webhook_deliveries.answer",
        "attempts.text",
        "delivery_events.text",
        "abuse_reports.words",
        "abuse_reports.reporter",
        "suppression_rejects.raw",
        "suppressions.evidence",
        "client_certificates.subject",
        "sender_domains.record",
        "sender_domains.detail",
        "unsubscribe_answers.comment",
        "notices.name",
        "captured_messages.subject",
        "captured_messages.recipient",
        "deliveries.address",
        "imports.file_name",
        "suppression_imports.file_name",
        "source.header",
        "source.text",
    ];

    private readonly WebHostFixture _web = new();

    public async ValueTask InitializeAsync()
    {
        await _web.InitializeAsync();
        await FillAsync();
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    [Fact]
    public async Task Words_of_strangers_are_text_on_every_page_and_in_every_file()
    {
        var shown = new StringBuilder();
        var files = 0;
        foreach (var user in new[] { WebHostFixture.Owner, WebHostFixture.Operator })
        {
            using var visitor = await _web.SignInAsync(user);
            await foreach (var page in SiteWalk.RunAsync(visitor, ["/", .. More()]))
            {
                if (page.Document is { } document)
                {
                    Harmless(document, page.Path);
                    shown
                        .AppendLine(document.Body!.TextContent)
                        .AppendJoin('\n', document.QuerySelectorAll("input,textarea").Select(ValueOf));
                }
                else if (page.Answer.Content.Headers.ContentType?.MediaType == "text/csv")
                {
                    files++;
                    NoFormula(page.Text, page.Path);
                    shown.AppendLine(page.Text.Replace("\"\"", "\"", StringComparison.Ordinal));
                }
            }
        }
        var all = shown.ToString();
        Read.Where(column => !all.Contains(Words(column), StringComparison.Ordinal))
            .ShouldBeEmpty("nobody sees these: the test proves nothing");
        files.ShouldBeGreaterThan(5);
        _web.Host.Errors.Distinct().ShouldBeEmpty();
    }

    // Links that differ in a value only are walked once, and nothing leads to a list that was imported long ago.
    private string[] More() =>
        [
            $"/returned/{_web.Owned["returned"]}?view=headers",
            $"/suppressions/imports/{_web.Owned["suppressions/imports"]}",
            $"/campaigns/{_web.Owned["campaigns"]}/report",
            $"/operator/returned/{_web.Owned["operator/returned"]}?view=headers",
        ];

    private static string ValueOf(IElement field) => field.GetAttribute("value") ?? field.TextContent;

    private static void Harmless(IDocument page, string path)
    {
        page.QuerySelectorAll("[src*='evil.example'],[onerror],script:not([src]):not([type])")
            .Select(e => e.OuterHtml)
            .Where(e => e.Contains("evil", StringComparison.Ordinal) || e.Contains("alert(", StringComparison.Ordinal))
            .ShouldBeEmpty(path);
        page.QuerySelectorAll("[href],[action],[formaction]")
            .Select(e => e.GetAttribute("href") ?? e.GetAttribute("action") ?? e.GetAttribute("formaction")!)
            .Where(a => a.TrimStart().StartsWith("javascript:", StringComparison.OrdinalIgnoreCase))
            .ShouldBeEmpty(path);
    }

    private static void NoFormula(string csv, string path)
    {
        foreach (var line in csv.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        foreach (var cell in line.Split(';', ','))
            cell.TrimStart('"').ShouldNotStartWith("=", Case.Sensitive, $"{path}: {line}");
    }

    /// <summary>Begins like a formula, holds elements, and says where it came from.</summary>
    private static string Words(string column) => $"=cmd|{column}{Element}";

    private async Task FillAsync()
    {
        var (customer, delivery) = (_web.Owned["operator/customers"], 900_001L);
        await UpdateAsync("inbound_messages", "", "sender", "subject", "diagnostic", "envelope_from");
        await ExecuteAsync("UPDATE inbound_messages SET source = @v", Packed());
        await UpdateAsync("captured_messages", "", "subject", "recipient");
        await UpdateAsync("suppressions", "WHERE id = 900005", "evidence");
        await UpdateAsync("imports", "", "file_name");
        await UpdateAsync("suppression_imports", "", "file_name");
        await ExecuteAsync(
            $"UPDATE deliveries SET status = 4, attempts = 1, address = @v WHERE id = {delivery}",
            Words("deliveries.address")
        );
        await ExecuteAsync(
            $"INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, started_at, duration_ms, outcome, phase, code, text) VALUES ({delivery}, 1, {customer}, {_web.Owned["campaigns"]}, {_web.Owned["servers"]}, 1, 5, 2, 4, 550, @v)",
            Words("attempts.text")
        );
        await ExecuteAsync(
            $"INSERT INTO delivery_events (delivery_id, customer_id, at, status, source, text) VALUES ({delivery}, {customer}, 2, 5, 3, @v)",
            Words("delivery_events.text")
        );
        await ExecuteAsync(
            $"INSERT INTO abuse_reports (id, customer_id, delivery_id, received_at, words, reporter, link) VALUES (1, {customer}, {delivery}, 1, @v, @w, 'javascript:alert(3)')",
            Words("abuse_reports.words"),
            Words("abuse_reports.reporter")
        );
        await ExecuteAsync(
            $"INSERT INTO suppression_rejects (import_id, line, reason, raw) VALUES (900006, 1, @w, @v)",
            Words("suppression_rejects.raw"),
            "{\"code\":\"no-address\",\"values\":[]}"
        );
        await ExecuteAsync($"UPDATE suppression_imports SET rejected = 1 WHERE id = 900006");
        await ExecuteAsync(
            $"INSERT INTO client_certificates (id, customer_id, name, key_hash, subject, not_before, not_after, scopes, created_at) VALUES (1, {customer}, 'x', 'xxxxxxxxxxxxxxxx', @v, 1, 4000000000000, 'messages:send', 1)",
            Words("client_certificates.subject")
        );
        await ExecuteAsync(
            $"INSERT INTO webhook_deliveries (id, customer_id, webhook_id, payload, events, status, attempts, due_at, code, answer, created_at) VALUES (77, {customer}, {_web.Owned["settings/webhooks"]}, '[]', 1, 3, 1, 4000000000000, 500, @v, 1)",
            Words("webhook_deliveries.answer")
        );
        var now = TimeProvider.System.GetUtcNow().AddHours(-2).ToUnixTimeMilliseconds();
        await ExecuteAsync(
            $"INSERT INTO dmarc_reports (id, customer_id, domain, organization, report_id, begin_at, end_at, messages, imported_at) VALUES (1, {customer}, 'owner.test', @v, 'x', {now}, {now}, 3, {now})",
            Words("dmarc_reports.organization")
        );
        await ExecuteAsync(
            $"INSERT INTO dmarc_rows (id, customer_id, dmarc_report_id, source, header_from, count, disposition, dkim_aligned, spf_aligned) VALUES (1, {customer}, 1, @v, 'owner.test', 3, 0, 0, 0)",
            Words("dmarc_rows.source")
        );
        var finding = System.Text.Json.JsonSerializer.Serialize(
            new[]
            {
                new
                {
                    Subject = "Spf",
                    Status = "Ko",
                    Code = "dns-unknown",
                    Arguments = new[] { Words("x"), Words("y") },
                    Record = Words("sender_domains.record"),
                    Detail = Words("sender_domains.detail"),
                },
            }
        );
        await ExecuteAsync($"UPDATE sender_domains SET messages = @v, checked_at = {now} WHERE customer_id = {customer}", finding);
        await ExecuteAsync($"UPDATE campaigns SET status = 4, launched_at = 1, finished_at = 2 WHERE id = {_web.Owned["campaigns"]}");
        await ExecuteAsync(
            $"INSERT INTO unsubscribe_answers (delivery_id, customer_id, campaign_id, comment, at) VALUES ({delivery}, {customer}, {_web.Owned["campaigns"]}, @v, 1)",
            Words("unsubscribe_answers.comment")
        );
        await ExecuteAsync(
            $"INSERT INTO notices (id, customer_id, kind, key, subject_id, name, at) VALUES (1, {customer}, 1, 'x', {_web.Owned["campaigns"]}, @v, {now})",
            Words("notices.name")
        );
    }

    private static byte[] Packed()
    {
        var message =
            $"From: {Words("source.from")}\r\nSubject: {Words("source.subject")}\r\nX-Evil: {Words("source.header")}\r\n\r\n{Words("source.text")}\r\n";
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest))
            deflate.Write(Encoding.UTF8.GetBytes(message));
        return packed.ToArray();
    }

    private async Task UpdateAsync(string table, string where, params string[] columns)
    {
        foreach (var column in columns)
            await ExecuteAsync($"UPDATE {table} SET {column} = @v {where}", Words($"{table}.{column}"));
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        var changed = 0;
        await _web
            .Host.Services.GetRequiredService<WriteQueue>()
            .RunAsync(
                async session =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = sql;
                    command.Transaction = session.Transaction;
                    foreach (var (name, value) in new[] { "@v", "@w" }.Zip(values))
                        command.Set(name, value);
                    changed = await command.ExecuteNonQueryAsync();
                },
                CancellationToken.None
            );
        changed.ShouldBeGreaterThan(0, sql);
    }
}
