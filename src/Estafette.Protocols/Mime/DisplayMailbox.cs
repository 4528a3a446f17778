using Estafette.Protocols.Addresses;

namespace Estafette.Protocols.Mime;

/// <summary>An address with an optional name, as it stands in From, To or Reply-To (RFC 5322 §3.4, name-addr).</summary>
/// <param name="Name">Name shown by mail programs; null or empty for none.</param>
/// <param name="Address">The mailbox.</param>
public sealed record DisplayMailbox(string? Name, EmailAddress Address)
{
    /// <summary>The mailbox in header form, on one line: atoms, quoted string or encoded words as the name needs.</summary>
    /// <exception cref="ArgumentException">The name holds a line break, NUL or another control character.</exception>
    public override string ToString()
    {
        using var buffer = new MimeBuffer(256);
        MimeHeaders.WriteMailboxes(buffer, "X", [this]);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan[3..^2]).Replace("\r\n", "", StringComparison.Ordinal);
    }
}
