using Estafette.Protocols.Domains;

namespace Estafette.Protocols.Tests.Domains;

public sealed class PublicSuffixesTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("a.b.Example.COM.", "example.com")]
    [InlineData("mail.example.co.uk", "example.co.uk")]
    [InlineData("news.example.gouv.fr", "example.gouv.fr")]
    [InlineData("example.asso.fr", "example.asso.fr")]
    [InlineData("a.b.example.unknown-top-label", "example.unknown-top-label")]
    // Wildcard and exception.
    [InlineData("a.b.c.ck", "b.c.ck")]
    [InlineData("a.www.ck", "www.ck")]
    [InlineData("www.ck", "www.ck")]
    [InlineData("x.y.z.kawasaki.jp", "y.z.kawasaki.jp")]
    [InlineData("x.city.kawasaki.jp", "city.kawasaki.jp")]
    // The part of the list that companies asked for.
    [InlineData("me.github.io", "me.github.io")]
    [InlineData("a.me.blogspot.com", "me.blogspot.com")]
    // A-labels and U-labels.
    [InlineData("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("été.fr", "xn--t-9fab.fr")]
    public void Organisational_domain_is_one_label_below_the_suffix(string name, string expected) =>
        PublicSuffixes.OrganizationalDomain(name).ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("com")]
    [InlineData("localhost")]
    [InlineData("co.uk")]
    [InlineData("c.ck")]
    [InlineData("github.io")]
    [InlineData("a..com")]
    [InlineData(".com")]
    public void Suffix_itself_and_what_is_no_name_have_none(string? name) => PublicSuffixes.OrganizationalDomain(name).ShouldBeNull();

    [Theory]
    [InlineData("a.example.co.uk", "co.uk")]
    [InlineData("www.ck", "ck")]
    [InlineData("a.c.ck", "c.ck")]
    [InlineData("localhost", "localhost")]
    [InlineData("a b.com", null)]
    public void Suffix_of_a_name(string name, string? expected) => PublicSuffixes.SuffixOf(name).ShouldBe(expected);

    [Fact]
    public void Longest_name_is_judged() =>
        PublicSuffixes.OrganizationalDomain(string.Concat(Enumerable.Repeat("a.", 124)) + "co.uk").ShouldBe("a.co.uk");

    [Fact]
    public void Every_rule_of_the_list_is_taken_up()
    {
        using var stream = typeof(PublicSuffixes).Assembly.GetManifestResourceStream("Estafette.Protocols.Domains.public_suffix_list.dat")!;
        using var reader = new StreamReader(stream);
        var rules = reader.ReadToEnd().Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith("//")).ToList();
        rules.Count.ShouldBeGreaterThan(9000);
        foreach (var rule in rules)
        {
            var organization = rule.StartsWith('!') ? rule[1..] : "registered." + rule.Replace("*", "any");
            PublicSuffixes
                .OrganizationalDomain("below." + organization)
                .ShouldBe(PublicSuffixes.OrganizationalDomain(organization).ShouldNotBeNull(rule), rule);
        }
    }
}
