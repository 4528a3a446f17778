using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>What a provider's calls are checked with.</summary>
/// <param name="Primary">
/// By provider: SendGrid the public key (Base64 or PEM), Mailgun the signing key, Twilio the auth token, SES and Scaleway
/// topic ARNs (separated by blanks or commas) or <c>user:password</c>, the others <c>user:password</c>. Null or blank: nobody is believed.
/// </param>
/// <param name="Secondary">A second one of the same sort, accepted as well: during a rotation, or the ARN beside the password.</param>
public sealed record CallbackSecret(string? Primary, string? Secondary = null)
{
    /// <summary>Oldest signed time accepted, and furthest in the future; for SendGrid and Mailgun.</summary>
    /// <remarks>Default 10 minutes. A command that looks at a recorded call sets it wider.</remarks>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Gives the PEM text of the SNS signing certificate at an address, or null when it cannot be had.</summary>
    /// <remarks>Called only with an address of the provider itself; see <see cref="CallbackReader.CertificateUrl"/> to fetch it beforehand.</remarks>
    public Func<Uri, string?>? SigningCertificate { get; init; }

    /// <summary>Nothing configured.</summary>
    public static CallbackSecret None { get; } = new(Primary: null);

    internal IReadOnlyList<string> Values =>
        [.. new[] { Primary, Secondary }.Where(v => !string.IsNullOrWhiteSpace(v)).Select(v => v!.Trim())];

    /// <summary>Never printed.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("hidden");
        return true;
    }
}
