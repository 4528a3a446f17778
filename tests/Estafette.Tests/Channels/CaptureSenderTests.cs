using System.IO.Compression;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Channels;

public sealed class CaptureSenderTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Message_is_kept_as_it_would_have_gone_out(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var server = await AddAsync(app, new CaptureSettings());
        var message = Outgoing.Message(5, app.Customer);
        await using (var sender = app.Get<SenderFactory>().Create(server))
        await using (var slot = sender.OpenSlot())
        {
            sender.Form.ShouldBe(MessageForm.Mime);
            (await slot.SendAsync(message, null, new CountingStart(), CancellationToken.None)).Outcome.ShouldBe(AttemptOutcome.Accepted);
            (await slot.SendAsync(message, null, new CountingStart(allow: false), CancellationToken.None)).Outcome.ShouldBe(
                AttemptOutcome.NotStarted
            );
        }
        await using var db = app.OpenDb();
        var kept = await db.Of<CapturedMessage>(app.Customer).SingleAsync();
        (kept.Recipient, kept.DeliveryId.Value, kept.CampaignId!.Value.Value).ShouldBe(("jean5@example.org", 5, 7));
        using var inflate = new DeflateStream(new MemoryStream(kept.Source), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        await inflate.CopyToAsync(plain);
        plain.ToArray().ShouldBe(message.Mime.ToArray());
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Oldest_messages_go_when_there_are_too_many(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var server = await AddAsync(app, new CaptureSettings { KeepAtMost = 10 });
        await using (var sender = app.Get<SenderFactory>().Create(server))
        {
            for (var round = 0; round < 4; round++)
            {
                var from = round * 25;
                await Task.WhenAll(
                    Enumerable
                        .Range(from, 25)
                        .Select(async i =>
                        {
                            await using var slot = sender.OpenSlot();
                            await slot.SendAsync(Outgoing.Message(i, app.Customer), null, new CountingStart(), CancellationToken.None);
                        })
                );
            }
        }
        // Trimmed with the group after which ten more had come.
        (await app.CountAsync("captured_messages")).ShouldBeInRange(10, 19);
        (await app.CountAsync("captured_messages WHERE delivery_id < 50")).ShouldBe(0);
    }

    private static async Task<SendingServer> AddAsync(TestApplication app, ServerSettings settings)
    {
        await using var db = app.OpenDb();
        var server = new SendingServer
        {
            CustomerId = app.Customer,
            Name = "outbox",
            Kind = settings.Kind,
            Settings = settings.ToJson(),
            CreatedAt = app.Now,
            UpdatedAt = app.Now,
        };
        db.Add(server);
        await db.SaveChangesAsync();
        return server;
    }
}
