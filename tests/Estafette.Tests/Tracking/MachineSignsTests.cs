using System.Net;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Machines;

namespace Estafette.Tests.Tracking;

public sealed class MachineSignsTests
{
    private const string Table = """
        # People: browsers and mail programs.
        None|Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36
        None|Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0
        None|Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15
        None|Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)
        None|Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148
        None|Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1
        None|Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
        None|Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
        None|Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0
        None|Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0
        None|Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36
        None|Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.0.0 Mobile Safari/537.36
        None|Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36
        None|Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.5134; ms-office; MSOffice 16)
        None|Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)
        None|Microsoft Office/16.0 (Microsoft Outlook Mail 16.0.6416; Pro)
        None|Outlook-iOS/723.4027091.prod.iphone (3.34.0)
        None|Outlook-Android/2.0
        None|Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko
        None|Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18
        None|Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 OPR/114.0.0.0
        None|Lotus-Notes/6.0 (Windows-NT)
        None|Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A.220624.014)
        None|okhttp/4.12.0
        None|BlueMail/1.140.62 (Android 14)
        None|Mozilla/5.0 (Linux; U; Android 9; fr-fr; MI 8 Build/PKQ1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/89 Mobile Safari/537.36 XiaoMi/MiuiBrowser
        None|eM Client/9.2.2157.0
        None|The Bat! 10.5
        # Providers that fetch when the person opens.
        PersonProxy|Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)
        PersonProxy|YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html
        PersonProxy|Mozilla/5.0 (compatible; EdgeImageProxy)
        # Providers that fetch in advance.
        ImageProxy|Mozilla/5.0
        ImageProxy| Mozilla/5.0 
        ImageProxy|DuckDuckGo-Email-Protection/1.0
        # Scanners, crawlers, previews, programs.
        Scanner|
        Scanner|Mozilla/5.0 (compatible; SafeLinks/1.0)
        Scanner|Microsoft Office Existence Discovery
        Scanner|Microsoft Office Protocol Discovery
        Scanner|Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b
        Scanner|Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)
        Scanner|Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5
        Scanner|BarracudaCentral/1.0
        Scanner|Mozilla/5.0 (compatible; Barracuda Sentinel (EE))
        Scanner|Mozilla/5.0 (compatible; Proofpoint-URLDefense)
        Scanner|Mimecast-URLScan/2.0
        Scanner|MessageLabs.com LinkScanner
        Scanner|Cisco-IronPort-URL/1.0
        Scanner|Mozilla/5.0 (compatible; TrendMicro-URL-Reputation)
        Scanner|FireEye Email Link Analyzer
        Scanner|Sophos Email URL Checker
        Scanner|FortiGuard Web Filter
        Scanner|Mozilla/5.0 (compatible; Forcepoint Security Labs)
        Scanner|Zscaler URL Scanner
        Scanner|Vade Secure Link Preview
        Scanner|Mailinblack/3.1
        Scanner|Avanan-URL/1
        Scanner|Mozilla/5.0 (compatible; BitdefenderThreatScanner/2.8)
        Scanner|Mozilla/5.0 (compatible; Kaspersky Anti-Phishing)
        Scanner|Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36
        Scanner|Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) PhantomJS/1.9.8 Safari/534.34
        Scanner|Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
        Scanner|Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 (compatible; GoogleOther)
        Scanner|Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)
        Scanner|Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)
        Scanner|facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
        Scanner|WhatsApp/2.23.20.0
        Scanner|TelegramBot (like TwitterBot)
        Scanner|Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
        Scanner|Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
        Scanner|LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient)
        Scanner|Twitterbot/1.0
        Scanner|Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)
        Scanner|Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)
        Scanner|Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)
        Scanner|curl/8.5.0
        Scanner|Wget/1.21.4
        Scanner|python-requests/2.32.3
        Scanner|Python/3.11 aiohttp/3.9.5
        Scanner|Go-http-client/1.1
        Scanner|Java/17.0.9
        Scanner|Apache-HttpClient/4.5.14 (Java/11.0.20)
        Scanner|node-fetch/1.0 (+https://github.com/bitinn/node-fetch)
        Scanner|axios/1.7.2
        Scanner|libwww-perl/6.72
        Scanner|GuzzleHttp/7
        Scanner|PostmanRuntime/7.39.0
        """;

    public static TheoryData<MachineSign, string> UserAgents()
    {
        var data = new TheoryData<MachineSign, string>();
        foreach (var line in Table.Split('\n').Where(l => !l.StartsWith('#')))
            data.Add(Enum.Parse<MachineSign>(line[..line.IndexOf('|')]), line[(line.IndexOf('|') + 1)..]);
        return data;
    }

    [Theory]
    [MemberData(nameof(UserAgents))]
    public void User_agent_tells_who_it_is(MachineSign sign, string userAgent) =>
        MachineSigns.Of(userAgent, IPAddress.Loopback, head: false, prefetch: false).ShouldBe(sign);

    [Theory]
    [InlineData("17.58.100.3", MachineSign.ImageProxy)]
    [InlineData("::ffff:17.58.100.3", MachineSign.ImageProxy)]
    [InlineData("40.94.31.7", MachineSign.Scanner)]
    [InlineData("209.222.82.10", MachineSign.Scanner)]
    [InlineData("203.0.113.9", MachineSign.None)]
    [InlineData("2001:db8::1", MachineSign.None)]
    public void Network_of_machines_tells_what_a_browser_s_name_hides(string ip, MachineSign sign) =>
        MachineSigns.Of(TrackingSite.Browser, IPAddress.Parse(ip), head: false, prefetch: false).ShouldBe(sign);

    [Fact]
    public void Head_and_prefetch_are_no_person_whatever_the_user_agent()
    {
        MachineSigns.Of(TrackingSite.Browser, null, head: true, prefetch: false).ShouldBe(MachineSign.HeadRequest);
        MachineSigns.Of(TrackingSite.Browser, null, head: false, prefetch: true).ShouldBe(MachineSign.Prefetch);
    }

    [Fact]
    public void Figures_take_people_and_proxies_of_people() =>
        Enum.GetValues<MachineSign>().Where(s => s.IsPerson()).ShouldBe([MachineSign.None, MachineSign.PersonProxy]);
}
