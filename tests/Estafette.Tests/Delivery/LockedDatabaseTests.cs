using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

/// <summary>The database cannot be written while messages are on their way: somebody else holds it, or its disk is full.</summary>
public abstract class LockedDatabaseTests(DatabaseKind kind) : RunningEngineTests(kind)
{
    [Fact]
    public async Task Results_wait_in_the_journal_while_the_database_is_locked_and_each_is_stored_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp);
        await using var engine = StartEngine();
        await Eventually.TrueAsync(() => smtp.Accepted >= 40);

        await using (var other = await App.Store.OpenAsync(Token))
        {
            await using var held = await other.BeginTransactionAsync(Token);
            await using var command = other.CreateCommand();
            command.Transaction = held;
            command.CommandText =
                App.Store.Kind == DatabaseKind.PostgreSql
                    ? "LOCK TABLE delivery_queue IN ACCESS EXCLUSIVE MODE; SELECT count(*) FROM deliveries WHERE status = 2"
                    : "SELECT count(*) FROM deliveries WHERE status = 2";
            var stored = Convert.ToInt64(await command.ExecuteScalarAsync(Token), System.Globalization.CultureInfo.InvariantCulture);
            var sent = smtp.Accepted;
            // What is in hand goes on leaving, although nothing of it can be stored.
            await Eventually.TrueAsync(() => smtp.Accepted > sent + 50);
            (Convert.ToInt64(await command.ExecuteScalarAsync(Token), System.Globalization.CultureInfo.InvariantCulture) - stored).ShouldBe(
                0
            );
        }

        await Eventually.TrueAsync(async () => await StatusAsync(id) == CampaignStatus.Finished);
        await engine.StopAsync();
        EverybodyGotOne(smtp);
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = People });
        (await AttemptsAsync(id)).Count.ShouldBe(People);
        (await Recount.RunAsync(id, App.Store, Token)).Select(d => d.Metric).ShouldBeEmpty();
    }
}

public sealed class LockedDatabaseTestsOnSqlite() : LockedDatabaseTests(DatabaseKind.Sqlite)
{
    [Fact]
    public async Task Results_wait_in_the_journal_while_the_disk_is_full_and_each_is_stored_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp);
        // The least limit there is: what is there already. The database says SQLITE_FULL, as it does when the disk is.
        await App.Writes.RunAsync(Limit(1), Token);
        await using var engine = StartEngine();
        await Eventually.TrueAsync(() => smtp.Accepted >= 100);
        await App.Writes.RunAsync(Limit(1_000_000), Token);
        await Eventually.TrueAsync(async () => await StatusAsync(id) == CampaignStatus.Finished);
        await engine.StopAsync();
        EverybodyGotOne(smtp);
        (await AttemptsAsync(id)).Count.ShouldBe(People);
        (await Recount.RunAsync(id, App.Store, Token)).Select(d => d.Metric).ShouldBeEmpty();

        static Func<WriteSession, ValueTask> Limit(long pages) =>
            async session => await session.Prepare($"PRAGMA max_page_count = {pages}").ExecuteNonQueryAsync();
    }
}

[Trait("Category", "PostgreSql")]
public sealed class LockedDatabaseTestsOnPostgreSql() : LockedDatabaseTests(DatabaseKind.PostgreSql);
