using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Estafette.Cli.Control;

/// <summary>
/// One caller of the control socket, from its hello to the exit code. A reading loop takes cancel, input and answers; a writing loop
/// sends the output; the command runs between them. The caller's end, or 30 s without taking output, cancels the command.
/// </summary>
internal sealed class ControlConnection : IAsyncDisposable
{
    private const long MaxPendingBytes = 64 * 1024 * 1024;
    private const long EnoughPendingBytes = 1024 * 1024;
    private static readonly TimeSpan HelloWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TakeWithin = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;
    private readonly IServiceProvider _services;
    private readonly Channel<Frame> _outgoing = System.Threading.Channels.Channel.CreateUnbounded<Frame>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Channel<Frame> _answers = System.Threading.Channels.Channel.CreateBounded<Frame>(4);
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private long _pending;

    public ControlConnection(Socket socket, IServiceProvider services)
    {
        _stream = new NetworkStream(socket, ownsSocket: false);
        _services = services;
    }

    public async Task RunAsync(bool busy, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(HelloWithin);
        if (await Frame.ReadAsync(_stream, patience.Token) is not { Kind: FrameKind.Hello } first)
            return;
        var hello = JsonSerializer.Deserialize<Hello>(first.Payload.Span) ?? throw new InvalidDataException("An empty hello.");
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop, _ended.Token);
        var writing = WriteAsync();
        var reading = ReadAsync();
        var code = Refusal(hello, busy) is { } refusal ? Refuse(refusal, busy) : await RunCommandAsync(hello, cancelled.Token);
        var exit = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(exit, code);
        Send(new Frame(FrameKind.Exit, exit));
        _outgoing.Writer.TryComplete();
        await writing;
        await _ended.CancelAsync();
        await reading;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _ended.Dispose();
        _asking.Dispose();
    }

    private static string? Refusal(Hello hello, bool busy) =>
        busy ? "estafette: the server runs too many commands at once; try again."
        : hello.Version != Product.Build
            ? $"estafette: the running server is version {Product.Build}, this command {hello.Version}. Use the program the server was started with, or restart the server."
        : null;

    private int Refuse(string refusal, bool busy)
    {
        Send(new Frame(FrameKind.Error, Encoding.UTF8.GetBytes(refusal + Environment.NewLine)));
        return busy ? ExitCode.Busy : ExitCode.Failed;
    }

    private async Task<int> RunCommandAsync(Hello hello, CancellationToken ct)
    {
        if (hello.Terminal.Language is "fr" or "en")
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(hello.Terminal.Language);
        await using var output = new FrameWriter(FrameKind.Output, Send);
        await using var error = new FrameWriter(FrameKind.Error, Send);
        var console = new CommandConsole(output, error, hello.Terminal)
        {
            AskSecretAsync = AskSecretAsync,
            OpenInput = () => new FrameInput(this),
            FlushAsync = FlushAsync,
        };
        var tree = new CommandTree(new ServerRuntime(console, _services));
        var code = await tree.InvokeAsync(hello.Args, TimeSpan.Zero, ct);
        var words = string.Join(' ', hello.Args.TakeWhile(a => !a.StartsWith('-')).Take(2));
        Log.CommandEnded(_services.GetRequiredService<ILogger<ControlServer>>(), CommandConsole.Plain(words), code);
        return code;
    }

    private async Task<string?> AskSecretAsync(SecretQuestion question, CancellationToken ct)
    {
        var answer = await AskAsync(new Frame(FrameKind.NeedSecret, JsonSerializer.SerializeToUtf8Bytes(question)), FrameKind.Secret, ct);
        return answer.Length > 1 && answer.Span[0] == 1 ? Encoding.UTF8.GetString(answer.Span[1..]) : null;
    }

    internal async Task<ReadOnlyMemory<byte>> AskAsync(Frame question, FrameKind expected, CancellationToken ct)
    {
        await _asking.WaitAsync(ct);
        try
        {
            Send(question);
            var answer = await _answers.Reader.ReadAsync(ct);
            return answer.Kind == expected ? answer.Payload : throw new InvalidDataException($"The caller answered {answer.Kind}.");
        }
        finally
        {
            _asking.Release();
        }
    }

    private void Send(Frame frame)
    {
        if (Interlocked.Add(ref _pending, frame.Payload.Length) > MaxPendingBytes)
            _ended.Cancel();
        else
            _outgoing.Writer.TryWrite(frame);
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        while (Interlocked.Read(ref _pending) > EnoughPendingBytes)
            await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var frame in _outgoing.Reader.ReadAllAsync())
            {
                using var patience = new CancellationTokenSource(TakeWithin);
                await frame.WriteAsync(_stream, patience.Token);
                Interlocked.Add(ref _pending, -frame.Payload.Length);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            await _ended.CancelAsync();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await Frame.ReadAsync(_stream, _ended.Token) is { } frame && frame.Kind != FrameKind.Cancel)
                if (!_answers.Writer.TryWrite(frame))
                    break;
        }
        catch (Exception gone) when (gone is IOException or SocketException or InvalidDataException or OperationCanceledException) { }
        await _ended.CancelAsync();
    }

    private sealed class FrameInput(ControlConnection connection) : Stream
    {
        private ReadOnlyMemory<byte> _rest;
        private bool _atEnd;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException("A caller's input is read in order, asynchronously.");
        public override long Position
        {
            get => throw new NotSupportedException("A caller's input is read in order, asynchronously.");
            set => throw new NotSupportedException("A caller's input is read in order, asynchronously.");
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty && !_atEnd && buffer.Length > 0)
            {
                _rest = await connection.AskAsync(new Frame(FrameKind.NeedInput, default), FrameKind.Input, cancellationToken);
                _atEnd = _rest.IsEmpty;
            }
            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("A caller's input is read in order, asynchronously.");

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException("A caller's input is read in order, asynchronously.");

        public override void SetLength(long value) => throw new NotSupportedException("A caller's input is read in order, asynchronously.");

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("A caller's input is read in order, asynchronously.");
    }
}
