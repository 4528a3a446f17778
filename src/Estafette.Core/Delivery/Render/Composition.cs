using System.Collections.Concurrent;
using Estafette.Core.Channels;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>
/// Makes the messages of one content version for one recipient after the other: merge, links, headers, MIME, signature. Constant parts are prepared
/// once; it is used by all lanes at once and replaced as a whole when content, sender or servers change.
/// </summary>
internal sealed class Composition
{
    private readonly CompositionParts _parts;
    private readonly MimeSkeleton _skeleton;
    private readonly ConcurrentDictionary<ServerId, PreparedSender> _senders = new();
    private readonly ConcurrentBag<PooledBuffer> _buffers = [];
    private readonly UrlPrefixes _urls;
    private volatile WeakReference<MimeSkeleton>? _withFiles;

    public Composition(CompositionParts parts)
    {
        _parts = parts;
        _skeleton = MimeSkeleton.Build(parts.Content.HasText, parts.Content.HasHtml, parts.Attachments);
        _urls = new UrlPrefixes(parts.TrackingBaseUrl);
    }

    public ContentId ContentId => _parts.ContentId;

    /// <summary>Files go with each message, so that it takes megabytes.</summary>
    public bool HasAttachments => _parts.Attachments.Count > 0;

    /// <summary>Whether a server that was not tried yet may take a message.</summary>
    public bool HasServerBeyond(IReadOnlyList<ServerId> tried) => _parts.Servers.Any(s => !tried.Contains(s));

    /// <summary>Reads what a message needs beside its text; null when it needs nothing.</summary>
    /// <exception cref="CannotComposeException">It is not there any more.</exception>
    public ValueTask<LoadedBytes?> LoadAsync(CancellationToken ct) => _parts.Bytes?.ReadAsync(ct) ?? new((LoadedBytes?)null);

    /// <summary>Composes the message of one recipient for one server.</summary>
    /// <param name="bytes">What <see cref="LoadAsync"/> read.</param>
    public Composed Compose(
        ClaimedDelivery row,
        MessageForm form,
        SendingServer server,
        LoadedBytes? bytes,
        ComposerScratch scratch,
        DateTimeOffset now
    )
    {
        if (row.Suppressed is { } reason && !(_parts.PassesOptOut && reason == SuppressionReason.OptOut))
            return new Composed(null, null, ReasonOf(reason), "The address is on the suppression list.");
        if (!EmailAddress.TryParse(row.Address, out var to, out _))
            return new Composed(null, null, DeliveryReason.InvalidAddress, $"'{row.Address}' is not an address.");
        var sender = _senders.GetOrAdd(server.Id, Prepare);
        if (form == MessageForm.Parts && bytes?.Raw is not null)
            return new Composed(
                null,
                null,
                DeliveryReason.RenderFailed,
                "This sending server takes no whole messages; use one that speaks SMTP."
            );
        if (bytes?.Raw is { } raw)
            return ComposeRaw(row, to, sender, raw, scratch, now);
        var data = DataOf(row, sender, scratch);
        var links = scratch.LinksFor(_parts, _urls, row);
        return form == MessageForm.Mime
            ? ComposeMime(row, to, sender, data, links, bytes, scratch, now)
            : ComposeParts(row, to, sender, data, links, bytes, scratch);
    }

    /// <summary>The message of one recipient as subject, HTML and text; null when it cannot be rendered.</summary>
    /// <param name="row">The recipient.</param>
    /// <param name="server">The server it went through: it decides the sender's name.</param>
    /// <param name="links">Null: the recipient's own links, which count.</param>
    public (string Subject, string? Html, string? Text)? Copy(ClaimedDelivery row, ServerId server, RecipientLinks? links = null)
    {
        var scratch = new ComposerScratch();
        var output = new StringContentOutput();
        var data = DataOf(row, _senders.GetOrAdd(server, Prepare), scratch);
        return _parts.Content.Render(data, links ?? scratch.LinksFor(_parts, _urls, row), output) is null
            ? (_parts.SubjectPrefix + output.Get(ContentPart.Subject), output.Get(ContentPart.Html), output.Get(ContentPart.Text))
            : null;
    }

    /// <summary>The whole message of one recipient, headers and signature included, as it leaves at a given time; null when it cannot be rendered.</summary>
    public byte[]? Source(ClaimedDelivery row, ServerId server, LoadedBytes? bytes, DateTimeOffset at)
    {
        if (!EmailAddress.TryParse(row.Address, out var to, out _))
            return null;
        var scratch = new ComposerScratch();
        var sender = _senders.GetOrAdd(server, Prepare);
        if (bytes?.Raw is { } raw)
            return raw;
        var composed = ComposeMime(row, to, sender, DataOf(row, sender, scratch), scratch.LinksFor(_parts, _urls, row), bytes, scratch, at);
        using (composed.Buffer)
            return composed.Message?.Mime.ToArray();
    }

    /// <summary>Where a link with merge fields leads for one recipient.</summary>
    public string? ResolveLink(ClaimedDelivery row, ServerId server, int linkNo) =>
        _parts.Content.ResolveLink(linkNo, DataOf(row, _senders.GetOrAdd(server, Prepare), new ComposerScratch()));

    private static Dictionary<string, object?> DataOf(ClaimedDelivery row, PreparedSender sender, ComposerScratch scratch) =>
        MergeData.Create(
            new MergeContact(
                row.Fields.Email ?? row.Address,
                row.Fields.FirstName,
                row.Fields.LastName,
                row.Fields.Phone,
                row.Fields.Language
            ),
            scratch.Utf8(row.Fields.Attributes),
            sender.Merge
        );

    // Read back by Inbound.Mail.ReturnAddress. The token is that of the Message-ID.
    private const string ReturnPrefix = "return-";

    private Composed ComposeMime(
        ClaimedDelivery row,
        EmailAddress to,
        PreparedSender sender,
        Dictionary<string, object?> data,
        DeliveryLinks links,
        LoadedBytes? bytes,
        ComposerScratch scratch,
        DateTimeOffset now
    )
    {
        var buffer = _buffers.TryTake(out var pooled) ? pooled : new PooledBuffer(_buffers);
        buffer.Bytes.Clear();
        var unsigned = sender.Signer is null ? buffer.Bytes : scratch.Unsigned;
        unsigned.Clear();
        var messageId = scratch.MessageId(_parts.Tokens, row.Id, sender.Domain);
        var name = NameOf(row);
        var output = scratch.MimeOutputFor(SkeletonOf(bytes));
        var subjectText = "";
        output.Start(
            unsigned,
            (target, subject) =>
            {
                subjectText = _parts.SubjectPrefix + (row.Head?.Subject ?? subject);
                WriteHeaders(target, sender, (to, name, row.Head), subjectText, messageId, links, now);
            }
        );
        if (_parts.Content.Render(data, links, output) is { } failure)
        {
            buffer.Dispose();
            return Failed(failure);
        }
        output.Complete();
        if (sender.Signer is { } signer)
        {
            signer.Sign(unsigned.WrittenSpan, now, buffer.Bytes);
            buffer.Bytes.Write(unsigned.WrittenSpan);
        }
        return new Composed(
            Message(row, to, sender, messageId, subjectText, name) with
            {
                Mime = buffer.Bytes.WrittenMemory,
            },
            buffer,
            DeliveryReason.None,
            null
        );
    }

    /// <summary>A message that was handed over whole: ours are the signature, the envelope, and an identifier where it has none.</summary>
    private Composed ComposeRaw(
        ClaimedDelivery row,
        EmailAddress to,
        PreparedSender sender,
        byte[] raw,
        ComposerScratch scratch,
        DateTimeOffset now
    )
    {
        var buffer = _buffers.TryTake(out var pooled) ? pooled : new PooledBuffer(_buffers);
        buffer.Bytes.Clear();
        sender.Signer?.Sign(raw, now, buffer.Bytes);
        buffer.Bytes.Write(raw);
        var messageId = scratch.MessageId(_parts.Tokens, row.Id, sender.Domain);
        return new Composed(
            Message(row, to, sender, messageId, row.Head?.Subject ?? "", null) with
            {
                Mime = buffer.Bytes.WrittenMemory,
            },
            buffer,
            DeliveryReason.None,
            null
        );
    }

    /// <summary>The constant parts; with files, made anew unless somebody still holds them, since a queue of large files does not fit into memory.</summary>
    private MimeSkeleton SkeletonOf(LoadedBytes? bytes)
    {
        if (bytes is null)
            return _skeleton;
        if (_withFiles is { } kept && kept.TryGetTarget(out var known))
            return known;
        var built = MimeSkeleton.Build(_parts.Content.HasText, _parts.Content.HasHtml, bytes.Files);
        _withFiles = new WeakReference<MimeSkeleton>(built);
        return built;
    }

    private Composed ComposeParts(
        ClaimedDelivery row,
        EmailAddress to,
        PreparedSender sender,
        Dictionary<string, object?> data,
        DeliveryLinks links,
        LoadedBytes? bytes,
        ComposerScratch scratch
    )
    {
        var output = new StringContentOutput();
        if (_parts.Content.Render(data, links, output) is { } failure)
            return Failed(failure);
        var messageId = scratch.MessageId(_parts.Tokens, row.Id, sender.Domain);
        var headers = new List<KeyValuePair<string, string>>(row.Head is { } head ? head.Fields : []);
        if (IsUnsubscribable)
        {
            headers.Add(new("List-Unsubscribe", links.ListUnsubscribe(sender.From.Email)));
            headers.Add(new("X-Report-Abuse", $"<{links.ReportAbuse()}>"));
            if (IsOneClick)
                headers.Add(new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        var message = Message(
            row,
            to,
            sender,
            messageId,
            _parts.SubjectPrefix + (row.Head?.Subject ?? output.Get(ContentPart.Subject)),
            row.Head?.NameOf(to) ?? NameOf(row)
        ) with
        {
            Html = output.Get(ContentPart.Html),
            Text = output.Get(ContentPart.Text),
            Headers = headers,
            Attachments = bytes is null ? _parts.Attachments : bytes.Files,
            Fields = data,
        };
        return new Composed(message, null, DeliveryReason.None, null);
    }

    private OutgoingMessage Message(
        ClaimedDelivery row,
        EmailAddress to,
        PreparedSender sender,
        string messageId,
        string subject,
        string? name
    ) =>
        new()
        {
            Delivery = row.Id,
            Customer = _parts.Customer,
            Campaign = _parts.Campaign,
            CampaignName = _parts.CampaignName,
            Recipient = to.Address,
            RecipientName = name,
            // What the program itself writes asks for no answer, not even by a machine.
            EnvelopeFrom =
                _parts.IsSystem ? ""
                : _parts.ReturnDomain is { } domain ? $"{ReturnPrefix}{messageId[..messageId.IndexOf('@')]}@{domain}"
                : sender.From.Email,
            FromEmail = sender.From.Email,
            FromName = sender.From.Name,
            ReplyTo = _parts.ReplyTo ?? row.Head?.FirstReplyTo,
            MessageId = messageId,
            Subject = subject,
        };

    private void WriteHeaders(
        MimeBuffer output,
        PreparedSender sender,
        (EmailAddress Address, string? Name, Accept.LetterHead? Head) to,
        string subject,
        string messageId,
        DeliveryLinks links,
        DateTimeOffset now
    )
    {
        output.Write(sender.Headers);
        if (to.Head is { } head)
            head.Write(output, to.Address);
        else
            MimeHeaders.WriteMailbox(output, "To", new DisplayMailbox(to.Name, to.Address));
        MimeHeaders.WriteText(output, "Subject", subject);
        MimeHeaders.WriteDate(output, "Date", now);
        MimeHeaders.WriteMessageId(output, "Message-ID", messageId);
        if (!IsUnsubscribable)
            return;
        links.WriteListUnsubscribe(output, sender.From.Email);
        if (IsOneClick)
            output.Write("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"u8);
    }

    // RFC 8058 §3.1: one click is promised with an https address only.
    private bool IsOneClick =>
        !_parts.IsOptOutExternal && _parts.TrackingBaseUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private bool IsUnsubscribable => !_parts.IsTest && !_parts.IsSystem && !_parts.IsTransactional;

    private PreparedSender Prepare(ServerId server)
    {
        var own = _parts.FromByServer.GetValueOrDefault(server, _parts.From);
        if (!EmailAddress.TryParse(own.Email, out var address, out var problem))
            throw new InvalidOperationException($"The sender address '{own.Email}' is not valid: {problem}");
        using var output = new MimeBuffer(1024);
        MimeHeaders.WriteMailbox(output, "From", new DisplayMailbox(own.Name, address));
        if (_parts.ReplyTo is { Length: > 0 } replyTo && EmailAddress.TryParse(replyTo, out var reply, out _))
            MimeHeaders.WriteMailbox(output, "Reply-To", new DisplayMailbox(null, reply));
        // RFC 3834 §5: absence messages do not answer it.
        if (_parts.IsSystem)
            output.Write("Auto-Submitted: auto-generated\r\n"u8);
        if (_parts.Campaign is { } campaign)
        {
            output.Write("Precedence: bulk\r\n"u8);
            MimeHeaders.WriteToken(output, "Feedback-ID", $"{campaign}:{_parts.Customer}:estafette");
        }
        return new PreparedSender(
            own with
            {
                Email = address.Address,
            },
            address.Domain,
            output.ToArray(),
            _parts.SignerOf(address.Domain),
            new MergeCampaign(_parts.CampaignName, _parts.ListName, own.Name, own.Email)
        );
    }

    private static Composed Failed(RenderFailure failure) =>
        new(
            null,
            null,
            failure.Kind == RenderFailureKind.MissingField ? DeliveryReason.MissingField : DeliveryReason.RenderFailed,
            failure.Message
        );

    private static string? NameOf(ClaimedDelivery row)
    {
        var name = $"{row.Fields.FirstName} {row.Fields.LastName}".Trim();
        return name.Length == 0 || !MimeHeaders.TryValidateHeaderValue(name, out _) ? null : name;
    }

    private static DeliveryReason ReasonOf(SuppressionReason reason) =>
        reason switch
        {
            SuppressionReason.OptOut => DeliveryReason.OptOut,
            SuppressionReason.Complaint => DeliveryReason.Complained,
            SuppressionReason.Manual => DeliveryReason.ManuallySuppressed,
            _ => DeliveryReason.Bounced,
        };

    /// <summary>The constant header fields and the signer of one From address.</summary>
    private sealed record PreparedSender(From From, string Domain, byte[] Headers, DkimSigner? Signer, MergeCampaign Merge);
}
