using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Estafette.Protocols.Dkim;

/// <summary>What checking an Ed25519 signature came to.</summary>
public enum Ed25519Check
{
    /// <summary>The signature is good.</summary>
    Good,

    /// <summary>The signature is bad, or has not 64 bytes.</summary>
    Bad,

    /// <summary>This machine has no OpenSSL 3 to check it with.</summary>
    Unavailable,
}

/// <summary>Ed25519 signatures (RFC 8032 §5.1) through OpenSSL 3, since the base library has none.</summary>
/// <remarks>Keys are the raw 32 bytes of RFC 8032: a private key is the seed. Safe for several threads.</remarks>
public static partial class Ed25519
{
    /// <summary>Bytes of a private and of a public key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureBytes = 64;

    private const string Library = "libcrypto.so.3";
    private const int KeyType = 1087; // EVP_PKEY_ED25519

    /// <summary>Whether OpenSSL 3 is there; without it nothing is signed, and checks say so.</summary>
    public static bool IsAvailable { get; } =
        NativeLibrary.TryLoad(Library, out var handle) && NativeLibrary.TryGetExport(handle, "EVP_DigestVerify", out _);

    /// <summary>Checks a signature.</summary>
    /// <param name="publicKey">32 bytes; others give <see cref="Ed25519Check.Bad"/>.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes; others give <see cref="Ed25519Check.Bad"/>.</param>
    public static Ed25519Check Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (!IsAvailable)
            return Ed25519Check.Unavailable;
        if (publicKey.Length != KeyBytes || signature.Length != SignatureBytes)
            return Ed25519Check.Bad;
        var key = NewPublicKey(KeyType, 0, publicKey, KeyBytes);
        var context = NewContext();
        try
        {
            var good =
                key != 0
                && context != 0
                && VerifyInit(context, 0, 0, 0, key) == 1
                && DigestVerify(context, signature, SignatureBytes, message, (nuint)message.Length) == 1;
            return good ? Ed25519Check.Good : Ed25519Check.Bad;
        }
        finally
        {
            Free(key, context);
        }
    }

    /// <summary>Signs a message.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="message">What to sign.</param>
    /// <param name="signature">64 bytes, or null.</param>
    /// <returns>False when OpenSSL 3 is missing.</returns>
    /// <exception cref="ArgumentException">The key has not 32 bytes.</exception>
    public static bool TrySign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, [NotNullWhen(true)] out byte[]? signature)
    {
        CheckLength(privateKey);
        signature = null;
        if (!IsAvailable)
            return false;
        var key = NewPrivateKey(KeyType, 0, privateKey, KeyBytes);
        var context = NewContext();
        try
        {
            var bytes = new byte[SignatureBytes];
            var length = (nuint)SignatureBytes;
            var done =
                key != 0
                && context != 0
                && SignInit(context, 0, 0, 0, key) == 1
                && DigestSign(context, bytes, ref length, message, (nuint)message.Length) == 1
                && length == SignatureBytes;
            signature = done ? bytes : null;
            return done;
        }
        finally
        {
            Free(key, context);
        }
    }

    /// <summary>The public key of a private key.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="publicKey">32 bytes, or null.</param>
    /// <returns>False when OpenSSL 3 is missing.</returns>
    /// <exception cref="ArgumentException">The key has not 32 bytes.</exception>
    public static bool TryGetPublicKey(ReadOnlySpan<byte> privateKey, [NotNullWhen(true)] out byte[]? publicKey)
    {
        CheckLength(privateKey);
        publicKey = null;
        if (!IsAvailable)
            return false;
        var key = NewPrivateKey(KeyType, 0, privateKey, KeyBytes);
        try
        {
            var bytes = new byte[KeyBytes];
            var length = (nuint)KeyBytes;
            var done = key != 0 && RawPublicKey(key, bytes, ref length) == 1 && length == KeyBytes;
            publicKey = done ? bytes : null;
            return done;
        }
        finally
        {
            Free(key, 0);
        }
    }

    private static void CheckLength(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != KeyBytes)
            throw new ArgumentException($"Reading an Ed25519 key: it has {privateKey.Length} bytes, not {KeyBytes}.", nameof(privateKey));
    }

    // What failed leaves its story in a queue of the thread, where the next TLS call of the runtime would find it.
    private static void Free(nint key, nint context)
    {
        FreeContext(context);
        FreeKey(key);
        ClearErrors();
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    private static partial nint NewPublicKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    private static partial nint NewPrivateKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    private static partial int RawPublicKey(nint key, Span<byte> output, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    private static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int VerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    private static partial int DigestVerify(
        nint context,
        ReadOnlySpan<byte> signature,
        nuint signatureLength,
        ReadOnlySpan<byte> message,
        nuint messageLength
    );

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    private static partial int SignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    private static partial int DigestSign(
        nint context,
        Span<byte> signature,
        ref nuint signatureLength,
        ReadOnlySpan<byte> message,
        nuint messageLength
    );

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    private static partial void ClearErrors();
}
