namespace Estafette.Protocols.Csv;

/// <summary>Makes a text harmless for a spreadsheet that would take it for a formula.</summary>
public static class SpreadsheetCell
{
    /// <summary>Puts an apostrophe before a text that a spreadsheet would compute.</summary>
    /// <remarks>
    /// Concerned are texts that begin with <c>= + - @</c>, tab or carriage return, or their full-width forms. Numbers (<c>-12,5</c>,
    /// <c>+3.1</c>) and <c>+</c> followed by digits only (telephone numbers) stay as they are.
    /// </remarks>
    /// <param name="value">Text of one cell; null counts as empty.</param>
    public static string Guard(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";
        var danger = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20';
        return danger && !IsNumber(value) ? "'" + value : value;
    }

    // Sign, digits, at most one decimal comma or point with digits on both sides.
    private static bool IsNumber(ReadOnlySpan<char> value)
    {
        if (value[0] is not ('+' or '-'))
            return false;
        var digits = value[1..];
        var mark = digits.IndexOfAny(',', '.');
        if (mark < 0)
            return IsDigits(digits);
        return IsDigits(digits[..mark]) && IsDigits(digits[(mark + 1)..]);
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');
}
