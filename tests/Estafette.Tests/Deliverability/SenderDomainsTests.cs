using System.Buffers;
using System.Text;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Deliverability;

public sealed class SenderDomainsTests
{
    private static async Task<SenderDomainRow> AddAsync(TestApplication app, string name, bool active = true)
    {
        await using var db = app.OpenDb();
        var signers = app.Get<DkimSigners>();
        var row = (await AddSenderDomain.RunAsync(new(app.Customer, name), db, signers, app.Clock, CancellationToken.None)).Value!;
        if (active)
            (await ActivateDkim.RunAsync(new(app.Customer, row.Id, true), db, signers, CancellationToken.None)).ShouldBeTrue();
        return row;
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Domain_gets_a_key_whose_private_half_is_encrypted(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var row = await AddAsync(app, "Éstafette.Example.com", active: false);
        row.Domain.ShouldBe("xn--stafette-90a.example.com");
        row.RecordName.ShouldBe($"{row.Selector}._domainkey.{row.Domain}");
        row.RecordValue.ShouldStartWith("v=DKIM1; k=rsa; p=MII");
        row.ZoneFileValue.ShouldStartWith("\"v=DKIM1");
        row.Active.ShouldBeFalse();
        var stored = await app.ScalarAsync<string>("SELECT dkim_protected_key FROM sender_domains");
        stored.ShouldNotBeNull().ShouldNotContain("PRIVATE KEY");
        app.Get<Secrets>().Unprotect(stored).ShouldContain("PRIVATE KEY");
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("a b.com")]
    [InlineData("x@example.com")]
    [InlineData("exa\r\nmple.com")]
    public async Task Wrong_domain_is_refused(string domain)
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var result = await AddSenderDomain.RunAsync(
            new(app.Customer, domain),
            db,
            app.Get<DkimSigners>(),
            app.Clock,
            CancellationToken.None
        );
        result.Faults.ShouldNotBeNull().ByField.Keys.ShouldBe(["Domain"]);
    }

    [Fact]
    public async Task Signer_is_that_of_the_nearest_active_domain_of_the_customer()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var signers = app.Get<DkimSigners>();
        (await signers.FindAsync(app.Customer, "news.example.com", CancellationToken.None)).ShouldBeNull();
        await AddAsync(app, "example.com");
        (await signers.FindAsync(app.Customer, "news.example.com", CancellationToken.None))
            .ShouldNotBeNull()
            .Domain.ShouldBe("example.com");
        await AddAsync(app, "news.example.com");
        var signer = (await signers.FindAsync(app.Customer, "news.example.com", CancellationToken.None)).ShouldNotBeNull();
        signer.Domain.ShouldBe("news.example.com");
        (await signers.FindAsync(app.Customer, "news.example.com", CancellationToken.None)).ShouldBeSameAs(signer);
        (await signers.FindAsync(app.Customer, "badexample.com", CancellationToken.None)).ShouldBeNull();
        var stranger = await app.AddCustomerAsync("Other");
        (await signers.FindAsync(stranger, "example.com", CancellationToken.None)).ShouldBeNull();
        var header = new ArrayBufferWriter<byte>();
        signer.Sign("From: a@news.example.com\r\n\r\nhello\r\n"u8, app.Now, header);
        Encoding.ASCII.GetString(header.WrittenSpan).ShouldContain("d=news.example.com;");
    }

    [Fact]
    public async Task New_key_of_a_domain_that_does_not_sign_takes_the_place_of_the_old_one()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var signers = app.Get<DkimSigners>();
        var before = await AddAsync(app, "example.com", active: false);
        await using var db = app.OpenDb();
        var after = (await RotateKey.RunAsync(new(app.Customer, before.Id), db, signers, CancellationToken.None)).Value!;
        after.Selector.ShouldNotBe(before.Selector);
        after.RecordValue.ShouldNotBe(before.RecordValue);
        (await signers.FindAsync(app.Customer, "example.com", CancellationToken.None)).ShouldBeNull();
        await ActivateDkim.RunAsync(new(app.Customer, before.Id, true), db, signers, CancellationToken.None);
        (await signers.FindAsync(app.Customer, "example.com", CancellationToken.None))!.Selector.ShouldBe(after.Selector);
        (await DeleteSenderDomain.RunAsync(new(app.Customer, before.Id), db, signers, CancellationToken.None)).ShouldBeTrue();
        (await signers.FindAsync(app.Customer, "example.com", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Change_by_another_process_counts_within_half_a_minute()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var signers = app.Get<DkimSigners>();
        await AddAsync(app, "example.com");
        (await signers.FindAsync(app.Customer, "example.com", CancellationToken.None)).ShouldNotBeNull();
        await app.ExecuteAsync("UPDATE sender_domains SET dkim_active = 0");
        app.Clock.Advance(TimeSpan.FromSeconds(31));
        (await signers.FindAsync(app.Customer, "example.com", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Identity_is_added_changed_and_deleted()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await AddAsync(app, "example.com");
        await using var db = app.OpenDb();
        var added = await SaveSenderIdentity.RunAsync(
            new(app.Customer, null, new(" La Gazette ", "News@News.Example.com", "reply@example.com")),
            db,
            app.Clock,
            CancellationToken.None
        );
        var row = (await ListSenderIdentities.RunAsync(app.Customer, db, CancellationToken.None)).Single();
        (row.Name, row.Email, row.ReplyTo, row.Signs).ShouldBe(("La Gazette", "News@news.example.com", "reply@example.com", true));
        (await SaveSenderIdentity.RunAsync(new(app.Customer, null, new("La Gazette", row.Email)), db, app.Clock, CancellationToken.None))
            .Faults.ShouldNotBeNull()
            .ByField.Keys.ShouldBe(["Email"]);
        await SaveSenderIdentity.RunAsync(new(app.Customer, row.Id, new("Gazette", row.Email)), db, app.Clock, CancellationToken.None);
        (await ListSenderIdentities.RunAsync(app.Customer, db, CancellationToken.None)).Single().Name.ShouldBe("Gazette");
        (await DeleteSenderIdentity.RunAsync(new(app.Customer, added.Value!.Id), db, CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Identity_that_could_inject_a_header_is_refused()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var result = await SaveSenderIdentity.RunAsync(
            new(app.Customer, null, new("A\r\nBcc: x@example.net", "a@example.com\nBcc: x", "not-an-address")),
            db,
            app.Clock,
            CancellationToken.None
        );
        result.Faults.ShouldNotBeNull().ByField.Keys.ShouldBe(["Email", "Name", "ReplyTo"]);
    }
}
