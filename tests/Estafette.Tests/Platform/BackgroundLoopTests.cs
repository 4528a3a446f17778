using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Estafette.Tests.Platform;

public sealed class BackgroundLoopTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Signals _signals = new();
    private readonly StartGate _gate = new();
    private readonly CountingLoop _loop;

    public BackgroundLoopTests() => _loop = new CountingLoop(new LoopContext(_signals, _clock, _gate, NullLoggerFactory.Instance));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passes_follow_each_other_while_there_is_more()
    {
        _loop.Pass = number => number < 5;

        await _loop.StartAsync(Token);

        await RestsAfterAsync(5);
    }

    [Fact]
    public async Task Without_more_the_next_pass_comes_after_the_period()
    {
        await _loop.StartAsync(Token);
        await RestsAfterAsync(1);

        _clock.Advance(CountingLoop.Period);

        await RestsAfterAsync(2);
    }

    [Fact]
    public async Task A_signal_brings_the_next_pass_at_once()
    {
        await _loop.StartAsync(Token);
        await RestsAfterAsync(1);

        _signals.Ring(Signal.BulkChanged);

        await RestsAfterAsync(2);
    }

    [Fact]
    public async Task A_pass_that_fails_is_repeated_after_a_pause_that_no_signal_shortens()
    {
        _loop.Pass = number => number == 1 ? throw new InvalidOperationException("The database is away.") : false;
        await _loop.StartAsync(Token);
        await RestsAfterAsync(1);

        _signals.Ring(Signal.BulkChanged);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _loop.Passes.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await RestsAfterAsync(2);
    }

    [Fact]
    public async Task Nothing_is_done_before_the_gate_opens()
    {
        _gate.Close();
        await _loop.StartAsync(Token);
        _loop.Passes.ShouldBe(0);

        _gate.Open();

        await RestsAfterAsync(1);
    }

    [Fact]
    public async Task Stopping_ends_the_loop_without_a_fault()
    {
        await _loop.StartAsync(Token);
        await RestsAfterAsync(1);

        await _loop.StopAsync(Token);

        _loop.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.StopAsync(CancellationToken.None);
        _loop.Dispose();
    }

    private Task RestsAfterAsync(int passes) => Eventually.TrueAsync(() => _loop.Passes == passes && _clock.WaitingTimers == 1);

    private sealed class CountingLoop(LoopContext context) : BackgroundLoop(context, Signal.BulkChanged, Period)
    {
        public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
        private int _passes;

        public int Passes => Volatile.Read(ref _passes);

        public Func<int, bool> Pass { get; set; } = static _ => false;

        protected override Task<bool> PassAsync(CancellationToken ct) => Task.FromResult(Pass(Interlocked.Increment(ref _passes)));
    }
}
