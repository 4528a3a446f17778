using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Protocols.Tests.Spf;

public sealed class SpfEvaluatorTests
{
    private readonly ZoneLookup _zone = new();

    [Fact]
    public async Task Domain_without_record_gives_none()
    {
        _zone.Add("x.test", DnsRecordType.Txt, "google-site-verification=1").Add("x.test", DnsRecordType.Txt, "v=spf10 -all");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.None);
        (await CheckAsync("a@nowhere.test")).Result.ShouldBe(SpfResult.None);
    }

    [Fact]
    public async Task Two_records_are_a_permanent_error()
    {
        Spf("x.test", "v=spf1 -all");
        Spf("x.test", "v=spf1 +all");
        var check = await CheckAsync("a@x.test");
        check.Result.ShouldBe(SpfResult.PermError);
        check.Reason.ShouldContain("2 SPF records");
    }

    [Fact]
    public async Task Record_beside_other_texts_is_found_in_any_case()
    {
        _zone.Add("x.test", DnsRecordType.Txt, "é").Add("x.test", DnsRecordType.Txt, "");
        Spf("x.test", "V=sPf1 IP4:192.0.2.1 -ALL");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.Pass);
    }

    [Theory]
    [InlineData("a@[192.0.2.1]")]
    [InlineData("a@192.0.2.1")]
    [InlineData("a@localhost")]
    [InlineData("a@x..test")]
    [InlineData("a@.test")]
    [InlineData("a@")]
    [InlineData("a@A2345678901234567890123456789012345678901234567890123456789012345.test")]
    [InlineData("a@x y.test")]
    public async Task Sender_without_a_good_domain_gives_none(string mailFrom)
    {
        (await CheckAsync(mailFrom)).Result.ShouldBe(SpfResult.None);
        _zone.Questions.ShouldBe(0);
    }

    [Fact]
    public async Task Empty_return_path_is_postmaster_of_helo()
    {
        Spf("mail.x.test", "v=spf1 exists:%{l}.%{o} -all");
        _zone.Add("postmaster.mail.x.test", DnsRecordType.A, "127.0.0.2");
        foreach (var empty in (string?[])["", "<>", null])
        {
            var check = await CheckAsync(empty, helo: "mail.x.test");
            check.Result.ShouldBe(SpfResult.Pass);
            check.Domain.ShouldBe("mail.x.test");
        }
        (await CheckAsync("@mail.x.test")).Result.ShouldBe(SpfResult.Pass);
        (await CheckAsync("<>", helo: "localhost")).Result.ShouldBe(SpfResult.None);
    }

    [Theory]
    [InlineData("ip4:192.0.2.1", SpfResult.Pass)]
    [InlineData("-ip4:192.0.2.1", SpfResult.Fail)]
    [InlineData("~ip4:192.0.2.1", SpfResult.SoftFail)]
    [InlineData("?ip4:192.0.2.1", SpfResult.Neutral)]
    [InlineData("+ip4:192.0.2.1", SpfResult.Pass)]
    [InlineData("ip4:192.0.2.2", SpfResult.Neutral)]
    [InlineData("", SpfResult.Neutral)]
    [InlineData("ip4:192.0.3.0/23 -all", SpfResult.Pass)]
    [InlineData("ip4:192.0.2.2/31 -all", SpfResult.Fail)]
    [InlineData("ip6:::ffff:192.0.2.1 -all", SpfResult.Fail)]
    [InlineData("ip6:::/0 -all", SpfResult.Fail)]
    [InlineData("?all ip4:192.0.2.1", SpfResult.Neutral)]
    [InlineData("ip4:192.0.2.1 a:", SpfResult.PermError)]
    [InlineData("moo=%{d} ip4:192.0.2.1", SpfResult.Pass)]
    public async Task Record_gives(string terms, SpfResult expected)
    {
        Spf("x.test", "v=spf1 " + terms);
        (await CheckAsync("a@x.test")).Result.ShouldBe(expected);
        (await CheckAsync("a@x.test", "::ffff:192.0.2.1")).Result.ShouldBe(expected);
    }

    [Theory]
    [InlineData("a:v6.x.test", "2001:db8::1", SpfResult.Pass)]
    [InlineData("a:v6.x.test//64", "2001:db8::ffff", SpfResult.Pass)]
    [InlineData("a:v6.x.test/0", "2001:db8::ffff", SpfResult.Fail)]
    [InlineData("a:v6.x.test//0", "::1", SpfResult.Pass)]
    [InlineData("a:v6.x.test//0", "192.0.2.1", SpfResult.Fail)]
    [InlineData("a:v4.x.test/0", "198.51.100.1", SpfResult.Pass)]
    [InlineData("mx:v6.x.test//127", "2001:db8::2", SpfResult.Pass)]
    [InlineData("ip6:2001:db8::/32", "2001:db8:1::1", SpfResult.Pass)]
    [InlineData("ip6:2001:db8::/32", "2001:db9::1", SpfResult.Fail)]
    public async Task Families_are_kept_apart(string term, string client, SpfResult expected)
    {
        Spf("x.test", $"v=spf1 {term} -all");
        _zone
            .Add("v6.x.test", DnsRecordType.Aaaa, "2001:db8::1")
            .Add("v6.x.test", DnsRecordType.Mx, "mx6.x.test")
            .Add("mx6.x.test", DnsRecordType.Aaaa, "2001:db8::3")
            .Add("v4.x.test", DnsRecordType.A, "192.0.2.1");
        (await CheckAsync("a@x.test", client)).Result.ShouldBe(expected);
    }

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.1 -all", SpfResult.Pass)]
    [InlineData("v=spf1 -all", SpfResult.SoftFail)]
    [InlineData("v=spf1 ~all", SpfResult.SoftFail)]
    [InlineData("v=spf1 ?all", SpfResult.SoftFail)]
    [InlineData("v=spf1 moo", SpfResult.PermError)]
    [InlineData("v=spf2 -all", SpfResult.PermError)]
    public async Task Include_matches_only_when_the_other_record_passes(string included, SpfResult expected)
    {
        Spf("x.test", "v=spf1 include:i.test ~all");
        Spf("i.test", included);
        (await CheckAsync("a@x.test")).Result.ShouldBe(expected);
    }

    [Fact]
    public async Task Result_of_an_include_is_that_of_its_qualifier()
    {
        Spf("x.test", "v=spf1 -include:i.test +all");
        Spf("i.test", "v=spf1 ip4:192.0.2.1 -all");
        var check = await CheckAsync("a@x.test");
        check.Result.ShouldBe(SpfResult.Fail);
        check.Reason.ShouldBe("\"-include:i.test\" of x.test matched: \"ip4:192.0.2.1\" of i.test matched.");
    }

    [Theory]
    [InlineData("include:down.test")]
    [InlineData("a:down.test")]
    [InlineData("mx:down.test")]
    [InlineData("mx:half.test")]
    [InlineData("exists:down.test")]
    [InlineData("redirect=down.test")]
    public async Task Failed_look_up_is_a_temporary_error(string term)
    {
        Spf("x.test", $"v=spf1 {term}");
        _zone.Fail("down.test").Add("half.test", DnsRecordType.Mx, "down.test");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.TempError);
        (await CheckAsync("a@down.test")).Result.ShouldBe(SpfResult.TempError);
    }

    [Fact]
    public async Task Failed_look_up_of_the_name_of_the_client_only_matches_nothing()
    {
        Spf("x.test", "v=spf1 ptr ~all");
        _zone.Fail("1.2.0.192.in-addr.arpa");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.SoftFail);
    }

    [Fact]
    public async Task Redirect_takes_the_place_of_the_record()
    {
        Spf("x.test", "v=spf1 ip4:198.51.100.1 redirect=r.test");
        Spf("r.test", "v=spf1 exists:%{d}.marker ~all");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.SoftFail);
        _zone.Add("r.test.marker", DnsRecordType.A, "127.0.0.2");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.Pass);
    }

    [Theory]
    [InlineData("redirect=none.test", SpfResult.PermError)]
    [InlineData("?all redirect=none.test", SpfResult.Neutral)]
    [InlineData("redirect=none.test ip4:192.0.2.1", SpfResult.Pass)]
    [InlineData("include:none.test", SpfResult.PermError)]
    [InlineData("include:%{l}..test", SpfResult.PermError)]
    [InlineData("redirect=%{l}..test", SpfResult.PermError)]
    [InlineData("a:%{l}..test ~all", SpfResult.SoftFail)]
    [InlineData("exists:%_.test ~all", SpfResult.SoftFail)]
    public async Task Target_that_is_not_there_gives(string terms, SpfResult expected)
    {
        Spf("x.test", "v=spf1 " + terms);
        (await CheckAsync("a@x.test")).Result.ShouldBe(expected);
    }

    [Fact]
    public async Task Tenth_look_up_is_allowed_and_the_eleventh_is_not()
    {
        var ten = string.Join(' ', Enumerable.Range(0, 10).Select(i => $"a:a{i}.test"));
        for (var i = 0; i <= 10; i++)
            _zone.Add($"a{i}.test", DnsRecordType.A, "198.51.100.1");
        Spf("ten.test", $"v=spf1 {ten} ~all");
        Spf("eleven.test", $"v=spf1 {ten} a:a10.test ~all");
        Spf("redirected.test", $"v=spf1 {ten} redirect=ten.test");
        var good = await CheckAsync("a@ten.test");
        (good.Result, good.Lookups).ShouldBe((SpfResult.SoftFail, 10));
        (await CheckAsync("a@eleven.test")).Result.ShouldBe(SpfResult.PermError);
        (await CheckAsync("a@redirected.test")).Result.ShouldBe(SpfResult.PermError);
        (await CheckAsync("a@ten.test", "198.51.100.1")).Lookups.ShouldBe(1);
    }

    [Theory]
    [InlineData("v=spf1 include:x.test")]
    [InlineData("v=spf1 redirect=x.test")]
    public async Task Circle_ends_as_a_permanent_error(string record)
    {
        Spf("x.test", record);
        var check = await CheckAsync("a@x.test");
        check.Result.ShouldBe(SpfResult.PermError);
        check.Lookups.ShouldBe(11);
        _zone.Questions.ShouldBe(11);
    }

    [Fact]
    public async Task Third_question_that_finds_nothing_is_a_permanent_error()
    {
        Spf("two.test", "v=spf1 a:no1.test mx:no2.test ~all");
        Spf("three.test", "v=spf1 a:no1.test mx:no2.test exists:no3.test ~all");
        Spf("ptr.test", "v=spf1 a:no1.test ptr ptr ~all");
        var two = await CheckAsync("a@two.test");
        (two.Result, two.VoidLookups).ShouldBe((SpfResult.SoftFail, 2));
        (await CheckAsync("a@three.test")).Result.ShouldBe(SpfResult.PermError);
        (await CheckAsync("a@ptr.test")).Result.ShouldBe(SpfResult.PermError);
        var lenient = new SpfEvaluator(_zone, new SpfOptions { MaxVoidLookups = 3 });
        var ip = IPAddress.Parse("192.0.2.1");
        (await lenient.CheckAsync(ip, "a@three.test", "h.test", TestContext.Current.CancellationToken)).Result.ShouldBe(SpfResult.SoftFail);
    }

    [Fact]
    public async Task Eleven_mail_exchangers_are_a_permanent_error()
    {
        Spf("x.test", "v=spf1 mx ~all");
        for (var i = 0; i < 10; i++)
            _zone.Add("x.test", DnsRecordType.Mx, $"m{i}.test", i).Add($"m{i}.test", DnsRecordType.A, $"198.51.100.{i}");
        (await CheckAsync("a@x.test", "198.51.100.9")).Result.ShouldBe(SpfResult.Pass);
        _zone.Add("x.test", DnsRecordType.Mx, "m10.test", 10);
        (await CheckAsync("a@x.test", "198.51.100.9")).Result.ShouldBe(SpfResult.PermError);
    }

    [Fact]
    public async Task Null_mx_matches_nothing()
    {
        Spf("x.test", "v=spf1 mx ~all");
        _zone.Add("x.test", DnsRecordType.Mx, "");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.SoftFail);
    }

    [Fact]
    public async Task First_ten_names_of_the_client_count()
    {
        Spf("x.test", "v=spf1 ptr ~all");
        for (var i = 0; i < 10; i++)
            _zone
                .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, $"n{i}.other.test")
                .Add($"n{i}.other.test", DnsRecordType.A, "192.0.2.1");
        _zone.Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "x.test").Add("x.test", DnsRecordType.A, "192.0.2.1");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.SoftFail);
    }

    [Fact]
    public async Task Name_of_the_client_counts_when_it_leads_back_and_lies_below_the_domain()
    {
        Spf("x.test", "v=spf1 ptr -all");
        Spf("ax.test", "v=spf1 ptr -all");
        _zone
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "liar.x.test")
            .Add("liar.x.test", DnsRecordType.A, "192.0.2.9")
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "host.ax.test")
            .Add("host.ax.test", DnsRecordType.A, "192.0.2.1")
            .Add("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", DnsRecordType.Ptr, "host.ax.test")
            .Add("host.ax.test", DnsRecordType.Aaaa, "2001:db8::1");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.Fail);
        (await CheckAsync("a@ax.test")).Result.ShouldBe(SpfResult.Pass);
        (await CheckAsync("a@ax.test", "2001:db8::1")).Result.ShouldBe(SpfResult.Pass);
    }

    [Fact]
    public async Task Validated_name_prefers_the_domain_itself()
    {
        Spf("x.test", "v=spf1 exists:%{p}.ok.test -all");
        _zone
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "other.test")
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "sub.x.test")
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "x.test")
            .Add("other.test", DnsRecordType.A, "192.0.2.1")
            .Add("sub.x.test", DnsRecordType.A, "192.0.2.1")
            .Add("x.test", DnsRecordType.A, "192.0.2.1")
            .Add("x.test.ok.test", DnsRecordType.A, "127.0.0.2");
        (await CheckAsync("a@x.test")).Result.ShouldBe(SpfResult.Pass);
        _zone.Add("unknown.ok.test", DnsRecordType.A, "127.0.0.2");
        (await CheckAsync("a@x.test", "192.0.2.77")).Result.ShouldBe(SpfResult.Pass);
    }

    [Fact]
    public async Task Name_that_macros_make_too_long_loses_labels_on_its_left()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 60), 4)) + ".x.test";
        Spf("x.test", "v=spf1 exists:%{l}." + longest + " -all");
        _zone.Add(longest, DnsRecordType.A, "127.0.0.2");
        (await CheckAsync("one.two.threefourfive@x.test")).Result.ShouldBe(SpfResult.Pass);
    }

    [Fact]
    public async Task Local_part_beyond_ascii_matches_no_term_that_uses_it()
    {
        Spf("xn--t-9fa.test", "v=spf1 exists:%{l}.any.test exists:%{s}.any.test ip4:192.0.2.1 -all");
        var check = await CheckAsync("jérôme@ét.test");
        check.Domain.ShouldBe("xn--t-9fa.test");
        check.Result.ShouldBe(SpfResult.Pass);
        _zone.Questions.ShouldBe(1);
    }

    [Fact]
    public async Task Explanation_is_fetched_when_wanted_and_good()
    {
        Spf("x.test", "v=spf1 exp=e.%{d} -all");
        Spf("r.test", "v=spf1 redirect=x.test exp=wrong.test");
        _zone.Add("e.x.test", DnsRecordType.Txt, "%{s} from %{c} may not use %{d}%_at %{r}%% (%{t})");
        var clock = new StoppedClock();
        var evaluator = new SpfEvaluator(
            _zone,
            new SpfOptions
            {
                FetchesExplanation = true,
                ReceivingHost = "mx.me.test",
                TimeProvider = clock,
            }
        );
        foreach (var from in (string[])["a@x.test", "a@r.test"])
        {
            var check = await evaluator.CheckAsync(IPAddress.Parse("192.0.2.1"), from, "h.test", TestContext.Current.CancellationToken);
            check.Explanation.ShouldBe($"{from} from 192.0.2.1 may not use x.test at mx.me.test% (1000)");
        }
        (await CheckAsync("a@x.test")).Explanation.ShouldBeNull();
    }

    [Theory]
    [InlineData("bad macro %{z}")]
    [InlineData("not ASCII é")]
    [InlineData("100%")]
    public async Task Explanation_with_faults_is_left_out(string text)
    {
        Spf("x.test", "v=spf1 exp=e.test -all");
        _zone.Add("e.test", DnsRecordType.Txt, text);
        var evaluator = new SpfEvaluator(_zone, new SpfOptions { FetchesExplanation = true });
        var check = await evaluator.CheckAsync(IPAddress.Parse("192.0.2.1"), "a@x.test", "h.test", TestContext.Current.CancellationToken);
        check.Result.ShouldBe(SpfResult.Fail);
        check.Explanation.ShouldBeNull();
    }

    [Fact]
    public async Task Explanation_of_an_included_record_is_not_used()
    {
        Spf("x.test", "v=spf1 include:i.test -all");
        Spf("i.test", "v=spf1 exp=e.test -all");
        _zone.Add("e.test", DnsRecordType.Txt, "not this");
        var evaluator = new SpfEvaluator(_zone, new SpfOptions { FetchesExplanation = true });
        var check = await evaluator.CheckAsync(IPAddress.Parse("192.0.2.1"), "a@x.test", "h.test", TestContext.Current.CancellationToken);
        (check.Result, check.Explanation).ShouldBe((SpfResult.Fail, null));
    }

    [Fact]
    public async Task Fault_is_told_with_its_term()
    {
        Spf("x.test", "v=spf1 ip4:192.0.2.1 ip4:300.1.1.1 -all");
        var check = await CheckAsync("a@x.test");
        check.Result.ShouldBe(SpfResult.PermError);
        check.Reason.ShouldContain("\"ip4:300.1.1.1\"");
    }

    [Fact]
    public async Task Check_that_takes_too_long_is_a_temporary_error()
    {
        var evaluator = new SpfEvaluator(new NeverAnswers(), new SpfOptions { Limit = TimeSpan.FromMilliseconds(1) });
        var check = await evaluator.CheckAsync(IPAddress.Parse("192.0.2.1"), "a@x.test", "h.test", TestContext.Current.CancellationToken);
        check.Result.ShouldBe(SpfResult.TempError);
        check.Reason.ShouldContain("longer than");
    }

    [Fact]
    public async Task Cancelled_check_throws()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var evaluator = new SpfEvaluator(new NeverAnswers());
        await Should.ThrowAsync<OperationCanceledException>(() =>
            evaluator.CheckHeloAsync(IPAddress.Parse("192.0.2.1"), "x.test", cancelled.Token)
        );
    }

    private void Spf(string domain, string record) => _zone.Add(domain, DnsRecordType.Txt, record);

    private Task<SpfCheck> CheckAsync(string? mailFrom, string client = "192.0.2.1", string helo = "h.test") =>
        new SpfEvaluator(_zone).CheckAsync(IPAddress.Parse(client), mailFrom, helo, TestContext.Current.CancellationToken);

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1000);
    }

    private sealed class NeverAnswers : IDnsLookup
    {
        public async Task<DnsAnswer> LookupAsync(string name, DnsRecordType type, CancellationToken cancellation)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return null!;
        }
    }
}
