using Estafette.Core.Campaigns;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dns;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Deliverability;

/// <summary>What is kept of checks and what follows from them: signing, rotation, refusal of senders.</summary>
public sealed class DomainUpkeepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly ZoneLookup _zone = new();

    private Task<TestApplication> StartAsync(DatabaseKind kind) =>
        TestApplication.StartAsync(
            kind,
            new TestSetup
            {
                Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Dns:SpfInclude"] = "spf.esp.test" },
                Services = services =>
                    services.AddSingleton(provider => new DomainChecks(_zone, provider.GetRequiredService<DnsOptions>())),
            }
        );

    private static async Task<SenderDomainRow> AddAsync(TestApplication app, string name)
    {
        await using var db = app.OpenDb();
        return (await AddSenderDomain.RunAsync(new(app.Customer, name), db, app.Get<DkimSigners>(), app.Clock, Token)).Value!;
    }

    private static async Task<SenderDomain> CheckAsync(TestApplication app, long id)
    {
        await using var db = app.OpenDb();
        await CheckSenderDomain.RunAsync(new(app.Customer, id), db, app.Get<DomainChecks>(), app.Get<DkimSigners>(), app.Clock, Token);
        return await db.Of<SenderDomain>(app.Customer).AsNoTracking().SingleAsync(d => d.Id == id, Token);
    }

    private static async Task<SenderDomainRow> RotateAsync(TestApplication app, long id)
    {
        await using var db = app.OpenDb();
        return (await RotateKey.RunAsync(new(app.Customer, id), db, app.Get<DkimSigners>(), Token)).Value!;
    }

    private static ValueTask<DkimSigner?> SignerAsync(TestApplication app) =>
        app.Get<DkimSigners>().FindAsync(app.Customer, "example.com", Token);

    private void Publish(DomainRecord record) => _zone.Add(record.Name, DnsRecordType.Txt, record.Value);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Signing_starts_when_the_record_is_found_and_the_state_is_kept(DatabaseKind kind)
    {
        await using var app = await StartAsync(kind);
        var row = await AddAsync(app, "example.com");
        var before = await CheckAsync(app, row.Id);
        (before.DkimActive, before.DkimStatus, before.SpfStatus).ShouldBe((false, DomainStatus.Ko, DomainStatus.Ko));
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        _zone.Add("example.com", DnsRecordType.Txt, "v=spf1 include:spf.esp.test -all");
        _zone.Add("example.com", DnsRecordType.Mx, "mail.example.com", 10);
        var after = await CheckAsync(app, row.Id);
        (after.DkimActive, after.DkimStatus, after.SpfStatus).ShouldBe((true, DomainStatus.Ok, DomainStatus.Ok));
        (after.MxStatus, after.DmarcStatus, after.CheckedAt).ShouldBe((DomainStatus.Ok, DomainStatus.Ko, app.Now));
        (await SignerAsync(app)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Signing_that_a_person_stopped_is_not_started_by_a_check()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        await using var db = app.OpenDb();
        await ActivateDkim.RunAsync(new(app.Customer, row.Id, false), db, app.Get<DkimSigners>(), Token);
        var after = await CheckAsync(app, row.Id);
        (after.DkimActive, after.DkimStatus).ShouldBe((false, DomainStatus.Ok));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Rotation_never_stops_signing(DatabaseKind kind)
    {
        await using var app = await StartAsync(kind);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        await CheckAsync(app, row.Id);
        (await RotateAsync(app, row.Id)).Selector.ShouldBe(row.Selector);
        var details = (await ReadAsync(app, row.Id))!;
        details.NextSelector.ShouldNotBeNull().ShouldNotBe(row.Selector);
        (await RotateAsync(app, row.Id)).Selector.ShouldBe(row.Selector, "A key that waits is kept.");
        (await ReadAsync(app, row.Id))!.NextSelector.ShouldBe(details.NextSelector);
        await CheckAsync(app, row.Id);
        (await SignerAsync(app))!.Selector.ShouldBe(row.Selector);
        Publish(details.Records.Single(r => r.Purpose == RecordPurpose.DkimNext));
        await CheckAsync(app, row.Id);
        (await SignerAsync(app))!.Selector.ShouldBe(details.NextSelector);
        var after = (await ReadAsync(app, row.Id))!;
        (after.NextSelector, after.Row.DkimStatus).ShouldBe((null, DomainStatus.Ok));
        (after.OldRecordName, after.OldUntil).ShouldBe((row.RecordName, app.Now + TimeSpan.FromDays(7)));
        app.Clock.Advance(TimeSpan.FromDays(8));
        await CheckAsync(app, row.Id);
        (await ReadAsync(app, row.Id))!.OldRecordName.ShouldBeNull();
    }

    [Fact]
    public async Task New_key_can_be_used_by_hand_or_given_up()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var signers = app.Get<DkimSigners>();
        var row = await AddAsync(app, "example.com");
        await using var db = app.OpenDb();
        await ActivateDkim.RunAsync(new(app.Customer, row.Id, true), db, signers, Token);
        await RotateAsync(app, row.Id);
        (await DropNextKey.RunAsync(new(app.Customer, row.Id), app.OpenDb(), signers, Token)).ShouldBeTrue();
        (await ReadAsync(app, row.Id))!.NextSelector.ShouldBeNull();
        await RotateAsync(app, row.Id);
        var next = (await ReadAsync(app, row.Id))!.NextSelector;
        (await UseNextKey.RunAsync(new(app.Customer, row.Id), app.OpenDb(), signers, app.Clock, Token)).ShouldBeTrue();
        (await SignerAsync(app))!.Selector.ShouldBe(next);
    }

    [Fact]
    public async Task Second_signature_is_made_once_its_record_is_found()
    {
        if (!SwitchSecondKey.IsAvailable)
            return;
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        (await SwitchSecondKey.RunAsync(new(app.Customer, row.Id, true), app.OpenDb(), app.Get<DkimSigners>(), Token)).ShouldBeTrue();
        await CheckAsync(app, row.Id);
        (await SignaturesAsync(app)).ShouldBe(1);
        Publish((await ReadAsync(app, row.Id))!.Records.Single(r => r.Purpose == RecordPurpose.DkimSecond));
        await CheckAsync(app, row.Id);
        (await SignaturesAsync(app)).ShouldBe(2);
        await SwitchSecondKey.RunAsync(new(app.Customer, row.Id, false), app.OpenDb(), app.Get<DkimSigners>(), Token);
        (await SignaturesAsync(app)).ShouldBe(1);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Sender_is_refused_for_each_fault_of_its_domain(DatabaseKind kind)
    {
        await using var app = await StartAsync(kind);
        var checks = app.Get<SenderChecks>();
        (await checks.CheckAsync(app.Customer, "a@example.com", Token)).Faults.Select(f => f.Code).ShouldBe(["spf-ko", "dkim-ko"]);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, "v=DKIM1; p=");
        _zone.Add("example.com", DnsRecordType.Txt, "v=spf1 -all");
        (await checks.CheckAsync(app.Customer, "a@example.com", Token)).Faults.Select(f => f.Code).ShouldBe(["spf-bad", "dkim-bad"]);
        _zone.Fail("example.com").Fail(row.RecordName);
        app.Clock.Advance(TimeSpan.FromSeconds(61));
        var unknown = await checks.CheckAsync(app.Customer, "a@example.com", Token);
        unknown.Faults.ShouldBeEmpty();
        unknown.Warnings.Select(w => w.Code).ShouldBe(["dns-unknown"]);
        unknown.IsTemporary.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_right_is_kept_for_an_hour_and_what_is_wrong_for_a_minute()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var checks = app.Get<SenderChecks>();
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        (await checks.CheckAsync(app.Customer, "a@example.com", Token)).Faults.Single().Code.ShouldBe("spf-ko");
        _zone.Add("example.com", DnsRecordType.Txt, "v=spf1 include:spf.esp.test ~all");
        (await checks.CheckAsync(app.Customer, "b@example.com", Token)).Faults.Single().Code.ShouldBe("spf-ko");
        app.Clock.Advance(TimeSpan.FromSeconds(61));
        (await checks.CheckAsync(app.Customer, "a@example.com", Token)).Faults.ShouldBeEmpty();
        var asked = _zone.Questions;
        app.Clock.Advance(TimeSpan.FromMinutes(59));
        (await checks.CheckAsync(app.Customer, "a@example.com", Token)).Faults.ShouldBeEmpty();
        _zone.Questions.ShouldBe(asked);
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await checks.CheckAsync(app.Customer, "a@example.com", Token);
        _zone.Questions.ShouldBeGreaterThan(asked);
    }

    [Fact]
    public async Task Sender_below_a_registered_domain_is_signed_by_it_and_has_an_spf_record_of_its_own()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        _zone.Add("news.example.com", DnsRecordType.Txt, "v=spf1 include:spf.esp.test ~all");
        var checks = app.Get<SenderChecks>();
        (await checks.CheckAsync(app.Customer, "a@news.example.com", Token)).Faults.ShouldBeEmpty();
        (await checks.CheckAsync(app.Customer, "a@shop.example.com", Token)).Faults.Select(f => f.Code).ShouldBe(["spf-ko"]);
        var other = await app.AddCustomerAsync("Other");
        (await checks.CheckAsync(other, "a@news.example.com", Token)).Faults.Select(f => f.Code).ShouldBe(["dkim-ko"]);
    }

    [Fact]
    public async Task Status_stays_when_nobody_answers_and_the_warning_is_shown()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        await CheckAsync(app, row.Id);
        _zone.Fail(row.RecordName);
        var after = await CheckAsync(app, row.Id);
        (after.DkimActive, after.DkimStatus).ShouldBe((true, DomainStatus.Ok));
        (await ReadAsync(app, row.Id))!.Findings.Single(f => f.Subject == CheckSubject.Dkim).IsUnknown.ShouldBeTrue();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Every_domain_is_looked_at_once_a_day_and_sooner_while_a_key_waits(DatabaseKind kind)
    {
        await using var app = await StartAsync(kind);
        var watch = app.Services.GetServices<IHostedService>().OfType<DomainWatch>().Single();
        var row = await AddAsync(app, "example.com");
        (await watch.CheckSomeAsync(Token)).ShouldBe(1);
        (await watch.CheckSomeAsync(Token)).ShouldBe(0);
        app.Clock.Advance(TimeSpan.FromMinutes(16));
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        (await watch.CheckSomeAsync(Token)).ShouldBe(1);
        (await SignerAsync(app)).ShouldNotBeNull();
        app.Clock.Advance(TimeSpan.FromHours(23));
        (await watch.CheckSomeAsync(Token)).ShouldBe(0);
        app.Clock.Advance(TimeSpan.FromHours(2));
        (await watch.CheckSomeAsync(Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Campaign_is_warned_of_what_the_last_check_found()
    {
        await using var app = await StartAsync(DatabaseKind.Sqlite);
        var row = await AddAsync(app, "example.com");
        _zone.Add(row.RecordName, DnsRecordType.Txt, row.RecordValue);
        await CheckAsync(app, row.Id);
        _zone.Add(row.RecordName, DnsRecordType.Txt, DkimKey.Generate().RecordValue);
        await CheckAsync(app, row.Id);
        await using var db = app.OpenDb();
        var campaign = new Campaign(app.Customer, "C", app.Now) { FromEmail = "a@example.com" };
        db.Add(campaign);
        await db.SaveChangesAsync(Token);
        var problems = (await CheckCampaign.RunAsync(app.Customer, campaign.Id, db, Token))!.Where(p => p.Field == "from").ToList();
        problems.Where(p => p.IsError).ShouldBeEmpty();
        var codes = problems.Select(p => p.Code).ToList();
        foreach (var code in new[] { "from.spf-ko", "from.dkim-bad", "from.dmarc-ko" })
            codes.ShouldContain(code);
        codes.ShouldNotContain("from.unsigned");
    }

    private static async Task<SenderDomainDetails?> ReadAsync(TestApplication app, long id)
    {
        await using var db = app.OpenDb();
        return await app.Get<SenderDomainReader>().FindAsync(app.Customer, id, db, Token);
    }

    private static async Task<int> SignaturesAsync(TestApplication app)
    {
        var header = new System.Buffers.ArrayBufferWriter<byte>();
        (await SignerAsync(app))!.Sign("From: a@example.com\r\n\r\nhello\r\n"u8, app.Now, header);
        return System.Text.Encoding.ASCII.GetString(header.WrittenSpan).Split("DKIM-Signature:").Length - 1;
    }
}
