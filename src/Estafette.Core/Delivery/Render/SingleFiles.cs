using System.IO.Compression;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>
/// Files of accepted mails, and messages that were handed over whole. They are read when a message is composed, on the thread of the lane that is about to
/// send it: what waits holds no bytes.
/// </summary>
internal static class SingleFiles
{
    public static IReadOnlyList<MimeAttachment> Read(Store store, CustomerId customer, long mail)
    {
        using var connection = store.OpenAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/read-single-attachments");
        command.Set("@mail", mail).Set("@customer", customer.Value);
        using var reader = command.ExecuteReader();
        var files = new List<MimeAttachment>();
        while (reader.Read())
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

    /// <exception cref="CannotComposeException">The message is not there any more.</exception>
    public static byte[] ReadRaw(Store store, CustomerId customer, string hash)
    {
        using var connection = store.OpenAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/read-submitted-message");
        command.Set("@customer", customer.Value).Set("@hash", hash);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
            throw new CannotComposeException("The message that was handed over is not stored any more.");
        var bytes = new byte[reader.GetInt32(1)];
        using var packed = new BrotliStream(new MemoryStream((byte[])reader.GetValue(0)), CompressionMode.Decompress);
        packed.ReadExactly(bytes);
        return bytes;
    }
}
