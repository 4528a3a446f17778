using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.PreFlight;
using Estafette.Core.Platform;

namespace Estafette.Tests.Campaigns.PreFlight;

public sealed class PreFlightChecksTests
{
    private const string Fine =
        "<p>Bonjour, voici notre lettre de mai avec assez de mots pour que personne ne la prenne pour une image sans texte du tout.</p>"
        + "<p><a href=\"https://shop.test/mai\">La lire</a></p><p><a href=\"UNSUBSCRIBE_URL\">Se désinscrire</a></p>";

    [Fact]
    public void Ordinary_letter_has_nothing_to_look_at() => Codes(Fine).ShouldBeEmpty();

    [Theory]
    [InlineData("ÉCONOMISEZ MAINTENANT", "subject.capitals")]
    [InlineData("Vite ! Vite ! Vite !", "subject.marks")]
    [InlineData("Re: votre commande", "subject.reply")]
    public void Subject_that_shouts_or_pretends_is_noticed(string subject, string code) => Codes(Fine, subject).ShouldBe([code]);

    [Theory]
    [InlineData("<p>Sans lien de départ</p><a href=\"https://shop.test/\">x</a>", "unsubscribe.added")]
    [InlineData("<img src=\"https://shop.test/a.png\">", "images.alt")]
    [InlineData("<a href=\"http://shop.test/a\">Voir</a>", "links.insecure")]
    [InlineData("<a href=\"#\">Voir</a>", "links.empty")]
    [InlineData("<a href=\"https://example.com/a\">Voir</a>", "links.placeholder")]
    [InlineData("<a href=\"https://evil.test/\">www.banque.fr</a>", "links.disguised")]
    [InlineData("<a href=\"https://shop.test/setup.exe\">Voir</a>", "links.program")]
    [InlineData("<table><tr><td><b>x</td></tr></table>", "markup.broken")]
    [InlineData("<div><p>x</p>", "markup.broken")]
    public void Fault_of_the_content_is_noticed(string html, string code) => Codes(html).ShouldContain(code);

    [Theory]
    [InlineData("<a href=\"https://www.banque.fr/compte\">banque.fr</a>")]
    [InlineData("<a href=\"https://shop.test/\">Voir www.shop.test maintenant</a>")]
    public void Link_that_leads_where_it_says_is_not_disguised(string html) => Codes(html).ShouldNotContain("links.disguised");

    [Theory]
    [InlineData("<p>a<br>b<img src=x><ul><li>c<li>d</ul>")]
    [InlineData("<!--[if mso]><table><tr><td><![endif]--><div>x</div><!--[if mso]></td></tr></table><![endif]-->")]
    [InlineData("<a title=\"a > b\" href='x'>y</a>")]
    public void Ends_that_may_be_left_out_and_conditional_comments_are_not_faults(string html) =>
        MarkupCheck.FirstFault(html).ShouldBeNull();

    [Fact]
    public void Line_of_a_broken_tag_is_told() => MarkupCheck.FirstFault("<div>\n<b>\n</div>").ShouldBe(("b", 2));

    [Fact]
    public void Message_that_would_be_clipped_is_noticed_with_its_tracked_links()
    {
        var links = string.Concat(
            Enumerable.Range(0, 400).Select(i => $"<p>mot mot mot <a href=\"https://shop.test/{i}\">lien {i}</a></p>")
        );
        Codes(Fine + links).ShouldNotContain("size.clipped");
        Codes(Fine + links + new string('x', 90_000)).ShouldContain("size.clipped");
    }

    [Fact]
    public void Spam_wording_counts_in_french_and_english_whatever_the_accents_and_is_explained()
    {
        var problem = Check(Fine + "<p>Gagnez de l’argent facile, cliquez ici, dernière chance, offre exceptionnelle</p>")
            .Single(p => p.Code == "spam.wording");
        problem.Argument!.ShouldContain("argent facile");
        Codes(Fine + "<p>Click here, you have won, easy money</p>").ShouldContain("spam.wording");
        Codes(Fine + "<p>Cliquez ici</p>").ShouldNotContain("spam.wording");
    }

    [Theory]
    [InlineData("moi@gmail.com", "from.mailbox")]
    [InlineData("no-reply@atelier.test", "from.noreply")]
    public void Sender_that_others_refuse_or_nobody_can_answer_is_noticed(string from, string code) =>
        Codes(Fine, from: from).ShouldBe([code]);

    private static List<string> Codes(string html, string subject = "La lettre de mai est arrivée", string from = "lettre@atelier.test") =>
        [.. Check(html, subject, from).Select(p => p.Code)];

    private static List<CampaignProblem> Check(
        string html,
        string subject = "La lettre de mai est arrivée",
        string from = "lettre@atelier.test"
    )
    {
        var now = DateTimeOffset.UnixEpoch;
        var campaign = new Campaign(new CustomerId(1), "x", now)
        {
            Subject = subject,
            Html = html,
            FromEmail = from,
            FromName = "Atelier",
        };
        var owner = new Customer("Atelier", now);
        return [.. PreFlightChecks.Run(new PreFlightSubject(campaign, owner, CampaignContent.Process(campaign, owner).Content))];
    }
}
