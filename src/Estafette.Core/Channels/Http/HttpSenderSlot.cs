using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Estafette.Core.Platform.Net;

namespace Estafette.Core.Channels.Http;

/// <summary>One request in flight: written, sent, answered, judged.</summary>
internal sealed class HttpSenderSlot(HttpSender sender) : ISenderSlot
{
    private const int MaxAnswer = 64 * 1024;
    private const int MaxShownBody = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _body = new(8 * 1024);

    public async ValueTask<SendResult> SendAsync(OutgoingMessage message, OutgoingMessage? next, ISendStart start, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (HeaderBound.Find(message) is { } fault)
            return new SendResult
            {
                Outcome = AttemptOutcome.Rejected,
                Blame = Blame.Message,
                Phase = SendPhase.Render,
                Text = fault,
            };
        if (message.Attachments.Count > 0 && !sender.Api.TakesAttachments)
            return new SendResult
            {
                Outcome = AttemptOutcome.Rejected,
                Blame = Blame.Message,
                Phase = SendPhase.Render,
                Text = "The body of this server has no place for attachments; add {{attachments}} to it.",
            };
        if (!sender.Api.TakesInlineFiles && message.Attachments.Any(f => f.ContentId is not null))
            return new SendResult
            {
                Outcome = AttemptOutcome.Rejected,
                Blame = Blame.Message,
                Phase = SendPhase.Render,
                Text = "This provider takes no files that the HTML shows (content_id); link to the images, or use another server.",
            };
        _body.ResetWrittenCount();
        sender.Api.WriteBody(message, _body);
        using var content = new StartingContent(_body.WrittenMemory, sender.Api.ContentType, () => start.TryStart(message));
        using var request = new HttpRequestMessage(HttpMethod.Post, sender.Endpoint)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.ExpectContinue = false;
        sender.Api.WriteHeaders(message, request.Headers);
        Show(request);
        var result = await SendAsync(request, content, ct);
        return result with { Text = sender.Mask.Apply(result.Text) };
    }

    private async ValueTask<SendResult> SendAsync(HttpRequestMessage request, StartingContent content, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(sender.Timeout, sender.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            using var response = await sender.SendAsync(request, either.Token);
            var answer = await ReadAsync(response, either.Token);
            Show(answer);
            return sender.Api.Judge(answer);
        }
        catch (Exception) when (content.State == ContentState.Withheld)
        {
            return SendResult.NotStarted;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested && content.State == ContentState.Waiting)
        {
            throw;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or SocketException)
        {
            return Broken(failure, content.State, ct);
        }
    }

    // Reads at most 64 KiB; a body that is longer, breaks off or is not finished in time still leaves the status.
    private static async ValueTask<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var bytes = new byte[MaxAnswer];
        var length = 0;
        var complete = false;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            while (length < bytes.Length)
            {
                var count = await stream.ReadAsync(bytes.AsMemory(length), ct);
                if (count == 0)
                {
                    complete = true;
                    break;
                }
                length += count;
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException) { }
        return new HttpAnswer((int)response.StatusCode, response.Headers, bytes.AsMemory(0, length), complete);
    }

    private SendResult Broken(Exception failure, ContentState state, CancellationToken ct)
    {
        var text =
            failure is OperationCanceledException
                ? ct.IsCancellationRequested
                    ? $"Posting to {sender.Endpoint.Host}: stopped while waiting for the answer"
                    : $"Posting to {sender.Endpoint.Host}: no answer within {sender.Timeout.TotalSeconds:0.#} s"
                : $"Posting to {sender.Endpoint.Host}: {Innermost(failure).Message}";
        Show(text);
        if (state == ContentState.Begun)
            return new SendResult
            {
                Outcome = AttemptOutcome.InDoubt,
                Phase = SendPhase.Response,
                Text = text,
            };
        return new SendResult
        {
            Outcome = AttemptOutcome.Unreachable,
            Blame = Find<AddressRefusedException>(failure) is not null ? Blame.Configuration : Blame.Server,
            Phase = PhaseOf(failure),
            Text = text,
        };
    }

    private static SendPhase PhaseOf(Exception failure) =>
        Find<SocketException>(failure) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
            ? SendPhase.Dns
        : Find<AuthenticationException>(failure) is not null ? SendPhase.StartTls
        : SendPhase.Connect;

    private static T? Find<T>(Exception? failure)
        where T : Exception
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is T found)
                return found;
        }
        return null;
    }

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }

    private void Show(HttpRequestMessage request)
    {
        if (sender.Dialogue is null)
            return;
        Show(false, $"POST {sender.Endpoint}");
        foreach (var (name, values) in request.Headers.NonValidated)
            Show(false, $"{name}: {(IsCredential(name) ? "********" : values.ToString())}");
        Show(false, $"Content-Type: {request.Content!.Headers.ContentType}");
        Show(false, "");
        foreach (var line in Encoding.UTF8.GetString(_body.WrittenSpan[..Math.Min(_body.WrittenCount, MaxShownBody)]).Split('\n'))
            Show(false, line);
    }

    private void Show(HttpAnswer answer)
    {
        if (sender.Dialogue is null)
            return;
        Show(true, $"HTTP/1.1 {answer.Status}");
        foreach (var (name, values) in answer.Headers.NonValidated)
            Show(true, $"{name}: {(name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) ? "********" : values.ToString())}");
        Show(true, "");
        foreach (var line in answer.Text.Split('\n'))
            Show(true, line);
    }

    private void Show(string failure) => Show(true, $"({failure})");

    private void Show(bool fromServer, string line) =>
        sender.Dialogue?.Invoke(new DialogueLine(fromServer, sender.Mask.Apply(line.TrimEnd('\r'))));

    private static bool IsCredential(string header) =>
        header.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
        || header.Contains("key", StringComparison.OrdinalIgnoreCase)
        || header.Contains("token", StringComparison.OrdinalIgnoreCase);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private enum ContentState
    {
        Waiting,
        Withheld,
        Begun,
    }

    /// <summary>
    /// A body that asks for leave right before it is written, when the connection is up. It can be written once: should the handler try a second
    /// time, that fails instead of sending the message twice.
    /// </summary>
    private sealed class StartingContent : HttpContent
    {
        private readonly ReadOnlyMemory<byte> _bytes;
        private readonly Func<bool> _mayStart;

        public StartingContent(ReadOnlyMemory<byte> bytes, string contentType, Func<bool> mayStart)
        {
            (_bytes, _mayStart) = (bytes, mayStart);
            Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        public ContentState State { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            if (State != ContentState.Waiting)
                throw new IOException("The connection broke while the message was on its way.");
            if (!_mayStart())
            {
                State = ContentState.Withheld;
                throw new IOException("The message was withheld.");
            }
            State = ContentState.Begun;
            await stream.WriteAsync(_bytes, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
