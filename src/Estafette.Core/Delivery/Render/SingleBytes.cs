using System.Data.Common;
using System.IO.Compression;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>Files of an accepted mail, or a message that was handed over whole.</summary>
internal sealed record LoadedBytes(IReadOnlyList<MimeAttachment> Files, byte[]? Raw);

/// <summary>Reads what an accepted mail has beside its text, when it is about to be composed.</summary>
/// <param name="filesOf">The mail whose files travel with it; null: none.</param>
/// <param name="raw">Hash of the message that was handed over whole; null: it is composed.</param>
internal sealed class SingleBytes(Store store, CustomerId customer, long? filesOf, string? raw)
{
    /// <exception cref="CannotComposeException">The message is not there any more.</exception>
    public async ValueTask<LoadedBytes?> ReadAsync(CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        return new(
            filesOf is { } mail ? await FilesAsync(connection, mail, ct) : [],
            raw is null ? null : await RawAsync(connection, raw, ct)
        );
    }

    private async Task<List<MimeAttachment>> FilesAsync(DbConnection connection, long mail, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/read-single-attachments");
        command.Set("@mail", mail).Set("@customer", customer.Value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var files = new List<MimeAttachment>();
        while (await reader.ReadAsync(ct))
            files.Add(
                new MimeAttachment(
                    reader.GetString(0),
                    reader.GetString(1),
                    (byte[])reader.GetValue(3),
                    reader.IsDBNull(2) ? null : reader.GetString(2)
                )
            );
        return files;
    }

    private async Task<byte[]> RawAsync(DbConnection connection, string hash, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/read-submitted-message");
        command.Set("@customer", customer.Value).Set("@hash", hash);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            throw new CannotComposeException("The message that was handed over is not stored any more.");
        var bytes = new byte[reader.GetInt32(1)];
        await using var packed = new BrotliStream(new MemoryStream((byte[])reader.GetValue(0)), CompressionMode.Decompress);
        await packed.ReadExactlyAsync(bytes, ct);
        return bytes;
    }
}
