using Microsoft.AspNetCore.DataProtection;

namespace Estafette.Core.Platform;

/// <summary>Encrypts provider keys, passwords and private keys at rest; the key ring lies in the data directory, outside the database.</summary>
public sealed class Secrets(IDataProtectionProvider provider)
{
    private readonly IDataProtector _protector = provider.CreateProtector("Estafette.Secrets.v1");

    /// <summary>Encrypts a secret for storage.</summary>
    public string Protect(string secret) => _protector.Protect(secret);

    /// <summary>Decrypts a stored secret.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring does not hold the key it was encrypted with.</exception>
    public string Unprotect(string stored) => _protector.Unprotect(stored);
}
