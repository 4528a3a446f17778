using static Estafette.Web.Words;

namespace Estafette.Web.Operator;

/// <summary>How much of a limit is used: "12 / 50", or "12" without a limit.</summary>
internal static class UseText
{
    public static string Of(long used, long? most) => most is { } limit ? $"{N(used)} / {N(limit)}" : N(used);
}
