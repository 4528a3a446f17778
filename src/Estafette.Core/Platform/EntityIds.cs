using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Estafette.Core.Platform;

/// <summary>A database key with a type of its own, so that two kinds of key cannot be confused.</summary>
public interface IEntityId<TSelf> : IParsable<TSelf>
    where TSelf : struct, IEntityId<TSelf>
{
    /// <summary>The number stored in the database; 0 means "not stored yet".</summary>
    long Value { get; }

    /// <summary>Wraps a stored number.</summary>
    static abstract TSelf From(long value);
}

/// <summary>Maps a typed key to its column.</summary>
internal sealed class EntityIdConverter<T>() : ValueConverter<T, long>(id => id.Value, value => Make(value))
    where T : struct, IEntityId<T>
{
    private static T Make(long value) => T.From(value);
}

/// <summary>Parsing shared by the typed keys: a positive decimal number.</summary>
internal static class EntityIdText
{
    public static bool TryParse(string? text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
}

/// <summary>Key of a customer (the account that owns data).</summary>
public readonly record struct CustomerId(long Value) : IEntityId<CustomerId>
{
    public static CustomerId From(long value) => new(value);

    public static CustomerId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a CustomerId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CustomerId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a person who signs in.</summary>
public readonly record struct UserId(long Value) : IEntityId<UserId>
{
    public static UserId From(long value) => new(value);

    public static UserId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a UserId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out UserId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a contact.</summary>
public readonly record struct ContactId(long Value) : IEntityId<ContactId>
{
    public static ContactId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(ContactId left, ContactId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ContactId left, ContactId right) => left.Value > right.Value;

    public static ContactId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a ContactId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ContactId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a contact list.</summary>
public readonly record struct ListId(long Value) : IEntityId<ListId>
{
    public static ListId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(ListId left, ListId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ListId left, ListId right) => left.Value > right.Value;

    public static ListId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a ListId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ListId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a segment.</summary>
public readonly record struct SegmentId(long Value) : IEntityId<SegmentId>
{
    public static SegmentId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(SegmentId left, SegmentId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(SegmentId left, SegmentId right) => left.Value > right.Value;

    public static SegmentId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a SegmentId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SegmentId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of an import.</summary>
public readonly record struct ImportId(long Value) : IEntityId<ImportId>
{
    public static ImportId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(ImportId left, ImportId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ImportId left, ImportId right) => left.Value > right.Value;

    public static ImportId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a ImportId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ImportId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a campaign.</summary>
public readonly record struct CampaignId(long Value) : IEntityId<CampaignId>
{
    public static CampaignId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(CampaignId left, CampaignId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(CampaignId left, CampaignId right) => left.Value > right.Value;

    public static CampaignId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a CampaignId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CampaignId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of one version of a content.</summary>
public readonly record struct ContentId(long Value) : IEntityId<ContentId>
{
    public static ContentId From(long value) => new(value);

    public static ContentId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a ContentId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ContentId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a template.</summary>
public readonly record struct TemplateId(long Value) : IEntityId<TemplateId>
{
    public static TemplateId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(TemplateId left, TemplateId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(TemplateId left, TemplateId right) => left.Value > right.Value;

    public static TemplateId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a TemplateId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TemplateId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a sending server.</summary>
public readonly record struct ServerId(long Value) : IEntityId<ServerId>
{
    public static ServerId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(ServerId left, ServerId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ServerId left, ServerId right) => left.Value > right.Value;

    public static ServerId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a ServerId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ServerId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a lane.</summary>
public readonly record struct LaneId(long Value) : IEntityId<LaneId>
{
    public static LaneId From(long value) => new(value);

    public static LaneId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a LaneId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out LaneId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Key of a delivery.</summary>
public readonly record struct DeliveryId(long Value) : IEntityId<DeliveryId>
{
    public static DeliveryId From(long value) => new(value);

    /// <summary>Order of creation, for paging.</summary>
    public static bool operator <(DeliveryId left, DeliveryId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(DeliveryId left, DeliveryId right) => left.Value > right.Value;

    public static DeliveryId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a DeliveryId.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DeliveryId result)
    {
        var ok = EntityIdText.TryParse(s, out var value);
        result = new(value);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
