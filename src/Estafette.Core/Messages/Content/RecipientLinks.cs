namespace Estafette.Core.Messages.Content;

/// <summary>Gives the URLs of one recipient's message. One object may be used again for recipient after recipient.</summary>
internal abstract class RecipientLinks
{
    /// <summary>Room a URL may take.</summary>
    public const int MaxUrlLength = 512;

    /// <summary>False: links go to their targets directly (no consent, tracking off for the contact).</summary>
    public virtual bool TracksClicks => true;

    /// <summary>Writes a URL made only of <c>A-Z a-z 0-9 : / . - _ ~ ? =</c> and <c>%</c>, and says its length. 0 for <see cref="MarkerKind.OpenPixel"/>: no pixel.</summary>
    /// <param name="kind">What the URL is for.</param>
    /// <param name="number">Number of the link for <see cref="MarkerKind.Link"/>, else 0.</param>
    /// <param name="destination">At least <see cref="MaxUrlLength"/> bytes.</param>
    public abstract int WriteUrl(MarkerKind kind, int number, Span<byte> destination);
}

/// <summary>Links that lead nowhere, for previews: direct targets, no pixel, and the placeholder names for unsubscribe and web version.</summary>
internal sealed class InertLinks : RecipientLinks
{
    public static readonly InertLinks Instance = new();

    public override bool TracksClicks => false;

    public override int WriteUrl(MarkerKind kind, int number, Span<byte> destination)
    {
        var text = kind switch
        {
            MarkerKind.Unsubscribe => "UNSUBSCRIBE_URL"u8,
            MarkerKind.WebVersion => "WEB_VERSION_URL"u8,
            MarkerKind.Preferences => "PREFERENCES_URL"u8,
            _ => default,
        };
        text.CopyTo(destination);
        return text.Length;
    }
}
