using Estafette.Core.Platform;

namespace Estafette.Core.Channels;

/// <summary>
/// Headers of one's own may carry a second key, so their values are encrypted in the stored settings. What is sealed stays so when a server is
/// edited without showing it; rows from before are read as they are and sealed when they are saved.
/// </summary>
internal static class SealedHeaders
{
    private const string Mark = "sealed:";

    /// <summary>The settings as they are stored.</summary>
    public static ServerSettings Seal(ServerSettings settings, Secrets secrets) =>
        Change(settings, value => IsSealed(value) ? value : Mark + secrets.Protect(value));

    /// <summary>The settings as they are used.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring does not hold the key they were encrypted with.</exception>
    public static ServerSettings Open(ServerSettings settings, Secrets secrets) =>
        Change(settings, value => IsSealed(value) ? secrets.Unprotect(value[Mark.Length..]) : value);

    private static bool IsSealed(string value) => value.StartsWith(Mark, StringComparison.Ordinal);

    private static ServerSettings Change(ServerSettings settings, Func<string, string> change) =>
        settings is JsonPostSettings { Headers.Count: > 0 } post
            ? post with
            {
                Headers = post.Headers.ToDictionary(h => h.Key, h => change(h.Value), StringComparer.OrdinalIgnoreCase),
            }
            : settings;
}
