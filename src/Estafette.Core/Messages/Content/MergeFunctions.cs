using System.Globalization;
using HandlebarsDotNet;

namespace Estafette.Core.Messages.Content;

/// <summary>The helpers a template may call: default, upper, lower, capitalize, date, number, urlencode, eq, ne, gt, gte, lt, lte, and, or, not.</summary>
internal static class MergeFunctions
{
    /// <summary>Internal helper put before a value that stands at the start of a URL.</summary>
    public const string SafeUrl = "__url";

    /// <summary>Internal helper that gives a constant by number.</summary>
    public const string Constant = "__str";

    /// <summary>Internal block for a section on a value.</summary>
    public const string Section = "__section";

    /// <summary>Longest format of a date or number.</summary>
    private const int MaxFormatLength = 50;

    private static readonly Dictionary<string, (int Min, int Max)> Arity = new(StringComparer.Ordinal)
    {
        ["default"] = (2, 2),
        ["upper"] = (1, 1),
        ["lower"] = (1, 1),
        ["capitalize"] = (1, 1),
        ["date"] = (1, 2),
        ["number"] = (1, 2),
        ["urlencode"] = (1, 1),
        ["eq"] = (2, 2),
        ["ne"] = (2, 2),
        ["gt"] = (2, 2),
        ["gte"] = (2, 2),
        ["lt"] = (2, 2),
        ["lte"] = (2, 2),
        ["and"] = (2, 8),
        ["or"] = (2, 8),
        ["not"] = (1, 1),
    };

    public static bool IsKnown(string name) => Arity.ContainsKey(name);

    /// <summary>What is wrong with a call, or null.</summary>
    public static ContentFault? Check(CallExpression call)
    {
        if (!Arity.TryGetValue(call.Helper, out var arity))
            return ContentFault.Of(
                "helper-unknown",
                "'{0}' is not a known helper; known are {1}",
                call.Helper,
                string.Join(", ", Arity.Keys)
            );
        if (call.Arguments.Count < arity.Min || call.Arguments.Count > arity.Max)
            return arity.Min == arity.Max
                ? ContentFault.Of("helper-arguments", "'{0}' takes {1} arguments, not {2}", call.Helper, arity.Min, call.Arguments.Count)
                : ContentFault.Of(
                    "helper-arguments-range",
                    "'{0}' takes {1} to {2} arguments, not {3}",
                    call.Helper,
                    arity.Min,
                    arity.Max,
                    call.Arguments.Count
                );
        if (call is { Helper: "date" or "number", Arguments: [_, ConstantExpression { Value: string format }] })
            return IsFormat(call.Helper, format)
                ? null
                : ContentFault.Of("helper-format", "'{0}' is not a format for '{1}'", format, call.Helper);
        return null;
    }

    /// <summary>True when a merge field counts as missing: null, absent or an empty text.</summary>
    public static bool IsMissing(object? value) => value is null or UndefinedBindingResult or "";

    public static void Register(IHandlebars environment, CultureInfo culture, IReadOnlyList<object> constants)
    {
        Add(environment, "default", (a, b) => IsMissing(a) ? b : a);
        Add(environment, "upper", (a, _) => MergeValue.ToText(a, culture)?.ToUpper(culture));
        Add(environment, "lower", (a, _) => MergeValue.ToText(a, culture)?.ToLower(culture));
        Add(environment, "capitalize", (a, _) => Capitalize(MergeValue.ToText(a, culture), culture));
        Add(environment, "date", (a, b) => FormatDate(a, b as string, culture));
        Add(environment, "number", (a, b) => FormatNumber(a, b as string, culture));
        Add(
            environment,
            "urlencode",
            (a, _) => MergeValue.ToText(a, CultureInfo.InvariantCulture) is { } text ? Uri.EscapeDataString(text) : null
        );
        Add(environment, "eq", (a, b) => Boxed(MergeValue.AreEqual(a, b)));
        Add(environment, "ne", (a, b) => Boxed(!MergeValue.AreEqual(a, b)));
        Add(environment, "gt", (a, b) => Boxed(MergeValue.Compare(a, b) is > 0));
        Add(environment, "gte", (a, b) => Boxed(MergeValue.Compare(a, b) is >= 0));
        Add(environment, "lt", (a, b) => Boxed(MergeValue.Compare(a, b) is < 0));
        Add(environment, "lte", (a, b) => Boxed(MergeValue.Compare(a, b) is <= 0));
        Add(environment, "not", (a, _) => Boxed(!MergeValue.IsTruthy(a)));
        environment.RegisterHelper("and", (in HelperOptions _, in Context _, in Arguments a) => Boxed(All(a)));
        environment.RegisterHelper("or", (in HelperOptions _, in Context _, in Arguments a) => Boxed(Any(a)));
        environment.RegisterHelper(Section, WriteSection);
        Add(environment, SafeUrl, (a, _) => ToSafeUrl(MergeValue.ToText(a, CultureInfo.InvariantCulture)));
        Add(environment, Constant, (a, _) => constants[Convert.ToInt32(a, CultureInfo.InvariantCulture)]);
    }

    private static readonly object True = true;
    private static readonly object False = false;

    private static object Boxed(bool value) => value ? True : False;

    private static void Add(IHandlebars environment, string name, Func<object?, object?, object?> function) =>
        environment.RegisterHelper(name, (in HelperOptions _, in Context _, in Arguments a) => function(a[0], a.Length > 1 ? a[1] : null)!);

    private static bool All(in Arguments arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
            if (!MergeValue.IsTruthy(arguments[i]))
                return false;
        return true;
    }

    private static bool Any(in Arguments arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
            if (MergeValue.IsTruthy(arguments[i]))
                return true;
        return false;
    }

    /// <summary>A list is repeated, a dictionary or other value becomes the context, true keeps the context, the rest is skipped.</summary>
    private static void WriteSection(EncodedTextWriter output, BlockHelperOptions options, Context context, Arguments arguments)
    {
        var value = arguments[0];
        if (!MergeValue.IsTruthy(value))
            options.Inverse(output, context);
        else if (value is true)
            options.Template(output, context);
        else if (value is List<object?> items)
            foreach (var item in items)
                options.Template(output, item!);
        else
            options.Template(output, value);
    }

    /// <summary>Only an absolute link or a path of its own; anything else, such as <c>javascript:</c>, becomes <c>#</c>.</summary>
    private static string ToSafeUrl(string? text)
    {
        var url = text?.Trim() ?? "";
        var isSafe =
            url.Length > 0
            && (
                url[0] is '/' or '#' or '?'
                || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                || url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)
                || url.StartsWith("tel:", StringComparison.OrdinalIgnoreCase)
            );
        return isSafe ? url : "#";
    }

    /// <summary>"JEAN-PAUL du pont" becomes "Jean-Paul Du Pont".</summary>
    private static string? Capitalize(string? text, CultureInfo culture) =>
        string.IsNullOrEmpty(text) ? text : culture.TextInfo.ToTitleCase(text.ToLower(culture));

    private static object? FormatDate(object? value, string? format, CultureInfo culture)
    {
        if (IsMissing(value))
            return null;
        var pattern = format ?? "d";
        if (value is string text)
            return
                DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
                && IsFormat("date", pattern)
                ? parsed.ToString(pattern, culture)
                : text;
        return value switch
        {
            DateTimeOffset moment when IsFormat("date", pattern) => moment.ToString(pattern, culture),
            DateTime moment when IsFormat("date", pattern) => moment.ToString(pattern, culture),
            DateOnly day when IsFormat("date", pattern) => day.ToDateTime(TimeOnly.MinValue).ToString(pattern, culture),
            _ => value,
        };
    }

    private static object? FormatNumber(object? value, string? format, CultureInfo culture)
    {
        if (IsMissing(value))
            return null;
        if (!MergeValue.TryNumber(value, out var number))
            return value;
        return format is null ? number.ToString("#,0.##########", culture)
            : IsFormat("number", format) ? number.ToString(format, culture)
            : value;
    }

    private static bool IsFormat(string helper, string format)
    {
        if (format.Length is 0 or > MaxFormatLength)
            return false;
        // A precision such as N999999999 would build a text of that size.
        if (helper == "number" && char.IsAsciiLetter(format[0]) && format.Length > 3)
            return false;
        try
        {
            _ =
                helper == "date"
                    ? DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture)
                    : 1m.ToString(format, CultureInfo.InvariantCulture);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
