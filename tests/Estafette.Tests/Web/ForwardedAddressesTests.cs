using Estafette.Cli;
using Estafette.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Tests.Web;

public sealed class ForwardedAddressesTests
{
    [Theory]
    [InlineData("127.0.0.0/8", "203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.0/8;203.0.113.0/24", "198.51.100.1, 203.0.113.9", "198.51.100.1")]
    [InlineData("192.0.2.1", "203.0.113.9", "127.0.0.1")]
    [InlineData("", "203.0.113.9", "127.0.0.1")]
    public async Task Visitor_is_who_the_trusted_proxies_say(string trusted, string header, string seen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new WebOptions { TrustedProxies = trusted });
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UseForwardedAddresses();
        app.MapGet("/", http => http.Response.WriteAsync($"{http.Connection.RemoteIpAddress} {http.Request.Scheme}"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler());
        client.DefaultRequestHeaders.Add("X-Forwarded-For", header);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var answer = await client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken);
        answer.ShouldStartWith(seen + " ");
    }

    [Theory]
    [InlineData("127.0.0.1/33")]
    [InlineData("proxy.example")]
    public void Setting_that_is_no_network_is_refused(string trusted) =>
        new WebOptions { TrustedProxies = trusted }
            .Validate(new(new object()))
            .ShouldHaveSingleItem()
            .MemberNames.ShouldBe([nameof(WebOptions.TrustedProxies)]);
}
