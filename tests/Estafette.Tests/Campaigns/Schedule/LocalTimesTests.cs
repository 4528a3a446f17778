using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Schedule;
using Estafette.Core.Platform;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns.Schedule;

public abstract class LocalTimesTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Everybody_is_written_to_at_the_same_hour_of_their_own_clock_and_the_unknown_at_that_of_the_customer()
    {
        await using var smtp = FakeSmtpServer.Start();
        var list = await App.AddListAsync("Monde", "tokyo@r.test", "paris@r.test", "montreal@r.test", "odd@r.test");
        await ZoneAsync("tokyo@r.test", "Asia/Tokyo");
        await ZoneAsync("montreal@r.test", "America/Montreal");
        await ZoneAsync("odd@r.test", "Mars/Olympus");
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        await using var db = App.OpenDb();
        // Wednesday 4 March 2026, 09:00 in Paris; the clock stands at Tuesday 10:00 there.
        var at = new DateTimeOffset(2026, 3, 4, 9, 0, 0, TimeSpan.FromHours(1));
        var wish = new ScheduleWish(at, new SendingHours(127, null, null), true);
        (await SetSchedule.RunAsync(App.Customer, id, wish, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        (await ScheduleCampaign.RunAsync(App.Customer, id, at, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        await GoToAsync(smtp, new DateTimeOffset(2026, 3, 4, 8, 59, 0, TimeSpan.FromHours(14)), []);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Scheduled);
        await GoToAsync(smtp, new DateTimeOffset(2026, 3, 4, 9, 0, 1, TimeSpan.FromHours(9)), ["tokyo@r.test"]);
        await GoToAsync(smtp, at.AddMinutes(-1), ["tokyo@r.test"]);
        await GoToAsync(smtp, at.AddSeconds(1), ["odd@r.test", "paris@r.test", "tokyo@r.test"]);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        await GoToAsync(
            smtp,
            new DateTimeOffset(2026, 3, 4, 9, 0, 1, TimeSpan.FromHours(-5)),
            ["montreal@r.test", "odd@r.test", "paris@r.test", "tokyo@r.test"]
        );
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    private async Task GoToAsync(FakeSmtpServer smtp, DateTimeOffset to, string[] reached)
    {
        App.Clock.Advance(to - App.Now);
        await App.Services.GetServices<IHostedService>().OfType<ScheduledLauncher>().Single().LaunchDueAsync(Token);
        await ExpandAsync();
        await SendDueAsync();
        smtp.Messages.Select(m => m.RcptTo.Single()).Order().ShouldBe(reached);
    }

    private Task ZoneAsync(string email, string zone) =>
        App.ExecuteAsync($$"""UPDATE contacts SET attributes = '{"time_zone":"{{zone}}"}' WHERE email = '{{email}}'""");
}

public sealed class LocalTimesTestsOnSqlite() : LocalTimesTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class LocalTimesTestsOnPostgreSql() : LocalTimesTests(DatabaseKind.PostgreSql);
