using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

/// <summary>What operators allow a customer to send, held where messages are claimed.</summary>
public abstract class CustomerLimitTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Messages_per_day_and_per_month_hold_over_all_servers()
    {
        await using var smtp = FakeSmtpServer.Start();
        await LimitAsync(new(null, null, null, 40, 60));
        var servers = new[] { await Scenario.AddSmtpAsync("first", smtp.Port), await Scenario.AddSmtpAsync("second", smtp.Port) };
        var id = await LaunchAsync(await AddPeopleAsync(100), servers);
        (await RoomAsync()).ShouldBe(new MonthlyRoom(60, 60));
        await SendDueAsync();
        smtp.Accepted.ShouldBe(40);
        (await RoomAsync()).ShouldBe(new MonthlyRoom(60, 20));
        App.Clock.Advance(TimeSpan.FromDays(1));
        await SendDueAsync();
        smtp.Accepted.ShouldBe(60);
        App.Clock.Advance(TimeSpan.FromDays(1));
        await SendDueAsync();
        smtp.Accepted.ShouldBe(60);
        (await RoomAsync()).ShouldBe(new MonthlyRoom(60, 0));
        await LimitAsync(new(null, null, null, null, null));
        (await RoomAsync()).ShouldBeNull();
        await SendDueAsync();
        smtp.Accepted.ShouldBe(100);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Nothing_of_a_suspended_customer_is_sent_until_it_is_resumed()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(await AddPeopleAsync(20), await Scenario.AddSmtpAsync("first", smtp.Port));
        await using var db = App.OpenDb();
        var by = new Actor(default, "ops");
        await OperateCustomers.SuspendAsync(
            by,
            App.Customer,
            "unpaid",
            db,
            App.Get<SessionKeeper>(),
            App.Get<Signals>(),
            App.Clock,
            default
        );
        await SendDueAsync();
        smtp.Accepted.ShouldBe(0);
        await OperateCustomers.ResumeAsync(by, App.Customer, db, App.Get<SessionKeeper>(), App.Get<Signals>(), App.Clock, default);
        await SendDueAsync();
        smtp.Accepted.ShouldBe(20);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Contact_beyond_the_limit_is_refused()
    {
        await LimitAsync(new(null, 1, null, null, null));
        await using var db = App.OpenDb();
        (
            await AddContact.RunAsync(App.Customer, new ContactInput("a@r.test"), App.Get<ErasedAddresses>(), db, App.Clock, default)
        ).Id.ShouldNotBeNull();
        (
            await AddContact.RunAsync(App.Customer, new ContactInput("b@r.test"), App.Get<ErasedAddresses>(), db, App.Clock, default)
        ).Errors.Keys.ShouldContain("limit");
    }

    private async Task<MonthlyRoom?> RoomAsync()
    {
        await using var db = App.OpenDb();
        return await MonthlyRoom.ReadAsync(App.Customer, db, App.Clock, default);
    }

    private async Task LimitAsync(CustomerLimits limits)
    {
        await using var db = App.OpenDb();
        await OperateCustomers.LimitAsync(new Actor(default, "ops"), App.Customer, limits, db, App.Get<Signals>(), App.Clock, default);
    }
}

public sealed class CustomerLimitTestsOnSqlite() : CustomerLimitTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class CustomerLimitTestsOnPostgreSql() : CustomerLimitTests(DatabaseKind.PostgreSql);
