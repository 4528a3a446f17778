using System.Collections;
using System.Globalization;
using HandlebarsDotNet;

namespace Estafette.Core.Messages.Content;

/// <summary>How values of the recipient's data are compared and written. Kinds: text, number, true or false, date, list, dictionary, nothing.</summary>
internal static class MergeValue
{
    /// <summary>Items of a list that are written when the list itself is used as a value.</summary>
    private const int MaxListedItems = 100;

    /// <summary>The value as text; a list as its plain values with commas; null for nothing and for dictionaries.</summary>
    public static string? ToText(object? value, CultureInfo culture) =>
        value switch
        {
            null or UndefinedBindingResult => null,
            string text => text,
            bool flag => flag ? "true" : "false",
            double number => number.ToString("0.##########", culture),
            decimal number => number.ToString("0.##########", culture),
            int or long => ((IFormattable)value).ToString(null, culture),
            DateTimeOffset moment => moment.ToString("d", culture),
            DateTime moment => moment.ToString("d", culture),
            DateOnly day => day.ToString("d", culture),
            IDictionary or IReadOnlyDictionary<string, object?> => null,
            IEnumerable list => string.Join(
                ", ",
                list.Cast<object?>()
                    .Take(MaxListedItems)
                    .Where(item => item is not IEnumerable || item is string)
                    .Select(item => ToText(item, culture))
            ),
            _ => null,
        };

    public static bool IsTruthy(object? value) =>
        value switch
        {
            null or UndefinedBindingResult or "" or false => false,
            string or true => true,
            IEnumerable list => list.Cast<object?>().Any(),
            _ => !TryNumber(value, out var number) || number != 0,
        };

    /// <summary>Numbers by value, also when one side is a text such as "12"; the rest as exact text.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        if (MergeFunctions.IsMissing(left) || MergeFunctions.IsMissing(right))
            return MergeFunctions.IsMissing(left) && MergeFunctions.IsMissing(right);
        if (left is not string || right is not string)
            if (TryNumber(left, out var a) && TryNumber(right, out var b))
                return a == b;
        return string.Equals(
            ToText(left, CultureInfo.InvariantCulture),
            ToText(right, CultureInfo.InvariantCulture),
            StringComparison.Ordinal
        );
    }

    /// <summary>Sign of left minus right: numbers when both are numbers, else text by code point; null when one is missing.</summary>
    public static int? Compare(object? left, object? right)
    {
        if (MergeFunctions.IsMissing(left) || MergeFunctions.IsMissing(right))
            return null;
        return TryNumber(left, out var a) && TryNumber(right, out var b)
            ? a.CompareTo(b)
            : string.CompareOrdinal(ToText(left, CultureInfo.InvariantCulture), ToText(right, CultureInfo.InvariantCulture));
    }

    public static bool TryNumber(object? value, out double number)
    {
        switch (value)
        {
            case double real:
                number = real;
                return true;
            case decimal real:
                number = (double)real;
                return true;
            case int whole:
                number = whole;
                return true;
            case long whole:
                number = whole;
                return true;
            case string text:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
            default:
                number = 0;
                return false;
        }
    }
}
