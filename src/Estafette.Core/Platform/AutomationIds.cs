using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Estafette.Core.Platform;

/// <summary>Key of an automation.</summary>
public readonly record struct AutomationId(long Value) : IEntityId<AutomationId>
{
    public static AutomationId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(AutomationId left, AutomationId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(AutomationId left, AutomationId right) => left.Value > right.Value;

    public static AutomationId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a AutomationId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AutomationId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of one passage of a contact through an automation.</summary>
public readonly record struct EnrolmentId(long Value) : IEntityId<EnrolmentId>
{
    public static EnrolmentId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(EnrolmentId left, EnrolmentId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(EnrolmentId left, EnrolmentId right) => left.Value > right.Value;

    public static EnrolmentId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a EnrolmentId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EnrolmentId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a feed whose items are mailed.</summary>
public readonly record struct FeedId(long Value) : IEntityId<FeedId>
{
    public static FeedId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(FeedId left, FeedId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(FeedId left, FeedId right) => left.Value > right.Value;

    public static FeedId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a FeedId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out FeedId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
