namespace Estafette.Protocols.Dns;

/// <summary>Something that answers questions about names: resolvers of the network, or a zone held in memory.</summary>
public interface IDnsLookup
{
    /// <summary>Asks for the records of a name.</summary>
    /// <param name="name">Domain name in ASCII, at most 253 characters, with or without the final dot; IDNs as A-labels.</param>
    /// <param name="type">Type of the records.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The answer; a failure of the network is <see cref="DnsOutcome.Failed"/>, not an exception.</returns>
    Task<DnsAnswer> LookupAsync(string name, DnsRecordType type, CancellationToken cancellation);
}
