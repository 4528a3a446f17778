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
}
