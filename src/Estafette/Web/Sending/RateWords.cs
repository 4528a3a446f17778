using Estafette.Core.Platform;
using static Estafette.Web.Words;

namespace Estafette.Web.Sending;

/// <summary>The units of a sending rate in words.</summary>
internal static class RateWords
{
    public static IEnumerable<(string Value, string Text)> Options =>
        Enum.GetValues<RateUnit>().Select(unit => (unit.ToString(), Of(unit)));

    public static string Of(RateUnit unit) => T("shared.per-" + unit.ToString().ToLowerInvariant());
}
