using System.Security.Cryptography;
using System.Text;

namespace Estafette.Protocols.Smtp;

/// <summary>The client's side of the AUTH mechanisms, as values without a connection.</summary>
internal static class SmtpAuthentication
{
    /// <summary>Picks the mechanism: on TLS the simplest, else the one that does not show the password; None when none may be used.</summary>
    public static SmtpAuthMechanisms Choose(SmtpAuthMechanisms offered, SmtpAuthMechanisms allowed, bool mayShowPassword, bool encrypted)
    {
        var usable = offered & allowed;
        ReadOnlySpan<SmtpAuthMechanisms> order = encrypted
            ? [SmtpAuthMechanisms.Plain, SmtpAuthMechanisms.Login, SmtpAuthMechanisms.CramMd5]
            : [SmtpAuthMechanisms.CramMd5, SmtpAuthMechanisms.Plain, SmtpAuthMechanisms.Login];
        foreach (var mechanism in order)
        {
            if (usable.HasFlag(mechanism) && (mayShowPassword || mechanism == SmtpAuthMechanisms.CramMd5))
            {
                return mechanism;
            }
        }

        return SmtpAuthMechanisms.None;
    }

    /// <summary>PLAIN: empty authorisation identity, name, password, each before a NUL (RFC 4616 §2).</summary>
    public static string Plain(string username, string password) => Base64($"\0{username}\0{password}");

    /// <summary>CRAM-MD5: name and the hexadecimal HMAC-MD5 of the challenge under the password (RFC 2195 §2); null for a broken challenge.</summary>
    public static string? CramMd5(string username, string password, string challenge)
    {
        var decoded = new byte[challenge.Length];
        if (!Convert.TryFromBase64String(challenge.Trim(), decoded, out var length))
        {
            return null;
        }

#pragma warning disable CA5351 // The mechanism is defined with MD5; it is used only where the server offers it.
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(password), decoded.AsSpan(0, length));
#pragma warning restore CA5351
        return Base64($"{username} {Convert.ToHexStringLower(digest)}");
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
