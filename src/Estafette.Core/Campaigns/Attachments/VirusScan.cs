using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Estafette.Protocols.Antivirus;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>The search for viruses in files that customers attach.</summary>
public sealed record AntivirusOptions : IValidatableObject
{
    public const string Section = "Antivirus";

    /// <summary>Address of ClamAV's clamd as HOST:PORT; its StreamMaxLength must be at least 2 MB.</summary>
    /// <remarks>Default: none, which means that files are not looked at. Where it is given and does not answer, files are refused.</remarks>
    public string? Clamd { get; init; }

    /// <summary>Longest wait for clamd, in milliseconds.</summary>
    /// <remarks>100 to 120,000; default 20,000.</remarks>
    [Range(100, 120_000)]
    public int TimeoutMs { get; init; } = 20_000;

    internal (string Host, int Port)? Server =>
        Clamd is { Length: > 0 } text
        && text.LastIndexOf(':') is > 0 and var colon
        && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon].Trim('[', ']'), port)
            : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Clamd is { Length: > 0 } && Server is null)
            yield return new ValidationResult($"'{Clamd}' is no address; write HOST:PORT.", [nameof(Clamd)]);
    }
}

/// <summary>Looks for viruses in a file, where an engine is configured.</summary>
public sealed class VirusScan(AntivirusOptions options, TimeProvider clock)
{
    private readonly ClamdClient? _clamd = options.Server is { } server
        ? new ClamdClient(server.Host, server.Port, TimeSpan.FromMilliseconds(options.TimeoutMs), clock)
        : null;

    /// <summary>What was found, or that nothing could be found out; null when the file may pass.</summary>
    internal async Task<CampaignProblem?> FindAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (_clamd is null)
            return null;
        var verdict = await _clamd.ScanAsync(bytes, ct);
        if (verdict.Signature is { } signature)
            return AttachmentRules.Problem("virus", $"'{name}' was refused, the antivirus found: {signature}", signature);
        return verdict.Error is { } error
            ? AttachmentRules.Problem("unchecked", $"'{name}' could not be looked at by the antivirus ({error}); try again later.", name)
            : null;
    }
}
