using System.Collections.Concurrent;

namespace Estafette.Protocols.Dns;

/// <summary>Asks resolvers of the network and keeps their answers; one instance serves the whole program.</summary>
/// <remarks>
/// The way of a question: memory, a question of the same name and type that is under way, then the resolvers in their order. An alias is
/// followed within an answer and, when the answer ends there, by another question. A resolver that stays silent is asked again in the next
/// round, with a longer wait and in the last round without EDNS, since some firewalls swallow it; one that refuses is not asked again. A caller
/// that gives up ends its own wait; the shared question goes on for those who wait with it, at most for <see cref="DnsClientOptions.Limit"/>.
/// Answers are not validated (DNSSEC): use a validating resolver where that matters.
/// </remarks>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to give back.
public sealed class DnsClient : IDnsLookup
#pragma warning restore CA1001
{
    private readonly DnsClientOptions _options;
    private readonly DnsCache _cache;
    private readonly ConcurrentDictionary<(string Name, DnsRecordType Type), Lazy<Task<DnsAnswer>>> _underWay = new();
    private readonly SemaphoreSlim _places;

    /// <exception cref="ArgumentException">No resolver, no round, or a wait that is not positive.</exception>
    public DnsClient(DnsClientOptions? options = null)
    {
        _options = options ?? new DnsClientOptions();
        if (_options.Resolvers.Count == 0)
            throw new ArgumentException("Looking up names: no resolver is set; give at least one address.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Rounds, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxConcurrent, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.FirstWait, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.Limit, TimeSpan.Zero, nameof(options));
        _cache = new DnsCache(_options.MaxKept, _options.TimeProvider);
        _places = new SemaphoreSlim(_options.MaxConcurrent);
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The name cannot be asked for; see <see cref="DnsName.IsValid"/>.</exception>
    /// <exception cref="OperationCanceledException">The token ended the wait.</exception>
    public Task<DnsAnswer> LookupAsync(string name, DnsRecordType type, CancellationToken cancellation)
    {
        var plain = DnsName.Normalize(name);
        if (!Enum.IsDefined(type))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Looking up a name: this type of record is not known here.");
        cancellation.ThrowIfCancellationRequested();
        if (_cache.Find(plain, type) is { } kept)
            return Task.FromResult(kept);
        var shared = _underWay.GetOrAdd(
            (plain, type),
            static (key, client) => new Lazy<Task<DnsAnswer>>(() => client.AnswerAsync(key.Name, key.Type)),
            this
        );
        return shared.Value.WaitAsync(cancellation);
    }

    private async Task<DnsAnswer> AnswerAsync(string name, DnsRecordType type)
    {
        try
        {
            // It may have come while this question waited for its turn in the list.
            if (_cache.Find(name, type) is { } kept)
                return kept;
            var answer = await AskWithinLimitAsync(new DnsQuestion(name, type));
            _cache.Keep(name, type, answer, answer.IsFinal ? answer.TimeToLive : _options.FailureTimeToLive);
            return answer;
        }
        finally
        {
            _underWay.TryRemove((name, type), out _);
        }
    }

    private async Task<DnsAnswer> AskWithinLimitAsync(DnsQuestion question)
    {
        using var limit = new CancellationTokenSource(_options.Limit, _options.TimeProvider);
        try
        {
            await _places.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return Failed(question.Name, $"{_options.MaxConcurrent} others were under way for too long");
        }
        try
        {
            return await FollowAsync(question, limit.Token);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<DnsAnswer> FollowAsync(DnsQuestion question, CancellationToken limit)
    {
        var timeToLive = _options.MaxTimeToLive;
        var aliases = 0;
        var asked = question;
        while (true)
        {
            var (reply, problem, _) = await AskResolversAsync(asked, limit);
            if (reply is null)
                return Failed(question.Name, problem!);
            var name = asked.Owner;
            while (question.Type != DnsRecordType.Cname && AliasOf(name, reply) is { } alias)
            {
                if (++aliases > _options.MaxAliases)
                    return Failed(question.Name, $"its aliases go on beyond {_options.MaxAliases}");
                timeToLive = Shorter(timeToLive, alias.TimeToLive);
                name = alias.Record.Value;
            }

            var found = reply.Answers.Where(a => a.Record.Type == question.Type && a.Record.Name == name).ToList();
            if (found.Count > 0)
                return Found(found, timeToLive);
            if (reply.Code == DnsReply.NameError)
                return Nothing(DnsOutcome.NoSuchName, reply, timeToLive);
            // A SOA tells that the answer is about the end of the chain (RFC 2308 §2.2).
            if (name == asked.Owner || reply.NegativeTimeToLive is not null)
                return Nothing(DnsOutcome.NoRecords, reply, timeToLive);
            if (!DnsName.IsValid(name) || name.Contains('\\'))
                return Failed(question.Name, $"its alias leads to '{name}', which cannot be asked for");
            asked = new DnsQuestion(name, question.Type);
        }
    }

    private async Task<DnsAttempt> AskResolversAsync(DnsQuestion question, CancellationToken limit)
    {
        var standing = _options.Resolvers.ToList();
        var last = default(DnsAttempt);
        for (var round = 1; round <= _options.Rounds && standing.Count > 0; round++)
        {
            var edns = round == 1 || round < _options.Rounds;
            foreach (var resolver in standing.ToArray())
            {
                using var wait = new CancellationTokenSource(_options.FirstWait * Math.Pow(2, round - 1), _options.TimeProvider);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, limit);
                last = await DnsExchange.AskAsync(resolver, question, edns, either.Token);
                if (last.Reply is not null || limit.IsCancellationRequested)
                    return last;
                if (!last.IsSilence)
                    standing.Remove(resolver);
            }
        }
        return last;
    }

    private static DnsTimedRecord? AliasOf(string name, DnsReply reply)
    {
        foreach (var answer in reply.Answers)
        {
            if (answer.Record.Type == DnsRecordType.Cname && answer.Record.Name == name)
                return answer;
        }
        return null;
    }

    private DnsAnswer Found(List<DnsTimedRecord> found, TimeSpan timeToLive)
    {
        foreach (var answer in found)
            timeToLive = Shorter(timeToLive, answer.TimeToLive);
        return new DnsAnswer(DnsOutcome.Found, [.. found.Select(a => a.Record)], Longer(timeToLive, _options.MinTimeToLive));
    }

    private DnsAnswer Nothing(DnsOutcome outcome, DnsReply reply, TimeSpan timeToLive)
    {
        var keep = reply.NegativeTimeToLive is { } negative
            ? Longer(Shorter(Shorter(timeToLive, negative), _options.MaxNegativeTimeToLive), _options.MinTimeToLive)
            : TimeSpan.Zero;
        return new DnsAnswer(outcome, [], keep);
    }

    private static DnsAnswer Failed(string name, string problem) =>
        new(DnsOutcome.Failed, [], TimeSpan.Zero, $"Looking up {name}: {problem}.");

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
