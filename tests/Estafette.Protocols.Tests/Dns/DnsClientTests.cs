using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Testing;
using Estafette.Testing.Dns;

namespace Estafette.Protocols.Tests.Dns;

public sealed class DnsClientTests : IAsyncDisposable
{
    private readonly FakeDnsServer _server = FakeDnsServer.Start();
    private readonly FakeTimeProvider _clock = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_type_of_record_is_read()
    {
        _server
            .Add("x.test", DnsRecordType.A, "192.0.2.1")
            .Add("x.test", DnsRecordType.Aaaa, "2001:db8::1")
            .Add("x.test", DnsRecordType.Mx, "MX.x.test", 10)
            .Add("x.test", DnsRecordType.Mx, "mx2.x.test", 20)
            .Add("x.test", DnsRecordType.Ns, "ns.x.test")
            .Add("x.test", DnsRecordType.Soa, "ns.x.test")
            .Add("x.test", DnsRecordType.Txt, new string('a', 300) + "é")
            .Add("_25._tcp.mx.x.test", DnsRecordType.Tlsa, "3 1 1 00ff10")
            .Add("1.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "mx.x.test");
        _server.Script = query => query.Type == DnsRecordType.Soa ? query.Answer([FakeDnsQuery.Soa("x.test")]) : null;
        (await ValuesAsync("x.test", DnsRecordType.Soa)).ShouldBe(["ns.x.test"]);
        _server.Script = null;

        (await ValuesAsync("x.test", DnsRecordType.A)).ShouldBe(["192.0.2.1"]);
        (await ValuesAsync("x.test", DnsRecordType.Aaaa)).ShouldBe(["2001:db8::1"]);
        (await ValuesAsync("x.test", DnsRecordType.Ns)).ShouldBe(["ns.x.test"]);
        (await ValuesAsync("x.test", DnsRecordType.Txt)).ShouldBe([new string('a', 300) + "é"]);
        (await ValuesAsync("_25._tcp.mx.x.test", DnsRecordType.Tlsa)).ShouldBe(["3 1 1 00ff10"]);
        (await ValuesAsync(DnsName.Reverse(IPAddress.Parse("192.0.2.1")), DnsRecordType.Ptr)).ShouldBe(["mx.x.test"]);
        (await AskAsync("X.test.", DnsRecordType.Mx)).Records.ShouldBe([
            new DnsRecord("x.test", DnsRecordType.Mx, "mx.x.test", 10),
            new DnsRecord("x.test", DnsRecordType.Mx, "mx2.x.test", 20),
        ]);
    }

    [Fact]
    public async Task Null_mx_is_an_empty_exchanger()
    {
        _server.Add("null.test", DnsRecordType.Mx, "");
        (await AskAsync("null.test", DnsRecordType.Mx)).Records.ShouldBe([new DnsRecord("null.test", DnsRecordType.Mx, "", 0)]);
    }

    [Fact]
    public async Task Missing_name_and_missing_record_are_told_apart()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        (await AskAsync("x.test", DnsRecordType.Txt)).Outcome.ShouldBe(DnsOutcome.NoRecords);
        (await AskAsync("no.x.test", DnsRecordType.Txt)).Outcome.ShouldBe(DnsOutcome.NoSuchName);
    }

    [Fact]
    public async Task Query_offers_edns_in_a_socket_of_its_own()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        await AskAsync("x.test", DnsRecordType.A);
        var query = _server.Queries.ShouldHaveSingleItem();
        query.OfferedBytes.ShouldBe(1232);
        query.OverTcp.ShouldBeFalse();
    }

    [Theory]
    [InlineData(FakeDnsMischief.WrongId)]
    [InlineData(FakeDnsMischief.WrongQuestion)]
    [InlineData(FakeDnsMischief.WrongSource)]
    [InlineData(FakeDnsMischief.FloodOfForgeries)]
    [InlineData(FakeDnsMischief.Truncated)]
    [InlineData(FakeDnsMischief.Huge)]
    [InlineData(FakeDnsMischief.DoesNotKnowEdns)]
    public async Task True_answer_is_found_behind(FakeDnsMischief mischief)
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.Mischief = mischief;
        (await ValuesAsync("x.test", DnsRecordType.A)).ShouldBe(["192.0.2.1"]);
    }

    [Theory]
    [InlineData(FakeDnsMischief.TruncatedEverywhere, "cut its answer over TCP")]
    [InlineData(FakeDnsMischief.ClosesTcp, "closed the connection")]
    [InlineData(FakeDnsMischief.CompressionLoop, "cannot be read")]
    [InlineData(FakeDnsMischief.Garbage, "cannot be read")]
    [InlineData(FakeDnsMischief.Refuses, "REFUSED")]
    [InlineData(FakeDnsMischief.Fails, "SERVFAIL")]
    [InlineData(FakeDnsMischief.Refers, "is no resolver")]
    public async Task Useless_answer_is_a_failure_that_says_why(FakeDnsMischief mischief, string why)
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.Mischief = mischief;
        var answer = await AskAsync("x.test", DnsRecordType.A);
        answer.Outcome.ShouldBe(DnsOutcome.Failed);
        answer.TimeToLive.ShouldBe(TimeSpan.Zero);
        answer.Problem.ShouldNotBeNull().ShouldContain(why);
        answer.Problem.ShouldContain("x.test");
    }

    [Theory]
    [InlineData(FakeDnsMischief.Refuses)]
    [InlineData(FakeDnsMischief.Garbage)]
    public async Task Next_resolver_is_asked_when_one_is_of_no_use(FakeDnsMischief mischief)
    {
        await using var other = FakeDnsServer.Start();
        other.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.Mischief = mischief;
        var client = Client(_server.EndPoint, other.EndPoint);
        var answer = await client.LookupAsync("x.test", DnsRecordType.A, TestContext.Current.CancellationToken);
        answer.Outcome.ShouldBe(DnsOutcome.Found);
        _server.Queries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Port_where_nobody_listens_is_left_for_the_next_resolver()
    {
        var gone = FakeDnsServer.Start();
        await gone.DisposeAsync();
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        var answer = await Client(gone.EndPoint, _server.EndPoint)
            .LookupAsync("x.test", DnsRecordType.A, TestContext.Current.CancellationToken);
        answer.Outcome.ShouldBe(DnsOutcome.Found);
    }

    [Fact]
    public async Task Lost_packets_are_asked_for_again_and_at_last_without_edns()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.DropNext(2);
        var asking = AskAsync("x.test", DnsRecordType.A);
        await QueriesAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await QueriesAsync(2);
        _clock.Advance(TimeSpan.FromSeconds(4));
        (await asking).Outcome.ShouldBe(DnsOutcome.Found);
        _server.Queries.Select(q => q.OfferedBytes).ShouldBe([1232, 1232, 0]);
        _server.Queries.Select(q => q.Id).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Silence_ends_at_the_limit()
    {
        _server.Mischief = FakeDnsMischief.Silent;
        var client = new DnsClient(
            Options(_server.EndPoint) with
            {
                Limit = TimeSpan.FromSeconds(3),
                FirstWait = TimeSpan.FromSeconds(10),
            }
        );
        var asking = client.LookupAsync("x.test", DnsRecordType.A, TestContext.Current.CancellationToken);
        await QueriesAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(3));
        var answer = await asking;
        answer.Outcome.ShouldBe(DnsOutcome.Failed);
        answer.Problem.ShouldNotBeNull().ShouldContain("did not answer in time");
    }

    [Fact]
    public async Task Aliases_are_followed_in_an_answer_and_by_further_questions()
    {
        _server.Add("a.test", DnsRecordType.Cname, "b.test", timeToLive: 30).Add("c.test", DnsRecordType.A, "192.0.2.3");
        _server.Script = query =>
            query.Name switch
            {
                "a.test" => query.Answer([
                    FakeDnsQuery.Record("a.test", DnsRecordType.Cname, "b.test", timeToLive: 30),
                    FakeDnsQuery.Record("b.test", DnsRecordType.Cname, "C.test", timeToLive: 300),
                    FakeDnsQuery.Record("stray.test", DnsRecordType.A, "192.0.2.66"),
                ]),
                "c.test" => query.Answer([FakeDnsQuery.Record("c.test", DnsRecordType.A, "192.0.2.3", timeToLive: 60)]),
                _ => null,
            };
        var answer = await AskAsync("a.test", DnsRecordType.A);
        answer.Records.ShouldBe([new DnsRecord("c.test", DnsRecordType.A, "192.0.2.3")]);
        answer.TimeToLive.ShouldBe(TimeSpan.FromSeconds(30));
        (await ValuesAsync("a.test", DnsRecordType.Cname)).ShouldBe(["b.test"]);
    }

    [Fact]
    public async Task Aliases_that_go_in_circles_are_a_failure()
    {
        _server.Add("a.test", DnsRecordType.Cname, "b.test").Add("b.test", DnsRecordType.Cname, "a.test");
        var answer = await AskAsync("a.test", DnsRecordType.A);
        answer.Outcome.ShouldBe(DnsOutcome.Failed);
        answer.Problem.ShouldNotBeNull().ShouldContain("aliases");
        _server.Queries.Count.ShouldBeLessThanOrEqualTo(9);
    }

    [Fact]
    public async Task Alias_to_a_missing_name_is_no_such_name()
    {
        _server.Add("a.test", DnsRecordType.Cname, "gone.test");
        (await AskAsync("a.test", DnsRecordType.A)).Outcome.ShouldBe(DnsOutcome.NoSuchName);
    }

    [Fact]
    public async Task Answer_is_kept_for_its_time_to_live()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1", timeToLive: 60);
        var client = Client(_server.EndPoint);
        await AskAsync("x.test", DnsRecordType.A, client);
        _clock.Advance(TimeSpan.FromSeconds(59));
        (await AskAsync("X.TEST", DnsRecordType.A, client)).TimeToLive.ShouldBe(TimeSpan.FromSeconds(1));
        _server.Queries.Count.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await AskAsync("x.test", DnsRecordType.A, client);
        _server.Queries.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0u, 5)]
    [InlineData(100_000u, 3600)]
    [InlineData(0x8000_0000u, 5)]
    public async Task Time_to_live_stays_within_limits(uint given, int kept)
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1", timeToLive: given);
        (await AskAsync("x.test", DnsRecordType.A)).TimeToLive.ShouldBe(TimeSpan.FromSeconds(kept));
    }

    [Theory]
    [InlineData(600u, 20u, 20)]
    [InlineData(30u, 600u, 30)]
    [InlineData(600u, 600u, 60)]
    public async Task Nothing_is_kept_as_long_as_the_soa_says(uint timeToLive, uint minimum, int kept)
    {
        _server.Script = query => query.Answer([], [FakeDnsQuery.Soa("test", timeToLive, minimum)], code: 3);
        var client = Client(_server.EndPoint);
        (await AskAsync("x.test", DnsRecordType.A, client)).TimeToLive.ShouldBe(TimeSpan.FromSeconds(kept));
        await AskAsync("x.test", DnsRecordType.A, client);
        _server.Queries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_without_a_soa_is_not_kept()
    {
        _server.Script = query => query.Answer([], code: 3);
        var client = Client(_server.EndPoint);
        await AskAsync("x.test", DnsRecordType.A, client);
        await AskAsync("x.test", DnsRecordType.A, client);
        _server.Queries.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Failure_is_repeated_for_a_moment_and_then_asked_again()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.Mischief = FakeDnsMischief.Fails;
        var client = Client(_server.EndPoint);
        await AskAsync("x.test", DnsRecordType.A, client);
        _server.Mischief = FakeDnsMischief.None;
        (await AskAsync("x.test", DnsRecordType.A, client)).Outcome.ShouldBe(DnsOutcome.Failed);
        _clock.Advance(TimeSpan.FromSeconds(5));
        (await AskAsync("x.test", DnsRecordType.A, client)).Outcome.ShouldBe(DnsOutcome.Found);
    }

    [Fact]
    public async Task Kept_answers_are_bounded_in_number_and_those_that_end_soonest_go()
    {
        _server.Add("long.test", DnsRecordType.A, "192.0.2.1", timeToLive: 600);
        for (var i = 0; i < 8; i++)
            _server.Add($"n{i}.test", DnsRecordType.A, "192.0.2.1", timeToLive: (uint)(60 + i));
        var client = new DnsClient(Options(_server.EndPoint) with { MaxKept = 8 });
        await AskAsync("long.test", DnsRecordType.A, client);
        for (var i = 0; i < 8; i++)
            await AskAsync($"n{i}.test", DnsRecordType.A, client);
        await AskAsync("long.test", DnsRecordType.A, client);
        await AskAsync("n7.test", DnsRecordType.A, client);
        _server.Queries.Count.ShouldBe(9);
        await AskAsync("n0.test", DnsRecordType.A, client);
        _server.Queries.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Same_question_at_the_same_time_is_asked_once()
    {
        using var gate = new SemaphoreSlim(0);
        _server.Script = query =>
        {
            gate.Wait(TestContext.Current.CancellationToken);
            return query.Answer([FakeDnsQuery.Record("x.test", DnsRecordType.A, "192.0.2.1")]);
        };
        var client = Client(_server.EndPoint);
        var asking = Enumerable.Range(0, 50).Select(_ => AskAsync("x.test", DnsRecordType.A, client)).ToArray();
        gate.Release(100);
        (await Task.WhenAll(asking)).ShouldAllBe(a => a.Outcome == DnsOutcome.Found);
        _server.Queries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Caller_that_gives_up_leaves_the_question_to_the_others()
    {
        _server.Add("x.test", DnsRecordType.A, "192.0.2.1");
        _server.DropNext(1);
        var client = Client(_server.EndPoint);
        using var giveUp = new CancellationTokenSource();
        var first = client.LookupAsync("x.test", DnsRecordType.A, giveUp.Token);
        var second = AskAsync("x.test", DnsRecordType.A, client);
        await QueriesAsync(1);
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        _clock.Advance(TimeSpan.FromSeconds(2));
        (await second).Outcome.ShouldBe(DnsOutcome.Found);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..test")]
    [InlineData(".test")]
    [InlineData("é.test")]
    [InlineData("a b.test")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.test")]
    public async Task Name_that_cannot_be_asked_is_an_argument_error(string name)
    {
        DnsName.IsValid(name).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(() => AskAsync(name, DnsRecordType.A));
        _server.Queries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Longest_name_is_asked()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', 61);
        name.Length.ShouldBe(253);
        _server.Add(name, DnsRecordType.A, "192.0.2.1");
        (await ValuesAsync(name, DnsRecordType.A)).ShouldBe(["192.0.2.1"]);
    }

    [Fact]
    public async Task Labels_with_strange_octets_are_escaped_and_not_followed()
    {
        _server.Script = query => query.Answer([FakeDnsQuery.RawRecord("a.test", 5, [4, (byte)'a', (byte)'.', 0, 0xFF, 0])]);
        (await ValuesAsync("a.test", DnsRecordType.Cname)).ShouldBe([@"a\.\000\255"]);
        (await AskAsync("a.test", DnsRecordType.A)).Problem.ShouldNotBeNull().ShouldContain("cannot be asked for");
    }

    private async Task QueriesAsync(int count) => await Eventually.TrueAsync(() => _server.Queries.Count >= count);

    private async Task<IEnumerable<string>> ValuesAsync(string name, DnsRecordType type) =>
        (await AskAsync(name, type)).Records.Select(r => r.Value);

    private Task<DnsAnswer> AskAsync(string name, DnsRecordType type, DnsClient? client = null) =>
        (client ?? Client(_server.EndPoint)).LookupAsync(name, type, TestContext.Current.CancellationToken);

    private DnsClient Client(params IPEndPoint[] resolvers) => new(Options(resolvers));

    private DnsClientOptions Options(params IPEndPoint[] resolvers) => new() { Resolvers = resolvers, TimeProvider = _clock };
}
