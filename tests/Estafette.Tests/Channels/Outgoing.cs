using System.Text;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Tests.Channels;

/// <summary>Messages and starts for sender tests.</summary>
internal static class Outgoing
{
    public static OutgoingMessage Message(int id = 1, CustomerId customer = default) =>
        new()
        {
            Delivery = new DeliveryId(id),
            Customer = customer,
            Campaign = new CampaignId(7),
            CampaignName = "Spring",
            Recipient = $"jean{id}@example.org",
            RecipientName = "Jean \"Jo\" Été",
            EnvelopeFrom = "bounce@news.example.com",
            FromEmail = "news@example.com",
            FromName = "La Gazette",
            ReplyTo = "reply@example.com",
            MessageId = $"m{id}@news.example.com",
            Subject = "He said \"hi\" \\ 😀",
            Html = "<p>Bonjour <b>Jean</b></p>",
            Text = "Bonjour Jean",
            Headers =
            [
                new("List-Unsubscribe", "<https://t.example.com/u/abc>"),
                new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ],
            Mime = Encoding.ASCII.GetBytes(
                $"From: <news@example.com>\r\nTo: <jean{id}@example.org>\r\nSubject: Hello {id}\r\nMessage-ID: <m{id}@news.example.com>\r\n\r\nBonjour\r\n.dot\r\n"
            ),
        };
}

/// <summary>Counts starts, and withholds messages when told to.</summary>
internal sealed class CountingStart(bool allow = true) : ISendStart
{
    private int _count;

    public int Count => _count;

    public bool TryStart(OutgoingMessage message)
    {
        Interlocked.Increment(ref _count);
        return allow;
    }
}
