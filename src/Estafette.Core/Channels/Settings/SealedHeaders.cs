using Estafette.Core.Platform;

namespace Estafette.Core.Channels;

/// <summary>
/// Headers of one's own may carry a second key, so their values are encrypted in the stored settings. A value that is stored sealed stays so when a
/// server is edited without showing it; what only looks sealed was typed, and is sealed as a text: otherwise whoever has a copy of the database could
/// have its secrets decrypted and sent to an address of their own. Rows from before are read as they are and sealed when they are saved.
/// </summary>
internal static class SealedHeaders
{
    private const string Mark = "sealed:";

    /// <summary>The settings as they are stored.</summary>
    /// <param name="settings">What somebody wants.</param>
    /// <param name="stored">What this server has; null when it is new.</param>
    /// <param name="secrets">Encrypts.</param>
    public static ServerSettings Seal(ServerSettings settings, ServerSettings? stored, Secrets secrets)
    {
        var known = (stored as JsonPostSettings)?.Headers;
        return Change(
            settings,
            (name, value) => IsSealed(value) && known?.GetValueOrDefault(name) == value ? value : Mark + secrets.Protect(value)
        );
    }

    /// <summary>The settings as they are used.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key ring does not hold the key they were encrypted with.</exception>
    public static ServerSettings Open(ServerSettings settings, Secrets secrets) =>
        Change(settings, (_, value) => IsSealed(value) ? secrets.Unprotect(value[Mark.Length..]) : value);

    private static bool IsSealed(string value) => value.StartsWith(Mark, StringComparison.Ordinal);

    private static ServerSettings Change(ServerSettings settings, Func<string, string, string> change) =>
        settings is JsonPostSettings { Headers.Count: > 0 } post
            ? post with
            {
                Headers = post.Headers.ToDictionary(h => h.Key, h => change(h.Key, h.Value), StringComparer.OrdinalIgnoreCase),
            }
            : settings;
}
