using Estafette.Protocols.UserAgents;

namespace Estafette.Protocols.Tests.UserAgents;

public sealed class UserAgentParserTests
{
    [Theory]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Windows",
        "Chrome",
        DeviceKind.Desktop
    )]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        "Windows",
        "Edge",
        DeviceKind.Desktop
    )]
    [InlineData("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Ubuntu", "Firefox", DeviceKind.Desktop)]
    [InlineData(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mac OS X",
        "Safari",
        DeviceKind.Desktop
    )]
    [InlineData(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "iOS",
        "Mobile Safari",
        DeviceKind.Mobile
    )]
    [InlineData(
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "iOS",
        "Mobile Safari",
        DeviceKind.Tablet
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Android",
        "Chrome Mobile",
        DeviceKind.Mobile
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Android",
        "Chrome",
        DeviceKind.Tablet
    )]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Thunderbird/115.12.0",
        "Windows",
        "Thunderbird",
        DeviceKind.Desktop
    )]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Other", "Googlebot", DeviceKind.Bot)]
    [InlineData(
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1",
        "Tizen",
        "Samsung Browser",
        DeviceKind.Tv
    )]
    public void Common_programs_are_recognised(string text, string os, string browser, DeviceKind device)
    {
        var agent = UserAgentParser.Parse(text);
        (agent.Os, agent.Device).ShouldBe((os, device));
        if (device != DeviceKind.Tv)
            agent.Browser.ShouldBe(browser);
        agent.IsBot.ShouldBe(device == DeviceKind.Bot);
    }

    [Fact]
    public void Replacement_text_takes_what_the_expression_found()
    {
        UserAgentParser
            .Parse("Mozilla/5.0 (Windows; Windows NT 5.1; rv:2.0b3pre) Gecko/20100727 Minefield/4.0.1pre")
            .Browser.ShouldBe("Firefox (Minefield)");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("xyz")]
    public void Text_that_says_nothing_is_other(string? text) => UserAgentParser.Parse(text).ShouldBe(UserAgent.Nothing);

    [Fact]
    public void Endless_text_is_read_up_to_its_limit()
    {
        var text = string.Concat(Enumerable.Repeat("(((Mozilla/5.0 ;;", 100_000));
        UserAgentParser.Parse(text).ShouldBe(UserAgentParser.Parse(text[..UserAgentParser.MaxLength]));
    }

    [Fact]
    public void Rules_of_another_shape_are_refused_with_their_line()
    {
        using var yaml = new StringReader("os_parsers:\n  - regex: unquoted");
        Should.Throw<InvalidDataException>(() => UserAgentRules.Read(yaml)).Message.ShouldContain("Line 2");
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("(?:Firefox|Iceweasel)/(\\d+)", "firefox,iceweasel")]
    [InlineData("Foo(?:bar|)Bazaar", "bazaar")]
    [InlineData("abcd?efg", "abc")]
    [InlineData("abcd*", "abc")]
    [InlineData("ab+cde", "bcde")]
    [InlineData("Opera.{0,30}Mini", "opera")]
    [InlineData("(Chromium){0,1}/x", null)]
    [InlineData("(Chromium){1,2}/x", "chromium")]
    [InlineData("one|tw", null)]
    [InlineData("(?i)foobar", null)]
    [InlineData("(?!foo)barbar", null)]
    [InlineData("[abc]+", null)]
    [InlineData("[^]]foobar", "foobar")]
    [InlineData("x\\.y\\.z", "x.y.z")]
    [InlineData("abc\\x41def", null)]
    public void Words_that_an_expression_requires_are_found(string expression, string? words)
    {
        RequiredWords.Of(expression).ShouldBe(words?.Split(','));
    }

    [Fact]
    public void No_text_that_a_rule_matches_lacks_its_words()
    {
        using var yaml = new StreamReader(
            typeof(UserAgentParser).Assembly.GetManifestResourceStream("Estafette.Protocols.UserAgents.uap-core-regexes.yaml")!
        );
        var (browsers, systems, devices) = UserAgentRules.Read(yaml);
        var rules = browsers.Rules.Concat(systems.Rules).Concat(devices.Rules).ToList();
        rules.Count(r => RequiredWords.Of(r.Expression) is not null).ShouldBeGreaterThan(rules.Count * 3 / 4);
        // Texts that come near to the rules: their own expressions with the signs taken away.
        var texts = rules.Select(r => new string([
            .. r.Expression.Replace("\\d+", "12").Replace("\\.", ".").Where(c => !"\\()[]{}?*+^$|".Contains(c)),
        ]));
        var matches = 0;
        foreach (var text in texts.Where((_, i) => i % 5 == 0).Select(t => "Mozilla/5.0 (Linux; Android 9; " + t + ") Version/1.2"))
        {
            var lower = text.ToLowerInvariant();
            foreach (
                var rule in rules
                    .Where(r => RequiredWords.Of(r.Expression) is { } words && !words.Any(lower.Contains))
                    .Where((_, i) => i % 7 == 0)
            )
            {
                rule.FamilyOf(text).ShouldBeNull($"{rule.Expression} matches {text}");
                matches++;
            }
        }
        matches.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/STT2) AppleWebKit/537.36 Chrome/110.0.0.0 Safari/537.36",
        DeviceKind.Tv
    )]
    [InlineData(
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36 WebAppManager",
        DeviceKind.Tv
    )]
    [InlineData("Roku/DVP-12.0 (12.0.0.4184-46)", DeviceKind.Tv)]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6265; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/59.0.3071.125 Mobile Safari/537.36",
        DeviceKind.Tv
    )]
    [InlineData(
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
        DeviceKind.Other
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.4.6 like Chrome/108.0.5359.160 Safari/537.36",
        DeviceKind.Tablet
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; U; Android 4.4.2; fr-fr; Lenovo TAB 2 A10) AppleWebKit/534.30 Version/4.0 Safari/534.30",
        DeviceKind.Tablet
    )]
    [InlineData("curl/8.5.0", DeviceKind.Bot)]
    [InlineData("python-requests/2.31.0", DeviceKind.Bot)]
    [InlineData("Go-http-client/2.0", DeviceKind.Bot)]
    [InlineData("Wget/1.21.4", DeviceKind.Bot)]
    [InlineData("GuzzleHttp/7", DeviceKind.Bot)]
    [InlineData("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", DeviceKind.Bot)]
    [InlineData("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", DeviceKind.Bot)]
    [InlineData(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        DeviceKind.Bot
    )]
    [InlineData("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", DeviceKind.Desktop)]
    [InlineData(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        DeviceKind.Mobile
    )]
    [InlineData("Outlook-iOS/711.2620504.prod.iphone (3.34.0)", DeviceKind.Mobile)]
    [InlineData("Outlook-Android/2.0", DeviceKind.Mobile)]
    [InlineData("Dalvik/2.1.0 (Linux; U; Android 13; SM-S901B Build/TP1A.220624.014)", DeviceKind.Mobile)]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
        DeviceKind.Mobile
    )]
    public void Kinds_of_devices_are_told_apart(string text, DeviceKind device) => UserAgentParser.Parse(text).Device.ShouldBe(device);
}
