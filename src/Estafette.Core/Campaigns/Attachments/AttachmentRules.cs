using System.Globalization;
using System.Net.Mime;
using System.Text;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>What may be attached (interfaces §1.13).</summary>
public static class AttachmentRules
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxFileBytes = 2_097_152;

    /// <summary>Most bytes of all files of a campaign.</summary>
    public const int MaxCampaignBytes = 4_000_000;

    /// <summary>Longest name, in characters.</summary>
    public const int MaxName = 100;

    private const string Unknown = "application/octet-stream";

    // What mail programs and Windows run or install when it is opened, and containers that hide such files from scanners.
    private static readonly HashSet<string> Executable = new(
        (
            "ade adp apk app appinstaller application appref-ms appx appxbundle bat cab chm cmd com cpl desktop diagcab dll dmg exe gadget hlp hta "
            + "img inf ins iqy iso isp jar jnlp js jse lib library-ms lnk mde mjs msc msh msi msix msixbundle msp mst msu nsh one osd pif pkg ps1 ps1xml "
            + "ps2 psc1 psd1 psm1 py pyc pyw reg scf scr sct settingcontent-ms sh shb shs sys theme url vb vbe vbp vbs vhd vhdx vxd website "
            + "ws wsc wsf wsh xbap xll xnk"
        ).Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>The name as it is kept: composed characters, no blanks around.</summary>
    internal static string NameOf(string given) => given.Trim().Normalize(NormalizationForm.FormC);

    /// <summary>The media type as it is kept; one that says nothing true of a file becomes application/octet-stream.</summary>
    internal static string TypeOf(string? given)
    {
        try
        {
            var type = new ContentType(given ?? Unknown).MediaType.ToLowerInvariant();
            return
                type.Length > 100
                || type.StartsWith("multipart/", StringComparison.Ordinal)
                || type.StartsWith("message/", StringComparison.Ordinal)
                ? Unknown
                : type;
        }
        catch (FormatException)
        {
            return Unknown;
        }
        catch (ArgumentException)
        {
            return Unknown;
        }
    }

    /// <summary>What is wrong with one file by itself.</summary>
    internal static CampaignProblem? Check(string name, int size)
    {
        if (name.Length is 0 or > MaxName || name is "." or ".." || name.Any(IsForbidden))
            return Problem(
                "name",
                $"The name of a file has 1 to {MaxName} characters, without / \\ : and control characters.",
                $"{MaxName}"
            );
        if (Executable.Contains(EndingOf(name)))
            return Problem("kind", $"'{name}' is a program: it would be refused by most mail systems.", name);
        if (size == 0)
            return Problem("empty", $"'{name}' is empty.", name);
        if (size > MaxFileBytes)
            return Problem("size", $"A file has at most {MaxFileBytes:N0} bytes.", Megabytes(MaxFileBytes));
        return null;
    }

    /// <summary>What is wrong with one more file beside those that are there.</summary>
    internal static CampaignProblem? Check(string name, int size, IReadOnlyCollection<CampaignAttachment> others)
    {
        if (others.Any(a => string.Equals(a.Filename, name, StringComparison.OrdinalIgnoreCase)))
            return Problem("taken", $"There is a file called '{name}' already.", name);
        if (others.Sum(a => a.Size) + size > MaxCampaignBytes)
            return Problem(
                "total",
                $"The files of a campaign have at most {MaxCampaignBytes:N0} bytes together.",
                Megabytes(MaxCampaignBytes)
            );
        return null;
    }

    internal static CampaignProblem Problem(string code, string message, string? argument = null) =>
        new("attachment." + code, "file", true, message, argument);

    // Windows drops blanks and dots at the end of a name.
    private static string EndingOf(string name)
    {
        var bare = name.TrimEnd('.', ' ');
        return bare[(bare.LastIndexOf('.') + 1)..];
    }

    // Marks of direction make "exe.pdf" of "fdp.exe".
    private static bool IsForbidden(char c) =>
        char.IsControl(c)
        || c is '/' or '\\' or ':' or '\u2028' or '\u2029'
        || c is '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static string Megabytes(int bytes) => (bytes / 1_000_000.0).ToString("0.#", CultureInfo.CurrentCulture);
}
