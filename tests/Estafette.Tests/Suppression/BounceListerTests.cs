using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Suppression.Bounces;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Suppression;

/// <summary>Addresses that fail again and again.</summary>
public abstract class BounceListerTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private const string Address = "anne@x.test";
    private long _deliveries;

    [Fact]
    public async Task Third_permanent_or_tenth_temporary_failure_lists_the_address_with_the_last_words()
    {
        var lister = Lister();
        await FailAsync("other@x.test", true, "5.0.0");
        await FailAsync(Address, true, null);
        await FailAsync(Address, true, "5.0.0");
        await FailAsync(Address, false, "4.2.2", times: 9);
        await lister.JudgeAsync(Token);
        (await ListedAsync()).ShouldBeNull();

        await FailAsync(Address, true, "5.3.0", text: "550 5.3.0 no more");
        await lister.JudgeAsync(Token);
        var listed = (await ListedAsync())!;
        (listed.Reason, listed.Origin, listed.Evidence, listed.DeliveryId).ShouldBe(
            (SuppressionReason.RepeatedSoftBounce, SuppressionOrigin.Bounce, "550 5.3.0 no more", new DeliveryId(_deliveries))
        );
        (await lister.JudgeAsync(Token)).ShouldBe(0);
        (await App.CountAsync("suppressions")).ShouldBe(1);
        (await App.ScalarAsync<long>("SELECT count(*) FROM bounce_counts WHERE evidence IS NOT NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Failures_too_long_ago_and_the_same_delivery_twice_do_not_count()
    {
        var lister = Lister();
        await FailAsync(Address, true, "5.0.0", at: App.Now - TimeSpan.FromDays(366), times: 5);
        await FailAsync(Address, true, "5.0.0");
        _deliveries--;
        await FailAsync(Address, true, "5.0.0");
        await FailAsync(Address, true, "5.0.0");
        await lister.JudgeAsync(Token);
        (await ListedAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task First_rule_that_fits_counts_a_failure_and_what_fits_none_never_lists()
    {
        var lister = Lister("5.2 2/30, 4.7 1/1, permanent 4/30");
        await FailAsync(Address, true, "5.2.2");
        await FailAsync(Address, true, "5.1.8", times: 3);
        await FailAsync(Address, true, "5.22.1", at: App.Now - TimeSpan.FromDays(31));
        await FailAsync(Address, false, "4.2.2", times: 50);
        await lister.JudgeAsync(Token);
        (await ListedAsync()).ShouldBeNull("one of 5.2, three of the last rule, and none for a full mailbox that may empty");

        await FailAsync(Address, true, "5.2.1");
        await lister.JudgeAsync(Token);
        (await ListedAsync()).ShouldNotBeNull();
        await FailAsync("b@x.test", false, "4.7.1");
        await lister.JudgeAsync(Token);
        (await App.CountAsync("suppressions")).ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("permanent")]
    [InlineData("permanent 3")]
    [InlineData("permanent 0/365")]
    [InlineData("permanent 101/365")]
    [InlineData("permanent 3/3651")]
    [InlineData("permanent 3/365,")]
    [InlineData("hard 3/365")]
    [InlineData("2.0.0 3/365")]
    [InlineData("5.x 3/365")]
    [InlineData("5.1.1.1 3/365")]
    [InlineData("temporary -3/180")]
    public void Rule_that_cannot_be_read_is_told(string text)
    {
        var options = new SuppressionOptions { ListAfter = text };
        options.Validate(new(options)).ShouldHaveSingleItem().MemberNames.ShouldBe([nameof(SuppressionOptions.ListAfter)]);
    }

    private BounceLister Lister(string? rules = null) =>
        new(rules is null ? new SuppressionOptions() : new SuppressionOptions { ListAfter = rules }, App.Writes, App.Get<LoopContext>());

    private async Task FailAsync(
        string address,
        bool isPermanent,
        string? status,
        DateTimeOffset? at = null,
        int times = 1,
        string? text = "words"
    )
    {
        for (var i = 0; i < times; i++)
        {
            var bounce = new CountedBounce(Channel.Email, address, new DeliveryId(++_deliveries), isPermanent, at ?? App.Now)
            {
                Status = status,
                Text = text,
            };
            await App.Writes.RunAsync(session => CountBounce.RunAsync(session, App.Customer, bounce, Token), Token);
        }
    }

    private async Task<SuppressedAddress?> ListedAsync()
    {
        await using var db = App.OpenDb();
        return await db.Of<SuppressedAddress>(App.Customer).AsNoTracking().SingleOrDefaultAsync(s => s.AddressKey == Address, Token);
    }
}

public sealed class BounceListerTestsOnSqlite() : BounceListerTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class BounceListerTestsOnPostgreSql() : BounceListerTests(DatabaseKind.PostgreSql);
