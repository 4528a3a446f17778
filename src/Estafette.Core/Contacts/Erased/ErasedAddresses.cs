using System.Buffers.Text;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Erased;

/// <summary>
/// Knows erased people again without knowing who they were.
/// <para>Of an erased address only "hmac:" and a keyed hash stays, as a suppression: base64url of the first 16 bytes of HMAC-SHA256 over customer,
/// channel and address key. The key belongs to the installation (table signing_keys, encrypted at rest), so a copy of the database alone
/// does not let anybody try addresses. The same text stands in the ledger in the place of the address, so that figures stay what they were.</para>
/// <para>Looking an address up costs one hash (about 1 µs), and only for customers who erased somebody: one look into an index says so.
/// Imports turn a match into an ordinary suppression before they store their rows; claims ask for every message that is about to leave,
/// wherever its address came from.</para>
/// </summary>
public sealed class ErasedAddresses(Store store, WriteQueue writes, Secrets secrets, TimeProvider clock) : IDisposable
{
    /// <summary>Begins every hash. No address key does: a colon stands only in a quoted local part.</summary>
    public const string Prefix = "hmac:";

    private const string KeyPurpose = "erasure";
    private const string Any =
        "SELECT 1 FROM suppressions WHERE customer_id = @customer AND channel = @channel AND address_key >= 'hmac:' AND address_key < 'hmac;' LIMIT 1";

    private readonly SemaphoreSlim _loading = new(1, 1);
    private byte[]? _key;

    /// <summary>What stands for an address key from its erasure on.</summary>
    public async ValueTask<string> HashAsync(CustomerId customer, Channel channel, string addressKey, CancellationToken ct) =>
        Hash(await KeyAsync(ct), customer, channel, addressKey);

    /// <summary>Those of the address keys that were erased, each with its hash.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(
        CustomerId customer,
        Channel channel,
        IEnumerable<string> addressKeys,
        CancellationToken ct
    )
    {
        await using var connection = await store.OpenAsync(ct);
        await using (var any = connection.CreateCommand())
        {
            any.CommandText = Any;
            any.Set("@customer", customer.Value).Set("@channel", (short)channel);
            if (await any.ExecuteScalarAsync(ct) is null)
                return new Dictionary<string, string>(StringComparer.Ordinal);
        }
        var key = await KeyAsync(ct);
        var byHash = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var address in addressKeys)
            byHash[Hash(key, customer, channel, address)] = address;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var some in byHash.Keys.Chunk(500))
            await LookUpAsync(connection, customer, channel, some, byHash, found, ct);
        return found;
    }

    /// <summary>Suppresses those of the address keys that were erased under their own name: somebody brought them back.</summary>
    public async Task SuppressAgainAsync(CustomerId customer, Channel channel, IEnumerable<string> addressKeys, CancellationToken ct)
    {
        var found = await FindAsync(customer, channel, addressKeys, ct);
        if (found.Count == 0)
            return;
        await writes.RunAsync(
            async session =>
            {
                foreach (var (address, hash) in found)
                    await session
                        .Statement("Contacts/suppress-erased-again")
                        .Set("@customer", customer.Value)
                        .Set("@channel", (short)channel)
                        .Set("@address_key", address)
                        .Set("@hash", hash)
                        .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
                        .ExecuteNonQueryAsync(ct);
            },
            ct
        );
    }

    private static async Task LookUpAsync(
        DbConnection connection,
        CustomerId customer,
        Channel channel,
        string[] hashes,
        Dictionary<string, string> byHash,
        Dictionary<string, string> found,
        CancellationToken ct
    )
    {
        await using var command = connection.CreateCommand();
        var names = hashes.Select((_, i) => $"@h{i}");
        command.CommandText =
            $"SELECT address_key FROM suppressions WHERE customer_id = @customer AND channel = @channel AND address_key IN ({string.Join(',', names)})";
        command.Set("@customer", customer.Value).Set("@channel", (short)channel);
        for (var i = 0; i < hashes.Length; i++)
            command.Set($"@h{i}", hashes[i]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found[byHash[reader.GetString(0)]] = reader.GetString(0);
    }

    private static string Hash(byte[] key, CustomerId customer, Channel channel, string addressKey)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{customer.Value}|{(short)channel}|{addressKey}");
        return Prefix + Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private async ValueTask<byte[]> KeyAsync(CancellationToken ct)
    {
        if (_key is { } known)
            return known;
        await _loading.WaitAsync(ct);
        try
        {
            return _key ??= Convert.FromBase64String(secrets.Unprotect(await writes.RunAsync(session => ReadOrAddAsync(session, ct), ct)));
        }
        finally
        {
            _loading.Release();
        }
    }

    private async ValueTask<string> ReadOrAddAsync(WriteSession session, CancellationToken ct)
    {
        if (session.Store.Kind == DatabaseKind.PostgreSql)
            await session.Prepare("LOCK TABLE signing_keys IN EXCLUSIVE MODE").ExecuteNonQueryAsync(ct);
        var read = session.Prepare("SELECT protected_key FROM signing_keys WHERE purpose = @purpose ORDER BY id LIMIT 1");
        if (await read.Set("@purpose", KeyPurpose).ExecuteScalarAsync(ct) is string stored)
            return stored;
        var key = secrets.Protect(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        await session
            .Prepare("INSERT INTO signing_keys (purpose, protected_key, created_at) VALUES (@purpose, @key, @at)")
            .Set("@purpose", KeyPurpose)
            .Set("@key", key)
            .Set("@at", clock.GetUtcNow().ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        return key;
    }

    public void Dispose() => _loading.Dispose();
}
