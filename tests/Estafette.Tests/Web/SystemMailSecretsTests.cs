using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>A link that opens an account is read by administrators only, wherever the mail is shown.</summary>
[Collection(WebHostGroup.Name)]
public sealed class SystemMailSecretsTests(WebHostFixture web)
{
    [Fact]
    public async Task Mail_with_a_link_that_opens_an_account_is_shown_to_administrators_only()
    {
        var secret = await SendAsync("https://example.test/sign-in/new-password/secret");
        var plain = await SendAsync(null);
        using var reader = await web.SignInAsync(WebHostFixture.Reader);
        using var administrator = await web.SignInAsync(WebHostFixture.Other);
        foreach (var page in await PagesAsync(secret))
        {
            (await reader.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, page);
            (await administrator.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.OK, page);
        }
        foreach (var page in await PagesAsync(plain))
            (await reader.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.OK, page);
    }

    private async Task<DeliveryId> SendAsync(string? link)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var demo = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        var body = SystemMailBody.Letter("Subject", ["Text"], "Estafette", link is null ? null : ("Open", "{{link}}"));
        var data = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (link is not null)
            data["link"] = link;
        var sent = await SendSystemMail.RunAsync(
            new SystemMail(demo, "somebody@example.test", body) { Data = data },
            db,
            scope.ServiceProvider.GetRequiredService<WriteQueue>(),
            scope.ServiceProvider.GetRequiredService<Signals>(),
            TimeProvider.System,
            default
        );
        return sent.Delivery.ShouldNotBeNull();
    }

    private async Task<string[]> PagesAsync(DeliveryId delivery)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        await Eventually.TrueAsync(() => db.Set<CapturedMessage>().AnyAsync(m => m.DeliveryId == delivery));
        var kept = await db.Set<CapturedMessage>().Where(m => m.DeliveryId == delivery).Select(m => m.Id).SingleAsync();
        return
        [
            $"/deliveries/{delivery}",
            $"/deliveries/{delivery}/source.eml",
            $"/outbox/{kept}",
            $"/outbox/{kept}/html",
            $"/outbox/{kept}/source.eml",
        ];
    }
}
