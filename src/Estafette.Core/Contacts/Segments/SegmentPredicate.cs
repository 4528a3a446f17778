using System.Data.Common;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Segments;

/// <summary>How a predicate will be used.</summary>
internal enum SegmentUse
{
    /// <summary>All contacts of the customer are asked: sets are read once.</summary>
    Whole,

    /// <summary>A few thousand contacts, chosen before, are asked: each is looked up.</summary>
    Batch,
}

/// <summary>What a definition is compiled for.</summary>
/// <param name="Now">Relative dates count from here, campaigns launched at or after it do not exist.</param>
/// <param name="Indexed">Attributes with an index of their own, as (name, kind).</param>
internal sealed record SegmentScope(
    DatabaseKind Database,
    CustomerId Customer,
    TimeZoneInfo Zone,
    DateTimeOffset Now,
    SegmentUse Use,
    IReadOnlySet<(string, AttributeKind)> Indexed
);

/// <summary>A condition over contacts under the alias "c", with its parameters.</summary>
/// <param name="Selective">Part of it can be read from an index of the customer's contacts.</param>
internal sealed record SegmentPredicate(string Text, IReadOnlyList<KeyValuePair<string, object>> Parameters, bool Selective)
{
    public DbCommand AddTo(DbCommand command)
    {
        foreach (var (name, value) in Parameters)
            command.Set(name, value);
        return command;
    }
}
