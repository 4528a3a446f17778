using System.Text;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>What one renderer uses again for message after message.</summary>
internal sealed class ComposerScratch
{
    private readonly DeliveryLinks _links = new();
    private byte[] _utf8 = new byte[1024];
    private (MimeSkeleton Skeleton, MimeContentOutput Output)? _output;

    /// <summary>Where a message is composed before it is signed.</summary>
    public MimeBuffer Unsigned { get; } = new();

    /// <summary>The text as UTF-8, valid until the next call.</summary>
    public ReadOnlySpan<byte> Utf8(string? text)
    {
        if (text is null)
            return [];
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_utf8.Length < most)
            _utf8 = new byte[most * 2];
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8));
    }

    public DeliveryLinks LinksFor(CompositionParts parts, UrlPrefixes urls, ClaimedDelivery row)
    {
        _links.Begin(parts, urls, row);
        return _links;
    }

    public MimeContentOutput MimeOutputFor(MimeSkeleton skeleton)
    {
        if (_output is not { } known || !ReferenceEquals(known.Skeleton, skeleton))
            _output = known = (skeleton, new MimeContentOutput(skeleton));
        return known.Output;
    }

    /// <summary>Names the delivery and proves it, so that a report which quotes only this field can be attributed.</summary>
    public string MessageId(TrackingTokens tokens, DeliveryId delivery, string domain)
    {
        Span<byte> text = stackalloc byte[TrackingToken.MaxChars + 8];
        var length = tokens.WriteVerp(text, delivery);
        return $"{Encoding.ASCII.GetString(text[..length])}@{domain}";
    }
}
