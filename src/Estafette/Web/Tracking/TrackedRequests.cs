using System.Buffers;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;
using Estafette.Core.Tracking.Machines;
using Microsoft.Extensions.Primitives;

namespace Estafette.Web.Tracking;

/// <summary>Answers pixels and links. An event is on the disk before the answer leaves; the database is not waited for.</summary>
internal sealed class TrackedRequests(TrackingTokens tokens, LinkTargets targets, EventJournal journal, TimeProvider clock)
{
    /// <summary>A transparent image of one pixel: 43 bytes.</summary>
    private static readonly byte[] Gif = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==");
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues GifType = "image/gif";

    /// <summary>The pixel: the same answer whatever the token is worth.</summary>
    public async Task PixelAsync(HttpContext context)
    {
        if (tokens.TryRead(TokenOf(context), out var token) && token.IsOpen)
            await RecordAsync(context, token);
        var response = context.Response;
        response.Headers.ContentType = GifType;
        response.Headers.CacheControl = NoStore;
        response.ContentLength = Gif.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            response.BodyWriter.Write(Gif);
    }

    /// <summary>A link: to the stored target only, never to anything in the request.</summary>
    public async Task LinkAsync(HttpContext context)
    {
        if (!tokens.TryRead(TokenOf(context), out var token) || !token.IsClick)
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        var recorded = RecordAsync(context, token);
        var target = await targets.FindAsync(token, context.RequestAborted);
        await recorded;
        if (target is null)
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = target;
        context.Response.Headers.CacheControl = NoStore;
        context.Response.ContentLength = 0;
    }

    /// <summary>Records an open, click or view; aggregate and hygiene events keep neither address nor program (interfaces.md §7.4).</summary>
    public ValueTask<bool> RecordAsync(HttpContext context, in TrackingToken token)
    {
        var headers = context.Request.Headers;
        var agent = headers.UserAgent.ToString();
        var ip = context.Connection.RemoteIpAddress;
        var sign = MachineSigns.Of(agent, ip, HttpMethods.IsHead(context.Request.Method), SaysPrefetch(headers));
        var individual = !token.IsAggregate && token.Purpose != TokenPurpose.HygieneOpen;
        var e = new JournalEvent(
            token.Purpose,
            sign,
            clock.GetUtcNow().ToUnixTimeMilliseconds(),
            token.Subject,
            token.Content,
            token.LinkNo
        );
        return journal.AppendAsync(individual ? e with { Ip = ip, UserAgent = agent } : e);
    }

    /// <summary>The token in the path, which is one letter between slashes and the token.</summary>
    public static ReadOnlySpan<char> TokenOf(HttpContext context) => context.Request.Path.Value.AsSpan(3);

    private static bool SaysPrefetch(IHeaderDictionary headers) =>
        Says(headers["Sec-Purpose"], "prefetch")
        || Says(headers["Purpose"], "prefetch")
        || Says(headers["X-Purpose"], "preview")
        || Says(headers["X-Moz"], "prefetch");

    private static bool Says(StringValues header, string word) =>
        header.Count > 0 && header.ToString().Contains(word, StringComparison.OrdinalIgnoreCase);
}
