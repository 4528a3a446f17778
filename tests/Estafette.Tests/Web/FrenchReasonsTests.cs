using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
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
        page.ShouldContain("«\u00a0contacts.xlsx\u00a0» n’est ni du JSON ni du CSV\u00a0: il contient des données binaires.");
        page.ShouldNotContain("binary data");
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
    public void Stored_end_of_an_import_is_told_in_french()
    {
        CultureInfo.CurrentUICulture = French;
        var stored =
            "'shop.json' is not readable from byte 120, line 7 on: ',' or ']' was expected after row 3, not '.'. "
            + "Everything before that place is imported; import the corrected file again, nobody is added twice.";
        RejectWords
            .Of(stored)
            .ShouldBe(
                (
                    "«\u00a0shop.json\u00a0» n’est pas lisible à partir de l’octet 120, ligne 7\u00a0: «\u00a0,\u00a0» ou «\u00a0]\u00a0» était attendu "
                        + "après l’enregistrement 3, pas '.'. Tout ce qui précède est importé\u202f; importez à nouveau le fichier corrigé, personne ne "
                        + "sera ajouté deux fois.",
                    true
                )
            );
        RejectWords.Of("Something new.").ShouldBe(("Something new.", false));
    }

    [Fact]
    public void Every_sentence_of_the_import_has_a_translation()
    {
        var sentences = Sources("Contacts", "Import")
            .SelectMany(source => ImportSentence().Matches(source).Select(m => m.Groups[1].Value))
            .Select(Filled)
            .ToList();
        sentences.Count.ShouldBeGreaterThan(25);
        sentences.Where(s => !RejectWords.Of(s).IsKnown).ShouldBeEmpty();
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

    // As the program would fill it in: a number for every value but those that are words.
    private static string Filled(string literal) =>
        Hole()
            .Replace(
                literal.Replace("\\\"", "\"", StringComparison.Ordinal),
                m =>
                    m.Value switch
                    {
                        "{what}" => "first name",
                        "{column.Type}" or "{type}" => "Number",
                        "{Count(_fields.Count)}" => "1 field",
                        "{PhoneNumber.Describe(error)}" => "The number is empty.",
                        _ => "1",
                    }
            );

    // A literal given to Reject, AddNote, Stop, Refuse or a reason; one that goes on with other sentences is left out.
    [GeneratedRegex(
        """(?:Reject = (?:row\.Note is null \? )?|AddNote\(|Stop\(|Refuse\(format, bytes, |reason = (?:found \? null : ending \?\? )?)\$?"((?:[^"\\]|\\.)*)\x22""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex ImportSentence();

    [GeneratedRegex("""ContentFault\.Of\(\s*"([a-z-]+)\x22""", RegexOptions.CultureInvariant)]
    private static partial Regex FaultCode();

    [GeneratedRegex(@"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Hole();
}
