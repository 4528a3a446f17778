namespace Estafette.Protocols.Mime;

/// <summary>How a text body is carried (RFC 2045 §6).</summary>
internal enum BodyEncoding
{
    /// <summary>Short ASCII lines, as they are.</summary>
    SevenBit,

    /// <summary>Anything else.</summary>
    QuotedPrintable,
}
