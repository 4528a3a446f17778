using System.Collections.Concurrent;
using System.Net;
using Estafette.Protocols.Dns;

namespace Estafette.Inspection;

/// <summary>Resolvers that requests name, each with its memory, and the usual ones for the others.</summary>
/// <param name="usual">The setting Dns:Resolvers; read at the first question.</param>
internal sealed class InspectionResolvers(Func<string?> usual)
{
    private const int MaxKept = 16;
    private readonly ConcurrentDictionary<IPEndPoint, DnsClient> _kept = new();
    private readonly Lazy<DnsClient> _usual = new(() =>
        Client(usual() is { Length: > 0 } given ? DnsResolvers.Parse(given) : DnsResolvers.FromSystem())
    );

    /// <summary>The client of a resolver; null when the text is none.</summary>
    public IDnsLookup? Find(string? dns)
    {
        if (string.IsNullOrWhiteSpace(dns))
            return _usual.Value;
        if (SenderInspection.Resolver(dns) is not { } resolver)
            return null;
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        return _kept.GetOrAdd(resolver, static found => Client([found]));
    }

    // Short waits: silence is to be an answer before the time of a line is over.
    private static DnsClient Client(IReadOnlyList<IPEndPoint> resolvers) =>
        new(
            new DnsClientOptions
            {
                Resolvers = resolvers,
                Rounds = 2,
                FirstWait = TimeSpan.FromSeconds(1.5),
                Limit = TimeSpan.FromSeconds(6),
            }
        );
}
