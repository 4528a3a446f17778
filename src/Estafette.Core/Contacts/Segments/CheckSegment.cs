using System.Globalization;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>What is wrong in a definition, and where: "0.1" is the second part of the first part of the root; "" is the root.</summary>
/// <param name="Code">Stable name for translations: "value-missing".</param>
public sealed record SegmentFault(string Path, string Code, string? Argument = null);

/// <summary>Finds everything that is wrong with a definition, all at once.</summary>
public static class CheckSegment
{
    /// <summary>Groups in each other, the root counted.</summary>
    public const int MaxDepth = 3;
    public const int MaxConditions = 50;
    public const int MaxValueChars = 200;
    public const int MaxDays = 3650;
    public const int MaxCampaigns = 50;
    public const int MaxKeyChars = 100;

    /// <summary>Conditions after the segments inside a segment are put in their place.</summary>
    public const int MaxResolvedConditions = 400;

    public static async Task<IReadOnlyList<SegmentFault>> RunAsync(
        CustomerId customer,
        SegmentId? itself,
        SegmentDefinition definition,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var faults = new List<SegmentFault>();
        CheckGroup(definition.Root, "", 1, faults);
        if (definition.Conditions().Count() > MaxConditions)
            faults.Add(new("", "too-many", MaxConditions.ToString(CultureInfo.InvariantCulture)));
        await CheckKeysAsync(customer, definition, db, faults, ct);
        if (faults.Count == 0)
            await CheckCyclesAsync(customer, itself, definition, db, faults, ct);
        return faults;
    }

    private static void CheckGroup(SegmentGroup group, string path, int depth, List<SegmentFault> faults)
    {
        if (depth > MaxDepth)
            faults.Add(new(path, "too-deep", MaxDepth.ToString(CultureInfo.InvariantCulture)));
        if (group.Items.Count == 0)
            faults.Add(new(path, "group-empty"));
        for (var i = 0; i < group.Items.Count; i++)
        {
            var place = Place(path, i);
            if (group.Items[i] is SegmentGroup inner)
                CheckGroup(inner, place, depth + 1, faults);
            else if (group.Items[i] is not SegmentCondition condition)
                faults.Add(new(place, "operator-unknown"));
            else if (FaultOf(condition) is var (code, argument))
                faults.Add(new(place, code, argument));
        }
    }

    internal static string Place(string path, int index) =>
        path.Length == 0 ? index.ToString(CultureInfo.InvariantCulture) : $"{path}.{index}";

    /// <summary>What is wrong with the values of a condition; null when nothing is.</summary>
    private static (string Code, string? Argument)? FaultOf(SegmentCondition c)
    {
        if (!Enum.IsDefined(c.Subject) || !Enum.IsDefined(c.Kind) || !SegmentRules.OperatorsOf(c.Subject, c.Kind).Contains(c.Operator))
            return ("operator-unknown", null);
        if (SegmentRules.KeyOf(c) != SegmentKey.None && string.IsNullOrWhiteSpace(c.Key))
            return ("key-missing", null);
        if (SegmentRules.KeyOf(c) == SegmentKey.Attribute && !AttributeName.IsGood(c.Key!))
            return ("attribute-name", c.Key);
        return SegmentRules.InputOf(c) switch
        {
            SegmentInput.None => null,
            SegmentInput.Text or SegmentInput.Language => TextFault(c.Value),
            SegmentInput.Consent => Enum.TryParse<TrackingConsent>(c.Value, out var consent) && Enum.IsDefined(consent)
                ? null
                : ("value-missing", null),
            SegmentInput.Number => NumberFault(c.Value),
            SegmentInput.NumberRange => NumberFault(c.Value) ?? NumberFault(c.Value2),
            SegmentInput.Date => DateFault(c.Value),
            SegmentInput.DateRange => DateFault(c.Value) ?? DateFault(c.Value2),
            SegmentInput.Days => WholeFault(c.Value, 0, MaxDays),
            _ => WholeFault(c.Value, 1, MaxCampaigns),
        };
    }

    private static (string, string?)? TextFault(string? value) =>
        string.IsNullOrWhiteSpace(value) ? ("value-missing", null)
        : value.Length > MaxValueChars ? ("value-long", MaxValueChars.ToString(CultureInfo.InvariantCulture))
        : value.Any(char.IsControl) ? ("value-control", null)
        : null;

    private static (string, string?)? NumberFault(string? value) =>
        string.IsNullOrWhiteSpace(value) ? ("value-missing", null)
        : SegmentValues.TryNumber(value, out _) ? null
        : ("value-number", value);

    private static (string, string?)? DateFault(string? value) =>
        string.IsNullOrWhiteSpace(value) ? ("value-missing", null)
        : SegmentValues.TryDate(value, out _) ? null
        : ("value-date", value);

    private static (string, string?)? WholeFault(string? value, int least, int most) =>
        string.IsNullOrWhiteSpace(value) ? ("value-missing", null)
        : SegmentValues.TryWhole(value, out var number) && number >= least && number <= most ? null
        : ("value-whole", $"{least}-{most}");

    /// <summary>What is named must exist and belong to the customer.</summary>
    private static async Task CheckKeysAsync(
        CustomerId customer,
        SegmentDefinition definition,
        EstafetteDb db,
        List<SegmentFault> faults,
        CancellationToken ct
    )
    {
        var known = new Dictionary<SegmentKey, HashSet<long>>
        {
            [SegmentKey.List] = [.. (await db.Of<ContactList>(customer).Select(l => l.Id).ToListAsync(ct)).Select(l => l.Value)],
            [SegmentKey.Segment] = [.. (await db.Of<Segment>(customer).Select(s => s.Id).ToListAsync(ct)).Select(s => s.Value)],
            [SegmentKey.Import] = [.. (await db.Of<ContactImport>(customer).Select(s => s.Id).ToListAsync(ct)).Select(s => s.Value)],
            // Campaigns belong to a module above this one.
            [SegmentKey.Campaign] =
            [
                .. await db
                    .Database.SqlQuery<long>($"SELECT id AS \"Value\" FROM campaigns WHERE customer_id = {customer.Value}")
                    .ToListAsync(ct),
            ],
        };
        Walk(definition.Root, "");

        void Walk(SegmentGroup group, string path)
        {
            for (var i = 0; i < group.Items.Count; i++)
                if (group.Items[i] is SegmentGroup inner)
                    Walk(inner, Place(path, i));
                else if (
                    group.Items[i] is SegmentCondition { Key.Length: > 0 } c
                    && known.TryGetValue(SegmentRules.KeyOf(c), out var ids)
                    && !(long.TryParse(c.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ids.Contains(id))
                )
                    faults.Add(new(Place(path, i), "key-unknown", c.Key));
        }
    }

    /// <summary>A segment must not contain itself by way of others, and all of it together must stay small enough for one statement.</summary>
    private static async Task CheckCyclesAsync(
        CustomerId customer,
        SegmentId? itself,
        SegmentDefinition definition,
        EstafetteDb db,
        List<SegmentFault> faults,
        CancellationToken ct
    )
    {
        var others = await ResolveSegments.LoadAsync(customer, definition, db, ct);
        try
        {
            var resolved = ResolveSegments.Resolve(definition, others, itself);
            if (resolved.Conditions().Count() > MaxResolvedConditions)
                faults.Add(new("", "too-many", MaxResolvedConditions.ToString(CultureInfo.InvariantCulture)));
        }
        catch (SegmentCycleException cycle)
        {
            faults.Add(new("", "cycle", cycle.Segment.ToString()));
        }
    }
}

/// <summary>Names of attributes that can stand in a JSON path.</summary>
public static class AttributeName
{
    public static bool IsGood(string name) =>
        name.Length is > 0 and <= CheckSegment.MaxKeyChars
        && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c is '"' or '\\' or '\'');
}
