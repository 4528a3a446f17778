using System.Globalization;
using static Estafette.Web.Words;

namespace Estafette.Web.Grids;

/// <summary>How a value of a cell is written on the page, in the language of the request.</summary>
internal static class GridText
{
    public static string Of(object? value, TimeZoneInfo zone) =>
        value switch
        {
            null => "",
            string text => text,
            bool yes => T(yes ? "shared.yes" : "shared.no"),
            int number => N(number),
            long number => N(number),
            short number => N(number),
            decimal number => number.ToString("0.##", CultureInfo.CurrentCulture),
            double number => number.ToString("0.##", CultureInfo.CurrentCulture),
            DateTimeOffset time => TimeZoneInfo.ConvertTime(time, zone).ToString("g", CultureInfo.CurrentCulture),
            _ => value.ToString() ?? "",
        };
}
