using Estafette.Cli;
using Microsoft.AspNetCore.HttpOverrides;

namespace Estafette.Web;

/// <summary>Takes the visitor's address and scheme from the proxies in front, and from nobody else (X-Forwarded-For and -Proto).</summary>
/// <remarks>
/// Read from right to left as far as the addresses are those of <see cref="WebOptions.TrustedProxies"/>, so that a visitor who sends the
/// header themselves is not believed. Consent records, rate limits and the session list rest on this address.
/// </remarks>
internal static class ForwardedAddresses
{
    public static void UseForwardedAddresses(this WebApplication app)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in app.Services.GetRequiredService<WebOptions>().Proxies)
            options.KnownIPNetworks.Add(network);
        // Without any network the middleware would believe everybody.
        if (options.KnownIPNetworks.Count > 0)
            app.UseForwardedHeaders(options);
    }
}
