using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Estafette.Core.Contacts.Import;
using Estafette.Testing;
using Estafette.Web;
using Estafette.Web.Contacts;

namespace Estafette.Tests.Web;

/// <summary>Reasons that come from the template compiler and the import, on pages in French.</summary>
[Collection(WebHostGroup.Name)]
public sealed partial class FrenchReasonsTests(WebHostFixture web)
{
    private static readonly CultureInfo French = CultureInfo.GetCultureInfo("fr-FR");

    [Fact]
    public async Task Broken_template_is_refused_in_french_with_its_place()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        using var answer = await visitor.PostAsync(
            "/templates/new",
            "template",
            ("name", "Broken"),
            ("subject", "Bonjour"),
            ("html", "<p>Un</p>\n<p>{{#if a}}deux</p>")
        );
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        page.ShouldContain("ligne 2, colonne 4\u00a0: le bloc «\u00a0{{#if a}}\u00a0» n’est jamais fermé");
        page.ShouldNotContain("never closed");
    }

    [Fact]
    public async Task File_that_cannot_be_read_is_refused_in_french()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var page = await UploadAsync(visitor, [0x50, 0x4B, 3, 4, 0, 0, 8, 0, 0xFE, 0xFF, 0, 1, 2, 0, 0, 7]);
        page.ShouldContain("«\u00a0contacts.xlsx\u00a0» est un classeur endommagé.");
        page.ShouldNotContain("damaged");
    }

    [Fact]
    public async Task Rows_that_would_be_rejected_say_why_in_french()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var page = await UploadAsync(visitor, "email;phone\nnobody;\na@example.test;12\n"u8.ToArray());
        page.ShouldContain("L’adresse n’a pas de @.");
        page.ShouldContain("Le téléphone n’a pas été repris\u00a0: Le numéro");
        page.ShouldNotContain("<span lang=\"en\"");
    }

    [Fact]
    public async Task Report_of_rejected_rows_is_in_french()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var report = await visitor.Http.GetStringAsync($"/imports/{web.Owned["imports"]}/report");
        report.TrimStart('\uFEFF').ShouldBe("Ligne;Résultat;Motif;Enregistrement\r\n3;rejetée;L’adresse n’a pas de @.;nobody\r\n");
    }

    [Fact]
    public void Stored_end_of_an_import_is_told_in_french()
    {
        CultureInfo.CurrentUICulture = French;
        var end = new FileFault(120, 7, ImportReason.Of("comma-expected", 3, "'.'")).Of("shop.json");
        ImportWords
            .Of(ImportReason.FromJson(end.ToJson()))
            .ShouldBe(
                "«\u00a0shop.json\u00a0» n’est pas lisible à partir de l’octet 120, ligne 7\u00a0: «\u00a0,\u00a0» ou «\u00a0]\u00a0» était attendu "
                    + "après l’enregistrement 3, pas '.'. Tout ce qui précède est importé\u202f; importez à nouveau le fichier corrigé, personne ne "
                    + "sera ajouté deux fois."
            );
        end.ToString()
            .ShouldBe(
                "'shop.json' is not readable from byte 120, line 7 on: ',' or ']' was expected after row 3, not '.'. "
                    + "Everything before that place is imported; import the corrected file again, nobody is added twice."
            );
    }

    [Fact]
    public void Words_of_the_program_in_a_reason_are_translated()
    {
        CultureInfo.CurrentUICulture = French;
        ImportWords.Of([ImportReason.Of("column-type", "Né", AttributeType.Number)]).ShouldContain("Nombre");
        ImportWords.Of(ImportReason.Of("mapping-twice", ContactField.FirstName, "A", "B")).ShouldStartWith("«\u00a0Prénom\u00a0»");
    }

    [Fact]
    public void Every_reason_of_the_import_is_known_and_translated()
    {
        var written = Sources("Contacts", "Import")
            .SelectMany(source => ReasonCode().Matches(source).Select(m => m.Groups[1].Value))
            .ToList();
        written.Count.ShouldBeGreaterThan(35);
        written.Except(ImportReason.Codes, StringComparer.Ordinal).ShouldBeEmpty();
        ImportReason
            .Codes.Where(code => !code.EndsWith("-none", StringComparison.Ordinal) && !Texts.Has("rejects." + code))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_fault_of_a_content_has_a_translation()
    {
        var codes = Sources("Messages", "Content")
            .SelectMany(source => FaultCode().Matches(source).Select(m => m.Groups[1].Value))
            .ToList();
        codes.Count.ShouldBeGreaterThan(40);
        codes.Where(code => !Texts.Has("content." + code)).ShouldBeEmpty();
    }

    private static async Task<string> UploadAsync(Testing.Web.WebVisitor visitor, byte[] content)
    {
        using var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await visitor.TokenAsync("/imports/new")), "__RequestVerificationToken" },
            { file, "file", "contacts.xlsx" },
        };
        using var uploaded = await visitor.Http.PostAsync("/imports/upload", form);
        return WebUtility.HtmlDecode(await visitor.Http.GetStringAsync(uploaded.Headers.Location));
    }

    private static IEnumerable<string> Sources(params string[] module) =>
        Directory.GetFiles(Path.Combine([Repository.Root, "src", "Estafette.Core", .. module]), "*.cs").Select(File.ReadAllText);

    [GeneratedRegex("""ImportReason\.Of\(\s*"([a-z-]+)\x22""", RegexOptions.CultureInvariant)]
    private static partial Regex ReasonCode();

    [GeneratedRegex("""ContentFault\.Of\(\s*"([a-z-]+)\x22""", RegexOptions.CultureInvariant)]
    private static partial Regex FaultCode();
}
