using System.Text;
using Estafette.Core.Messages.Content;
using Estafette.Core.Tracking;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>The URLs of one delivery; begun anew for each.</summary>
internal sealed class DeliveryLinks : RecipientLinks
{
    private CompositionParts _parts = null!;
    private UrlPrefixes _urls = null!;
    private ClaimedDelivery _row = null!;

    public void Begin(CompositionParts parts, UrlPrefixes urls, ClaimedDelivery row) => (_parts, _urls, _row) = (parts, urls, row);

    public override bool TracksClicks => !_parts.IsTest && _row.Tracking is DeliveryTracking.Individual or DeliveryTracking.Aggregate;

    public override int WriteUrl(MarkerKind kind, int number, Span<byte> destination)
    {
        if (_parts.IsTest)
            return InertLinks.Instance.WriteUrl(kind, number, destination);
        return kind switch
        {
            MarkerKind.Unsubscribe => Write(destination, _urls.Unsubscribe, TokenPurpose.Unsubscribe, _row.Id.Value),
            MarkerKind.Preferences => WritePreferences(destination),
            MarkerKind.WebVersion => Write(destination, _urls.Web, TokenPurpose.WebVersion, _row.Id.Value),
            MarkerKind.Link when _row.Tracking == DeliveryTracking.Aggregate => Write(
                destination,
                _urls.Click,
                TokenPurpose.AggregateClick,
                _parts.Campaign?.Value ?? 0,
                number
            ),
            MarkerKind.Link => Write(destination, _urls.Click, TokenPurpose.Click, _row.Id.Value, number),
            _ => WritePixel(destination),
        };
    }

    // Beside the unsubscribe page, with the same token.
    private int WritePreferences(Span<byte> destination)
    {
        var length = Write(destination, _urls.Unsubscribe, TokenPurpose.Unsubscribe, _row.Id.Value);
        "/preferences"u8.CopyTo(destination[length..]);
        return length + "/preferences".Length;
    }

    /// <summary>The RFC 2369 field with a mail and an https way, the latter for RFC 8058 one-click.</summary>
    public void WriteListUnsubscribe(MimeBuffer output, string mailbox)
    {
        if (_parts.IsOptOutExternal)
        {
            output.WriteUtf8($"List-Unsubscribe: {ListUnsubscribe(mailbox).Replace(", ", ",\r\n ", StringComparison.Ordinal)}\r\n");
            WriteReportAbuse(output);
            return;
        }
        Span<byte> url = stackalloc byte[MaxUrlLength];
        var length = WriteUrl(MarkerKind.Unsubscribe, 0, url);
        WriteReportAbuse(output, url[..length]);
        output.Write("List-Unsubscribe: <"u8);
        output.Write(url[..length]);
        output.Write(">,\r\n <mailto:"u8);
        if (_parts.ReturnDomain is { } domain)
        {
            // The token in the address itself: whatever stands in the mail, it says who leaves.
            output.Write("unsubscribe-"u8);
            output.Write(url[.._parts.Tokens.WriteUnsubscribe(url, _row.Id)]);
            output.Write("@"u8);
            output.WriteUtf8(domain);
            output.Write("?subject=unsubscribe>\r\n"u8);
            return;
        }
        output.WriteUtf8(mailbox);
        output.Write("?subject=unsubscribe%20"u8);
        output.Write(url[_urls.Unsubscribe.Length..length]);
        output.Write(">\r\n"u8);
    }

    /// <summary>Where the recipient reports the message: the unsubscribe page's neighbour, with the same token.</summary>
    private void WriteReportAbuse(MimeBuffer output)
    {
        Span<byte> url = stackalloc byte[MaxUrlLength];
        WriteReportAbuse(output, url[..WriteUrl(MarkerKind.Unsubscribe, 0, url)]);
    }

    private static void WriteReportAbuse(MimeBuffer output, ReadOnlySpan<byte> unsubscribe)
    {
        output.Write("X-Report-Abuse: <"u8);
        output.Write(unsubscribe);
        output.Write("/abuse>\r\n"u8);
    }

    /// <summary>The same as a value, for APIs that write the field themselves.</summary>
    public string ListUnsubscribe(string mailbox)
    {
        Span<byte> url = stackalloc byte[MaxUrlLength];
        var text = Encoding.ASCII.GetString(url[..WriteUrl(MarkerKind.Unsubscribe, 0, url)]);
        var mail = $"mailto:{mailbox}?subject=unsubscribe%20{text[_urls.Unsubscribe.Length..]}";
        if (_parts.ReturnDomain is { } domain)
        {
            var token = Encoding.ASCII.GetString(url[.._parts.Tokens.WriteUnsubscribe(url, _row.Id)]);
            mail = $"mailto:unsubscribe-{token}@{domain}?subject=unsubscribe";
        }
        // RFC 2369 §3.1: what should be tried first stands first.
        return _parts.IsOptOutExternal ? $"<{mail}>, <{text}>" : $"<{text}>, <{mail}>";
    }

    /// <summary>The address on which the recipient reports the message.</summary>
    public string ReportAbuse()
    {
        Span<byte> url = stackalloc byte[MaxUrlLength];
        return Encoding.ASCII.GetString(url[..WriteUrl(MarkerKind.Unsubscribe, 0, url)]) + "/abuse";
    }

    private int WritePixel(Span<byte> destination) =>
        _row.Tracking switch
        {
            DeliveryTracking.Individual => Write(destination, _urls.Open, TokenPurpose.Open, _row.Id.Value),
            DeliveryTracking.Hygiene => Write(destination, _urls.Open, TokenPurpose.HygieneOpen, _row.Id.Value),
            DeliveryTracking.Aggregate => Write(destination, _urls.Open, TokenPurpose.AggregateOpen, _parts.Campaign?.Value ?? 0),
            _ => 0,
        };

    private int Write(Span<byte> destination, byte[] prefix, TokenPurpose purpose, long subject, int number = 0)
    {
        prefix.CopyTo(destination);
        return prefix.Length + _parts.Tokens.Write(destination[prefix.Length..], purpose, subject, _parts.ContentId, number);
    }
}
