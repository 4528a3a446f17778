using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

/// <summary>Tests that do something to a campaign while the engine sends it, in real time.</summary>
public abstract class RunningEngineTests(DatabaseKind kind) : CampaignTests(kind)
{
    protected const int People = 400;

    protected override TestSetup Setup => base.Setup with { Clock = TimeProvider.System };

    /// <summary>A launched campaign to <see cref="People"/> through one server that takes so many messages a second.</summary>
    protected async Task<CampaignId> LaunchAsync(FakeSmtpServer smtp, int rate = 200) =>
        await LaunchAsync(await AddPeopleAsync(People), await Scenario.AddSmtpAsync("s", smtp.Port, change: s => s.RateCount = rate));

    /// <summary>Starts the engine; it sends until stopped.</summary>
    protected RunningEngine StartEngine() => new(App.Get<DeliveryEngine>(), Token);

    /// <summary>Every person got one message.</summary>
    protected static void EverybodyGotOne(FakeSmtpServer smtp) =>
        smtp.Messages.Select(m => m.RcptTo[0]).Order().ShouldBe(Enumerable.Range(0, People).Select(i => $"p{i}@r.test").Order());

    /// <summary>A run of the engine.</summary>
    protected sealed class RunningEngine : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task _run;

        public RunningEngine(DeliveryEngine engine, CancellationToken ct)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            _run = engine.RunAsync(only: null, once: false, _stop.Token);
        }

        /// <summary>Stops it as the server does, and waits for what is on the wire.</summary>
        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _run;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }
    }
}
