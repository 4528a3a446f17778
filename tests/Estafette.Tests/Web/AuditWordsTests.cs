using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Web;
using Estafette.Web.Settings;

namespace Estafette.Tests.Web;

public sealed partial class AuditWordsTests
{
    // Names of mails of the webhook kind, files and the like that only look like actions.
    private static readonly string[] Subjects =
    [
        "audit",
        "brand",
        "campaign",
        "certificate",
        "contact",
        "content",
        "customer",
        "delivery",
        "domain",
        "form",
        "import",
        "key",
        "list",
        "notices",
        "report",
        "sender",
        "server",
        "sign-in",
        "suppression",
        "template",
        "unsubscribe-reasons",
        "user",
    ];

    [Theory]
    [InlineData("fr-FR", "mot de passe")]
    [InlineData("en-GB", "password")]
    public void Way_of_a_sign_in_is_told_in_the_language_of_the_reader(string culture, string words)
    {
        var before = System.Globalization.CultureInfo.CurrentUICulture;
        try
        {
            System.Globalization.CultureInfo.CurrentUICulture = System.Globalization.CultureInfo.GetCultureInfo(culture);
            AuditWords.DetailOf(Entry("sign-in.done", "Password")).ShouldBe(words);
            AuditWords.DetailOf(Entry("user.added", "Password")).ShouldBe("Password");
            AuditWords.DetailOf(Entry("sign-in.done", null)).ShouldBeNull();
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentUICulture = before;
        }
    }

    private static AuditEntry Entry(string action, string? detail) =>
        new()
        {
            CustomerId = new CustomerId(1),
            UserName = "anne",
            Action = action,
            Object = "anne",
            At = default,
            Detail = detail,
        };

    [Fact]
    public void Every_action_has_words_in_both_languages() =>
        AuditActions.All.Where(action => !Texts.Has(AuditWords.KeyOf(action))).ShouldBeEmpty();

    [Fact]
    public void Every_action_that_the_code_writes_is_listed()
    {
        var missing = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".razor" && !f.Contains("/obj/") && !f.Contains("node_modules"))
            .SelectMany(f => Written().Matches(File.ReadAllText(f)).Select(m => (File: Path.GetFileName(f), Action: m.Groups[1].Value)))
            .Where(w => Subjects.Contains(w.Action.Split('.')[0]) && !AuditActions.All.Contains(w.Action, StringComparer.Ordinal))
            .Select(w => $"{w.File}: {w.Action}")
            .Distinct();
        missing.ShouldBeEmpty("Add the action to AuditActions.All and its words to Audit.resx and Audit.fr.resx (do-subject-deed).");
    }

    // The first text like "subject.deed" within a call that writes an entry.
    [GeneratedRegex(
        """(?:AuditLog\.WriteAsync|\.AuditAsync|RecordAsync|FollowAsync|DoneAsync|db\.Add|Db\.Add|Audit)\([^;]*?"([a-z-]+\.[a-z_-]+)"[^;]*;""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Written();
}
