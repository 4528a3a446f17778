using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Testing;

namespace Estafette.Tests.Suppression;

public sealed class SuppressionTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Opt_out_suppresses_and_unsubscribes_from_every_list(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await app.AddListAsync("News", "ana@example.org", "bob@example.org");
        await app.AddListAsync("Offers", "ana@example.org");

        (await SuppressAsync(app, "Ana@Example.org", SuppressionReason.OptOut, SuppressionOrigin.Web)).IsDone.ShouldBeTrue();

        (await app.CountAsync("suppressions WHERE address_key = 'ana@example.org' AND reason = 1")).ShouldBe(1);
        (await app.CountAsync("subscriptions WHERE status = 2")).ShouldBe(2);
        (await app.CountAsync("subscriptions WHERE status = 1")).ShouldBe(1);
        (await app.CountAsync("consent_records WHERE list_id IS NULL AND source = 'web'")).ShouldBe(1);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task First_reason_stays_but_a_complaint_wins(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await SuppressAsync(app, "ana@example.org", SuppressionReason.HardBounce, SuppressionOrigin.Bounce);
        await SuppressAsync(app, "ana@example.org", SuppressionReason.OptOut, SuppressionOrigin.Web);
        var before = await app.ScalarAsync<int>("SELECT reason FROM suppressions");

        await SuppressAsync(app, "ana@example.org", SuppressionReason.Complaint, SuppressionOrigin.FeedbackLoop);

        before.ShouldBe((int)SuppressionReason.HardBounce);
        (await app.ScalarAsync<int>("SELECT reason FROM suppressions")).ShouldBe((int)SuppressionReason.Complaint);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Only_what_people_asked_for_is_removed_and_only_with_a_reason(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await SuppressAsync(app, "ana@example.org", SuppressionReason.Manual, SuppressionOrigin.Manual);
        await SuppressAsync(app, "bob@example.org", SuppressionReason.Complaint, SuppressionOrigin.FeedbackLoop);
        var stranger = await app.AddCustomerAsync("Stranger");
        await using var db = app.OpenDb();
        var rows = await ListSuppressions.RunAsync(app.Customer, new ListSuppressionsRequest(), db, default);
        var (bob, ana) = (rows[0].Id, rows[1].Id);

        var by = new Actor(app.Customer, "dominique") { Ip = "192.0.2.7" };
        var unexplained = await RemoveSuppression.RunAsync(by, ana, " ", db, app.Clock, default);
        var complaint = await RemoveSuppression.RunAsync(by, bob, "sorry", db, app.Clock, default);
        var foreign = await RemoveSuppression.RunAsync(by with { Customer = stranger }, ana, "mine", db, app.Clock, default);
        var removed = await RemoveSuppression.RunAsync(by, ana, "asked by phone", db, app.Clock, default);

        unexplained.Errors.Keys.ShouldContain("why");
        complaint.Errors.Keys.ShouldContain("id");
        foreign.ShouldBe(ChangeResult.NotFound);
        removed.IsDone.ShouldBeTrue();
        (await app.CountAsync("suppressions")).ShouldBe(1);
        (
            await app.CountAsync("audit_log WHERE action = 'suppression.removed' AND ip = '192.0.2.7' AND detail LIKE 'asked by phone%'")
        ).ShouldBe(1);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Suppressions_are_found_by_prefix_and_exported(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await SuppressAsync(app, "ana@example.org", SuppressionReason.OptOut, SuppressionOrigin.Mail);
        await SuppressAsync(app, "+33612345678", SuppressionReason.OptOut, SuppressionOrigin.Api, Channel.Sms);
        await using var db = app.OpenDb();

        var found = await ListSuppressions.RunAsync(app.Customer, new ListSuppressionsRequest(Search: "ANA@"), db, default);
        var csv = new StringWriter();
        await ExportSuppressions.RunAsync(app.Customer, csv, db, default);

        found.Single().AddressKey.ShouldBe("ana@example.org");
        var lines = csv.ToString().TrimEnd().Split("\r\n");
        lines.Length.ShouldBe(3);
        lines[1].ShouldStartWith("ana@example.org;Email;OptOut;Mail;2026-03-03T09:00:00");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Suppression_is_in_the_audit_log_once(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);

        await SuppressAsync(app, "Ana@Example.org", SuppressionReason.Manual, SuppressionOrigin.Manual);
        await SuppressAsync(app, "ana@example.org", SuppressionReason.OptOut, SuppressionOrigin.Web);

        (await app.CountAsync("audit_log WHERE action = 'suppression.added'")).ShouldBe(1);
        (await app.ScalarAsync<string>("SELECT object FROM audit_log WHERE action = 'suppression.added'")).ShouldBe(
            "Email ana@example.org"
        );
        (await app.ScalarAsync<string>("SELECT detail FROM audit_log WHERE action = 'suppression.added'")).ShouldBe(
            "Manual, Manual: said so"
        );
    }

    [Fact]
    public async Task What_is_not_an_address_is_refused()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);

        (await SuppressAsync(app, "nobody", SuppressionReason.Manual, SuppressionOrigin.Manual)).Errors.Keys.ShouldContain("address");
        (await app.CountAsync("suppressions")).ShouldBe(0);
    }

    private static Task<ChangeResult> SuppressAsync(
        TestApplication app,
        string address,
        SuppressionReason reason,
        SuppressionOrigin origin,
        Channel channel = Channel.Email
    ) =>
        SuppressAddress.RunAsync(
            new Actor(app.Customer, "dominique"),
            new SuppressAddressRequest(channel, address, reason, origin, "said so"),
            app.Writes,
            app.Clock,
            CancellationToken.None
        );
}
