namespace Estafette.Protocols.Mime;

/// <summary>A message that passes the limits of <see cref="MimeReader"/>; the only exception that class throws for bad input.</summary>
public sealed class MimeFormatException : FormatException
{
    /// <summary>Says which limit was passed.</summary>
    public MimeFormatException(string message)
        : base(message) { }

    /// <summary>Says which limit was passed, and what led to it.</summary>
    public MimeFormatException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>Without explanation.</summary>
    public MimeFormatException() { }
}
