using System.Buffers;
using System.Buffers.Text;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Estafette.Core.Platform;

namespace Estafette.Core.Tracking;

/// <summary>
/// Writes and reads tokens with the installation's keys (table signing_keys, encrypted at rest). The newest key writes, all of them read.
/// </summary>
/// <remarks>About 1 µs per token and no allocation; safe for any number of threads once loaded.</remarks>
internal sealed class TrackingTokens(Store store, WriteQueue writes, Secrets secrets, TimeProvider clock) : IDisposable
{
    private const string KeyPurpose = "tracking";
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile KeyRing? _keys;

    private KeyRing Keys => _keys ?? throw new InvalidOperationException("Tracking keys are not loaded: await EnsureLoadedAsync first.");

    /// <summary>Loads the keys, creating the first one on a new installation. Cheap when they are loaded already.</summary>
    public ValueTask EnsureLoadedAsync(CancellationToken ct) => _keys is null ? LoadAsync(false, ct) : ValueTask.CompletedTask;

    /// <summary>Adds a key that writes from now on; tokens of the older keys stay readable.</summary>
    public ValueTask RotateAsync(CancellationToken ct) => LoadAsync(true, ct);

    /// <summary>Reads the keys again: another node may have added one.</summary>
    public async ValueTask ReloadAsync(CancellationToken ct) => _keys = await ReadKeysAsync(ct) ?? _keys;

    /// <summary>Whether a token that could not be read was signed with a key this node has not loaded.</summary>
    public bool NamesUnknownKey(ReadOnlySpan<char> text)
    {
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        return text.Length <= TrackingToken.MaxChars
            && Base64Url.DecodeFromChars(text, raw, out _, out var length) == OperationStatus.Done
            && length > 0
            && Keys.Find(raw[0]) is null;
    }

    /// <summary>Writes a token as ASCII and returns its length; <paramref name="destination"/> holds at least <see cref="TrackingToken.MaxChars"/> bytes.</summary>
    /// <param name="destination">Where the text goes.</param>
    /// <param name="purpose">What the token allows.</param>
    /// <param name="subject">The delivery; for aggregate purposes the campaign.</param>
    /// <param name="content">The content version the recipient gets; needed for links, 0 where there is none.</param>
    /// <param name="linkNo">Number of the link in the content's link table; 0 where there is none.</param>
    public int Write(Span<byte> destination, TokenPurpose purpose, long subject, ContentId content, int linkNo = 0)
    {
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        var length = new TrackingToken(purpose, subject, content.Value, linkNo).WriteBytes(raw, Keys.Newest);
        return Base64Url.EncodeToUtf8(raw[..length], destination);
    }

    /// <inheritdoc cref="Write"/>
    public string Text(TokenPurpose purpose, long subject, ContentId content, int linkNo = 0)
    {
        Span<byte> text = stackalloc byte[TrackingToken.MaxChars];
        return System.Text.Encoding.ASCII.GetString(text[..Write(text, purpose, subject, content, linkNo)]);
    }

    /// <summary>Reads a token from a URL; false when it is malformed, forged or of an unknown key.</summary>
    public bool TryRead(ReadOnlySpan<char> text, out TrackingToken token)
    {
        token = default;
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        return text.Length is > 0 and <= TrackingToken.MaxChars
            && Base64Url.DecodeFromChars(text, raw, out _, out var length) == OperationStatus.Done
            && length > 0
            && Keys.Find(raw[0]) is { } key
            && TrackingToken.TryReadBytes(raw[..length], key, out token)
            && token.Purpose != TokenPurpose.Bounce;
    }

    /// <summary>Writes the token of an envelope sender (<c>b+TOKEN@…</c>): lower-case base32, since local parts may lose their case on the way.</summary>
    public int WriteVerp(Span<byte> destination, DeliveryId delivery) => WriteLocalPart(destination, TokenPurpose.Bounce, delivery);

    /// <summary>Writes the token of an address that opts out, in the same letters.</summary>
    public int WriteUnsubscribe(Span<byte> destination, DeliveryId delivery) =>
        WriteLocalPart(destination, TokenPurpose.Unsubscribe, delivery);

    private int WriteLocalPart(Span<byte> destination, TokenPurpose purpose, DeliveryId delivery)
    {
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        var length = new TrackingToken(purpose, delivery.Value, 0, 0).WriteBytes(raw, Keys.Newest);
        return Base32.Encode(raw[..length], destination);
    }

    /// <summary>Reads the token of an envelope sender, in any case of letters.</summary>
    public bool TryReadVerp(ReadOnlySpan<char> text, out DeliveryId delivery) => TryReadLocalPart(text, TokenPurpose.Bounce, out delivery);

    /// <summary>Reads the token of an address that opts out, in any case of letters.</summary>
    public bool TryReadUnsubscribe(ReadOnlySpan<char> text, out DeliveryId delivery) =>
        TryReadLocalPart(text, TokenPurpose.Unsubscribe, out delivery);

    private bool TryReadLocalPart(ReadOnlySpan<char> text, TokenPurpose purpose, out DeliveryId delivery)
    {
        delivery = default;
        Span<byte> raw = stackalloc byte[TrackingToken.MaxBytes];
        if (
            text.Length is 0 or > TrackingToken.MaxChars
            || !Base32.TryDecode(text, raw, out var length)
            || length == 0
            || Keys.Find(raw[0]) is not { } key
            || !TrackingToken.TryReadBytes(raw[..length], key, out var token)
            || token.Purpose != purpose
        )
            return false;
        delivery = new DeliveryId(token.Subject);
        return true;
    }

    private async ValueTask LoadAsync(bool addKey, CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            var keys = addKey ? null : _keys ?? await ReadKeysAsync(ct);
            if (keys is null)
            {
                await writes.RunAsync(session => AddKeyAsync(session, addKey), ct);
                keys = await ReadKeysAsync(ct);
            }
            _keys = keys;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async ValueTask AddKeyAsync(WriteSession session, bool evenIfOneExists)
    {
        if (session.Store.Kind == DatabaseKind.PostgreSql)
            await session.Prepare("LOCK TABLE signing_keys IN EXCLUSIVE MODE").ExecuteNonQueryAsync();
        var count = session.Prepare("SELECT count(*) FROM signing_keys WHERE purpose = @purpose").Set("@purpose", KeyPurpose);
        if (!evenIfOneExists && Convert.ToInt64(await count.ExecuteScalarAsync(), CultureInfo.InvariantCulture) > 0)
            return;
        await session
            .Prepare("INSERT INTO signing_keys (purpose, protected_key, created_at) VALUES (@purpose, @key, @at)")
            .Set("@purpose", KeyPurpose)
            .Set("@key", secrets.Protect(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))))
            .Set("@at", clock.GetUtcNow().ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync();
    }

    private async Task<KeyRing?> ReadKeysAsync(CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id, protected_key FROM signing_keys WHERE purpose = @purpose ORDER BY id";
        command.Set("@purpose", KeyPurpose);
        var ring = new KeyRing();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ring.Add(reader.GetInt64(0), Convert.FromBase64String(secrets.Unprotect(reader.GetString(1))));
        return ring.IsEmpty ? null : ring;
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>The keys by their number, filled once and never changed while in use.</summary>
    private sealed class KeyRing
    {
        private readonly TokenKey?[] _keys = new TokenKey?[256];
        private TokenKey? _newest;

        public TokenKey Newest => _newest!;

        public bool IsEmpty => _newest is null;

        /// <exception cref="InvalidOperationException">The number does not fit the one byte a token has for it.</exception>
        public void Add(long id, byte[] secret)
        {
            if (id is < 1 or > 255)
                throw new InvalidOperationException($"Signing key {id} cannot be named in a token: key numbers end at 255.");
            _newest = _keys[id] = new TokenKey((byte)id, secret);
        }

        public TokenKey? Find(byte id) => _keys[id];
    }
}
