using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>What became of a test.</summary>
/// <param name="Result">The result, as of any message.</param>
/// <param name="Duration">From the first look-up to the last octet.</param>
/// <param name="Dialogue">Everything that was said, keys and passwords masked.</param>
public sealed record ServerTest(SendResult Result, TimeSpan Duration, IReadOnlyList<DialogueLine> Dialogue)
{
    /// <summary>The server took the message.</summary>
    public bool Succeeded => Result.Outcome == AttemptOutcome.Accepted;
}

/// <summary>
/// Sends a real message through a server and shows the dialogue. Success clears "to check" and the open breaker; it works on a server that is
/// switched off, too, and takes nothing from its budget.
/// </summary>
public static class TestServer
{
    private const int MaxLines = 2000;

    /// <param name="Customer">The owner.</param>
    /// <param name="Id">The server.</param>
    /// <param name="To">Where the message goes.</param>
    /// <param name="From">Sender address, which the server must accept.</param>
    /// <param name="FromName">Sender name, or null.</param>
    public sealed record Request(CustomerId Customer, ServerId Id, string To, string From, string? FromName = null);

    public static async Task<Outcome<ServerTest>> RunAsync(
        Request request,
        EstafetteDb db,
        SenderFactory factory,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var server = await db.Of<SendingServer>(request.Customer).SingleOrDefaultAsync(s => s.Id == request.Id, ct);
        if (server is null)
            return Outcome<ServerTest>.Missing;
        var faults = new Faults();
        if (!EmailAddress.TryParse(request.To, out var to, out var wrongTo))
            faults.Add(nameof(request.To), ChannelTexts.Get("email.wrong", wrongTo!));
        if (!EmailAddress.TryParse(request.From, out var from, out var wrongFrom))
            faults.Add(nameof(request.From), ChannelTexts.Get("email.wrong", wrongFrom!));
        if (!MimeHeaders.TryValidateHeaderValue(request.FromName, out var wrongName))
            faults.Add(nameof(request.FromName), ChannelTexts.Get("header.value", "From", wrongName!));
        if (faults.Any)
            return faults;
        var language = await db.Set<Customer>().Where(c => c.Id == request.Customer).Select(c => c.Language).SingleAsync(ct);
        var message = Compose(server, to, new DisplayMailbox(request.FromName, from), CultureInfo.GetCultureInfo(language), clock);
        var test = await SendAsync(server, message, factory, ct);
        if (test.Succeeded)
        {
            server.NeedsCheck = false;
            (server.BreakerFailures, server.BreakerOpenUntil) = (0, null);
            await db.SaveChangesAsync(ct);
            signals.Ring(Signal.ServerChanged);
        }
        return test;
    }

    private static async Task<ServerTest> SendAsync(
        SendingServer server,
        OutgoingMessage message,
        SenderFactory factory,
        CancellationToken ct
    )
    {
        var lines = new ConcurrentQueue<DialogueLine>();
        var watch = Stopwatch.StartNew();
        SendResult result;
        await using (var sender = factory.Create(server, line => Keep(lines, line)))
        await using (var slot = sender.OpenSlot())
            result = await slot.SendAsync(message, null, AlwaysStart.Instance, ct);
        return new ServerTest(result, watch.Elapsed, [.. lines]);
    }

    private static void Keep(ConcurrentQueue<DialogueLine> lines, DialogueLine line)
    {
        if (lines.Count < MaxLines)
            lines.Enqueue(line);
    }

    private static OutgoingMessage Compose(
        SendingServer server,
        EmailAddress to,
        DisplayMailbox from,
        CultureInfo language,
        TimeProvider clock
    )
    {
        var subject = ChannelTexts.GetIn(language, "test.subject", server.Name);
        var text = ChannelTexts.GetIn(language, "test.text", server.Name);
        var html = $"<p>{WebUtility.HtmlEncode(text)}</p>";
        var id = $"test.{RandomNumberGenerator.GetHexString(24, lowercase: true)}@{from.Address.Domain}";
        using var mime = new MimeBuffer(4096);
        MimeHeaders.WriteDate(mime, "Date", clock.GetUtcNow());
        MimeHeaders.WriteMailbox(mime, "From", from);
        MimeHeaders.WriteMailbox(mime, "To", new DisplayMailbox(null, to));
        MimeHeaders.WriteText(mime, "Subject", subject);
        MimeHeaders.WriteMessageId(mime, "Message-ID", id);
        MimeHeaders.WriteToken(mime, "Auto-Submitted", "auto-generated");
        MimeMessageWriter.WriteBodies(mime, text, html);
        return new OutgoingMessage
        {
            Delivery = default,
            Customer = server.CustomerId,
            Recipient = to.Address,
            EnvelopeFrom = from.Address.Address,
            FromEmail = from.Address.Address,
            FromName = from.Name,
            MessageId = id,
            Subject = subject,
            Text = text,
            Html = html,
            Mime = mime.ToArray(),
        };
    }

    private sealed class AlwaysStart : ISendStart
    {
        public static readonly AlwaysStart Instance = new();

        public bool TryStart(OutgoingMessage message) => true;
    }
}
