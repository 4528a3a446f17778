using System.Buffers;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.Bounces;

/// <summary>Finds SMTP codes (RFC 5321 §4.2) and enhanced statuses (RFC 3463) in running text.</summary>
internal static class ReplyCodes
{
    private static readonly SearchValues<char> NumberChars = SearchValues.Create("0123456789.");

    /// <summary>First code and first status of a text; a code must be one that servers use and stand alone.</summary>
    internal static (int? Code, string? Status) Find(ReadOnlySpan<char> text)
    {
        int? code = null;
        string? status = null;
        if (text.Length > 4096)
            text = text[..4096];
        for (var i = 0; i < text.Length && (code is null || status is null); i++)
        {
            if (text[i] is not ('2' or '4' or '5') || (i > 0 && IsPartOfNumber(text[i - 1]) && !FollowsCode(text[..i])))
                continue;
            var rest = text[i..];
            if (status is null && Status(rest) is { } found)
            {
                status = found;
                i += found.Length - 1;
            }
            else if (code is null && Code(rest) is { } number)
            {
                code = number;
                i += 3;
            }
        }
        return (code, status);
    }

    /// <summary>A status at the start of a text, e.g. "5.1.1 (bad mailbox)"; null when there is none.</summary>
    internal static string? Status(ReadOnlySpan<char> text)
    {
        if (text.Length < 5 || text[1] != '.' || text[0] is not ('2' or '4' or '5'))
            return null;
        var end = text.IndexOfAnyExcept(NumberChars);
        var number = (end < 0 ? text : text[..end]).TrimEnd('.');
        if (end >= 0 && (char.IsLetter(text[end]) || text[end] == '-'))
            return null;
        return number.Length <= 9 && SmtpEnhancedStatus.TryParse(number) is { } status ? status.ToString() : null;
    }

    private static int? Code(ReadOnlySpan<char> text)
    {
        if (
            text.Length < 3
            || text[0] == '2'
            || (text.Length > 3 && text[3] is not (' ' or '-' or '\r' or '\n' or '\t' or ':' or '_' or ',' or '\'' or '"' or ')' or '#'))
        )
            return null;
        if (!char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2]))
            return null;
        var code = ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + (text[2] - '0');
        return IsUsed(code) ? code : null;
    }

    private static bool IsUsed(int code) =>
        code
            is 421
                or 422
                or 431
                or 432
                or (>= 450 and <= 455)
                or 471
                or 472
                or (>= 500 and <= 504)
                or (>= 510 and <= 513)
                or 521
                or 523
                or 530
                or 534
                or 535
                or 538
                or 540
                or 541
                or (>= 550 and <= 557)
                or 570
                or 571
                or 572
                or 574
                or 577
                or 590
                or 598;

    // "550-5.1.1": the hyphen of a line that is not the last.
    private static bool FollowsCode(ReadOnlySpan<char> before) =>
        before.Length >= 4 && before[^1] == '-' && !before[^4..^1].ContainsAnyExceptInRange('0', '9');

    private static bool IsPartOfNumber(char before) =>
        char.IsLetterOrDigit(before) || before is '.' or '-' or '/' or ':' or '_' or '=' or '+';
}
