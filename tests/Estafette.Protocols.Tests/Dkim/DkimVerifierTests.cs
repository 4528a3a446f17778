using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Tests.Dkim;

public sealed class DkimVerifierTests
{
    private const string Good = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=x.test; s=s1; h=from:to:subject:date:received; bh={bh}; b={b}";

    public static TheoryData<string, string> Shapes =>
        [
            .. from algorithm in (string[])["rsa-sha256; s=s1", "ed25519-sha256; s=s2"]
            from c in (string[])["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed", "simple"]
            select (algorithm, c),
        ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Signatures_of_every_shape_verify(string algorithm, string canonicalisation)
    {
        var signed = DkimForge.Sign(
            $"v=1; a={algorithm}; c={canonicalisation}; d=x.test;\r\n\th=From : To:subject:date;\r\n bh={{bh}};\r\n b={{b}}"
        );

        (await DkimForge.VerifyOneAsync(signed)).Outcome.ShouldBe(DkimOutcome.Pass);
        (await DkimForge.VerifyOneAsync(signed.Replace("We lost", "We won"))).Reason.ShouldBe("body hash did not verify");
        (await DkimForge.VerifyOneAsync(signed.Replace("dinner", "supper"))).Reason.ShouldBe("signature did not verify");
        (await DkimForge.VerifyOneAsync(signed.Replace("\r\n", "\n"))).Outcome.ShouldBe(DkimOutcome.Pass);
    }

    [Theory]
    [InlineData("Is  dinner\r\n ready?", "Is dinner ready?  ", "relaxed/simple", true)]
    [InlineData("Is  dinner\r\n ready?", "Is dinner ready?  ", "simple/relaxed", false)]
    [InlineData("Subject:", "SUBJECT :", "relaxed/simple", true)]
    [InlineData("Subject:", "SUBJECT :", "simple/simple", false)]
    [InlineData("lost  the game.\t\r\n", "lost the game.\r\n", "simple/relaxed", true)]
    [InlineData("lost  the game.\t\r\n", "lost the game.\r\n", "relaxed/simple", false)]
    [InlineData("Joe.\r\n\r\n\r\n", "Joe.\r\n", "simple/simple", true)]
    [InlineData("Joe.\r\n\r\n\r\n", "Joe.", "simple/simple", true)]
    [InlineData("Joe.\r\n\r\n\r\n", "Joe.\r\n \r\n", "simple/simple", false)]
    [InlineData("Joe.\r\n\r\n\r\n", "Joe.\r\n \r\n", "simple/relaxed", true)]
    public async Task Changes_on_the_way_are_borne_as_the_canonicalisation_says(
        string before,
        string after,
        string canonicalisation,
        bool borne
    )
    {
        var signed = DkimForge.Sign(Good.Replace("relaxed/relaxed", canonicalisation));
        signed.ShouldContain(before);

        var verdict = await DkimForge.VerifyOneAsync(signed.Replace(before, after));

        verdict.Outcome.ShouldBe(borne ? DkimOutcome.Pass : DkimOutcome.Fail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\r\n\r\n\r\n")]
    public async Task Empty_bodies_verify(string body)
    {
        foreach (var shape in (string[])["simple/simple", "relaxed/relaxed"])
        {
            var signed = DkimForge.Sign(Good.Replace("relaxed/relaxed", shape), "From: a@x.test\r\n\r\n" + body);
            (await DkimForge.VerifyOneAsync(signed)).Reason.ShouldBe("good signature");
        }
    }

    [Fact]
    public async Task A_message_without_blank_line_has_an_empty_body()
    {
        var signed = DkimForge.Sign(Good, "From: a@x.test\r\n\r\n");
        (await DkimForge.VerifyOneAsync(signed[..^2])).Reason.ShouldBe("good signature");
    }

    // RFC 6376 §3.5, l=
    [Fact]
    public async Task A_length_leaves_what_follows_unsigned_and_says_so()
    {
        var signed = DkimForge.Sign(Good + "; l=5");
        (await DkimForge.VerifyOneAsync(signed)).ShouldSatisfyAllConditions(
            v => v.Reason.ShouldBe("good signature"),
            v => v.SignsPartOfBody.ShouldBeTrue()
        );
        (await DkimForge.VerifyOneAsync(signed + "Buy this.\r\n")).Outcome.ShouldBe(DkimOutcome.Pass);
        (await DkimForge.VerifyOneAsync(signed.Replace("Hi.", "Ho."))).Reason.ShouldBe("body hash did not verify");
        (await DkimForge.VerifyOneAsync(signed[..(signed.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)] + "H")).Reason.ShouldBe(
            "the body is shorter than l= says"
        );
    }

    [Fact]
    public async Task A_length_of_the_whole_body_leaves_nothing_unsigned()
    {
        const string Body = "Hello\r\n";
        foreach (var shape in (string[])["simple/simple", "relaxed/relaxed"])
        {
            var signed = DkimForge.Sign(Good.Replace("relaxed/relaxed", shape) + $"; l={Body.Length}", "From: a@x.test\r\n\r\n" + Body);
            var verdict = await DkimForge.VerifyOneAsync(signed);
            verdict.Outcome.ShouldBe(DkimOutcome.Pass);
            verdict.SignsPartOfBody.ShouldBeFalse();
            (await DkimForge.VerifyOneAsync(signed + "More.\r\n")).SignsPartOfBody.ShouldBeTrue();
        }
    }

    // RFC 6376 §5.4.2
    [Fact]
    public async Task Repeated_fields_are_taken_from_the_bottom_and_absent_ones_sign_their_absence()
    {
        const string Text = "X: 1\r\nX: 2\r\nX: 3\r\nFrom: a@x.test\r\n\r\nbody\r\n";
        var two = DkimForge.Sign(Good.Replace("h=from:to", "h=x:from:X:to"), Text);
        (await DkimForge.VerifyOneAsync(two)).Outcome.ShouldBe(DkimOutcome.Pass);
        (await DkimForge.VerifyOneAsync(two.Replace("X: 1", "X: 9"))).Outcome.ShouldBe(DkimOutcome.Pass);
        (await DkimForge.VerifyOneAsync(two.Replace("X: 2", "X: 9"))).Outcome.ShouldBe(DkimOutcome.Fail);
        (await DkimForge.VerifyOneAsync(two.Replace("X: 3", "X: 9"))).Outcome.ShouldBe(DkimOutcome.Fail);
        (await DkimForge.VerifyOneAsync(two.Replace("X: 1", "To: eve@x.test\r\nX: 1"))).Outcome.ShouldBe(DkimOutcome.Fail);

        var oversigned = DkimForge.Sign(Good.Replace("h=from", "h=from:from"), Text);
        (await DkimForge.VerifyOneAsync(oversigned)).Outcome.ShouldBe(DkimOutcome.Pass);
        (await DkimForge.VerifyOneAsync("From: eve@x.test\r\n" + oversigned)).Outcome.ShouldBe(DkimOutcome.Fail);
    }

    [Fact]
    public async Task Signatures_may_sign_other_signatures_and_never_themselves()
    {
        var first = DkimForge.Sign(Good);
        var second = DkimForge.Sign(Good.Replace("h=from", "h=dkim-signature:from"), first);

        var verdicts = await DkimForge.VerifyAsync(second);

        verdicts.Select(v => v.Outcome).ShouldBe([DkimOutcome.Pass, DkimOutcome.Pass]);
        (await DkimForge.VerifyAsync(second.Replace("s=s1; h=from", "s=s1;  h=from")))
            .Select(v => v.Outcome)
            .ShouldBe([DkimOutcome.Pass, DkimOutcome.Pass]);
        (await DkimForge.VerifyAsync(second.Replace("s=s1; h=from", "s=s1; q=dns/txt; h=from")))
            .Select(v => v.Outcome)
            .ShouldBe([DkimOutcome.Fail, DkimOutcome.Fail]);
    }

    [Theory]
    [InlineData("v=1", "v=2", "its version is not 1")]
    [InlineData("v=1; ", "", "tag v is missing")]
    [InlineData("d=x.test; ", "", "tag d is missing")]
    [InlineData("s=s1; ", "", "tag s is missing")]
    [InlineData("bh={bh}; ", "", "tag bh is missing")]
    [InlineData("b={b}", "b=", "tag b is missing")]
    [InlineData("b={b}", "b=!!", "its signature is not base64")]
    [InlineData("bh={bh}", "bh=AAAA", "its body hash is not base64 of 32 bytes")]
    [InlineData("rsa-sha256", "rsa-sha1", "rsa-sha1 is no longer accepted (RFC 8301)")]
    [InlineData("rsa-sha256", "dsa-sha256", "its algorithm is unknown")]
    [InlineData("relaxed/relaxed", "nowsp", "its canonicalisation is unknown")]
    [InlineData("relaxed/relaxed", "relaxed/relaxed/relaxed", "its canonicalisation is unknown")]
    [InlineData("h=from:", "q=finger; h=from:", "its key is not in the DNS")]
    [InlineData("h=from:", "h=", "From is not signed")]
    [InlineData("d=x.test", "d=x..test", "d= is not a domain name")]
    [InlineData("d=x.test", "d=x.test; i=joe@y.test", "i= is not within d=")]
    [InlineData("d=x.test", "d=x.test; i=joe@evilx.test", "i= is not within d=")]
    [InlineData("d=x.test", "d=x.test; i=joe", "i= is not within d=")]
    [InlineData("d=x.test", "d=x.test; l=many", "l= is not a number")]
    [InlineData("d=x.test", "d=x.test; t=-1", "t= is not a number")]
    [InlineData("d=x.test", "d=x.test; t=200; x=200", "it expires before it was made")]
    [InlineData("d=x.test", "d=x.test; d=y.test", "tag d occurs twice")]
    [InlineData("d=x.test", "d=x.test; rubbish", "tag rubbish has no value")]
    [InlineData("d=x.test", "d=x.test; =5", "a value has no tag name")]
    [InlineData("s=s1", "s=s 9", "no key record at s9._domainkey.x.test")]
    [InlineData("s=s1", "s=s2", "the key at s2._domainkey.x.test is not for rsa")]
    public async Task Unusable_signatures_are_permanent_errors_with_a_reason(string before, string after, string reason)
    {
        Good.ShouldContain(before);
        var tags = Good.Replace(before, after);
        var field = tags.Replace("{bh}", Convert.ToBase64String(new byte[32])).Replace("{b}", "AAAA");

        var verdict = await DkimForge.VerifyOneAsync("DKIM-Signature: " + field + "\r\n" + DkimForge.Message);

        verdict.Outcome.ShouldBe(DkimOutcome.PermError);
        verdict.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("i=joe@x.test", true)]
    [InlineData("i=@x.test", true)]
    [InlineData("i=a=20b@news.X.test", true)]
    [InlineData("q=dns/txt", true)]
    [InlineData("q=new : dns/txt", true)]
    [InlineData("z=From:foo@eng.test|To:joe@y.test|Subject:demo=20run", true)]
    [InlineData("nonsense=_(^", true)]
    [InlineData("t=1795341600", true)]
    [InlineData("t=9999999999", true)]
    [InlineData("x=1795341600", true)]
    [InlineData("x=1795341599", false)]
    [InlineData("t=5; x=99999999999999999999999999", true)]
    public async Task Optional_tags_are_heeded(string tag, bool passes)
    {
        var verdict = await DkimForge.VerifyOneAsync(DkimForge.Sign(Good.Replace("h=from", tag + "; h=from")));
        verdict.Reason.ShouldBe(passes ? "good signature" : "the signature has expired");
        verdict.Outcome.ShouldBe(passes ? DkimOutcome.Pass : DkimOutcome.Fail);
    }

    [Theory]
    [InlineData("v=DKIM1; p={p}", "good signature")]
    [InlineData("p={p}", "good signature")]
    [InlineData("v=DKIM1; k=rsa; h=sha1:sha256; s=email; t=y:s; n=note; g=*; p={p};", "good signature")]
    [InlineData(" v = DKIM1 ;\t p = {p} ; ", "good signature")]
    [InlineData("v=DKIM1; p=", "the key at s1._domainkey.x.test is revoked")]
    [InlineData("v=DKIM1; h=sha1; p={p}", "the key at s1._domainkey.x.test is not for mail signed with SHA-256")]
    [InlineData("v=DKIM1; s=tlsrpt; p={p}", "the key at s1._domainkey.x.test is not for mail signed with SHA-256")]
    [InlineData("v=DKIM1; k=dsa; p={p}", "the key at s1._domainkey.x.test is not for rsa")]
    [InlineData("v=DKIM1; p=AAAA", "the key at s1._domainkey.x.test is no RSA key")]
    [InlineData("v=DKIM1; p=!", "no readable key record at s1._domainkey.x.test: its key is not base64")]
    [InlineData("v=DKIM2; p={p}", "no readable key record at s1._domainkey.x.test: its version is not DKIM1")]
    [InlineData("p={p}; v=DKIM1", "no readable key record at s1._domainkey.x.test: its version is not DKIM1")]
    [InlineData("v=spf1 -all", "no readable key record at s1._domainkey.x.test: its version is not DKIM1")]
    [InlineData("hello", "no readable key record at s1._domainkey.x.test: tag hello has no value")]
    [InlineData("v=DKIM1; k=rsa", "no readable key record at s1._domainkey.x.test: tag p is missing")]
    public async Task Key_records_are_heeded(string record, string reason)
    {
        var value = record.Replace("{p}", DkimSignerTests.Key.RecordValue.Split("p=")[1]);
        var zone = new ZoneLookup().Add("s1._domainkey.x.test", DnsRecordType.Txt, value);

        var verdict = await DkimForge.VerifyOneAsync(DkimForge.Sign(Good), zone);

        verdict.Reason.ShouldBe(reason);
        verdict.Outcome.ShouldBe(reason == "good signature" ? DkimOutcome.Pass : DkimOutcome.PermError);
        verdict.IsTest.ShouldBe(record.Contains("t=y"));
    }

    [Fact]
    public async Task A_strict_key_takes_no_identity_below_the_domain()
    {
        var zone = new ZoneLookup().Add("s1._domainkey.x.test", DnsRecordType.Txt, DkimSignerTests.Key.RecordValue + "; t=s");
        var below = DkimForge.Sign(Good.Replace("h=from", "i=joe@news.x.test; h=from"));
        var same = DkimForge.Sign(Good.Replace("h=from", "i=joe@X.test; h=from"));

        (await DkimForge.VerifyOneAsync(below, zone)).Reason.ShouldBe("the key at s1._domainkey.x.test does not allow i= below d=");
        (await DkimForge.VerifyOneAsync(same, zone)).Outcome.ShouldBe(DkimOutcome.Pass);
    }

    [Fact]
    public async Task Of_several_records_the_good_one_counts()
    {
        var zone = new ZoneLookup()
            .Add("s1._domainkey.x.test", DnsRecordType.Txt, "v=spf1 -all")
            .Add("s1._domainkey.x.test", DnsRecordType.Txt, "v=DKIM1; p=")
            .Add("s1._domainkey.x.test", DnsRecordType.Txt, DkimSignerTests.Key.RecordValue);
        (await DkimForge.VerifyOneAsync(DkimForge.Sign(Good), zone)).Outcome.ShouldBe(DkimOutcome.Pass);
    }

    [Fact]
    public async Task Keys_behind_an_alias_and_keys_in_the_form_of_the_RFC_are_used()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(DkimSignerTests.Key.PrivateKeyPem);
        var zone = new ZoneLookup()
            .Add("s1._domainkey.x.test", DnsRecordType.Cname, "keys.z.test")
            .Add("keys.z.test", DnsRecordType.Txt, "v=DKIM1; p=" + Convert.ToBase64String(rsa.ExportRSAPublicKey()));
        (await DkimForge.VerifyOneAsync(DkimForge.Sign(Good), zone)).Outcome.ShouldBe(DkimOutcome.Pass);
    }

    [Fact]
    public async Task A_failing_look_up_is_a_temporary_error_and_no_record_a_permanent_one()
    {
        var signed = DkimForge.Sign(Good);
        (await DkimForge.VerifyOneAsync(signed, new ZoneLookup().Fail("s1._domainkey.x.test"))).ShouldSatisfyAllConditions(
            v => v.Outcome.ShouldBe(DkimOutcome.TempError),
            v => v.Word.ShouldBe("temperror"),
            v => v.Reason.ShouldBe("no answer for s1._domainkey.x.test")
        );
        (await DkimForge.VerifyOneAsync(signed, new ZoneLookup())).ShouldSatisfyAllConditions(
            v => v.Outcome.ShouldBe(DkimOutcome.PermError),
            v => v.Reason.ShouldBe("no key record at s1._domainkey.x.test")
        );
    }

    [Theory]
    [InlineData(768, DkimOutcome.PermError)]
    [InlineData(1024, DkimOutcome.Pass)]
    public async Task Weak_RSA_keys_are_permanent_errors(int bits, DkimOutcome outcome)
    {
        using var key = RSA.Create(bits);
        var record = "v=DKIM1; p=" + Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        var verdict = await DkimForge.VerifyOneAsync(
            DkimForge.Sign(Good, key: key),
            new ZoneLookup().Add("s1._domainkey.x.test", DnsRecordType.Txt, record)
        );
        verdict.Outcome.ShouldBe(outcome);
        verdict.KeyBits.ShouldBe(bits);
    }

    [Fact]
    public async Task Eleven_signatures_are_ten_checked_and_one_reported()
    {
        var zone = DkimForge.Zone();
        var message = DkimForge.Message;
        for (var i = 0; i < 11; i++)
            message = DkimForge.Sign(Good, message);

        var verdicts = await DkimForge.VerifyAsync(message, zone);

        verdicts.Take(10).ShouldAllBe(v => v.Outcome == DkimOutcome.Pass);
        verdicts[10].ShouldBe(new DkimVerdict("x.test", "s1", DkimOutcome.PermError, "not checked: more than 10 signatures"));
        zone.Questions.ShouldBe(10);
    }

    [Fact]
    public async Task An_unsigned_message_has_no_verdict_and_our_own_signer_passes()
    {
        (await DkimForge.VerifyAsync(DkimForge.Message)).ShouldBeEmpty();
        (await DkimForge.VerifyAsync("")).ShouldBeEmpty();
        using var signer = new DkimSigner("x.test", "s1", DkimSignerTests.Key.PrivateKeyPem);
        var verdict = await DkimForge.VerifyOneAsync(DkimSignerTests.Sign(signer, DkimForge.Message));
        verdict.ShouldBe(
            new DkimVerdict("x.test", "s1", DkimOutcome.Pass, "good signature")
            {
                Identity = "@x.test",
                Algorithm = "rsa-sha256",
                KeyBits = 2048,
            }
        );
    }

    [Fact]
    public async Task Lines_without_a_colon_do_not_hide_a_signature()
    {
        var signed = DkimForge.Sign(Good);
        (await DkimForge.VerifyOneAsync("rubbish\r\n: more\r\n" + signed)).Outcome.ShouldBe(DkimOutcome.Pass);
    }

    [Fact]
    public async Task A_signature_that_lists_a_name_a_hundred_thousand_times_is_one_walk()
    {
        var names = string.Concat(Enumerable.Repeat("x:", 100_000)) + "from";
        var fields = string.Concat(Enumerable.Repeat("X: 1\r\n", 50_000));
        var signed = DkimForge.Sign(Good);
        var hostile =
            $"DKIM-Signature: v=1; a=rsa-sha256; d=x.test; s=s1; h={names}; bh=" + Convert.ToBase64String(new byte[32]) + "; b=AAAA\r\n";
        var verdicts = await DkimForge.VerifyAsync(hostile + fields + signed);
        verdicts.Select(v => v.Outcome).ShouldBe([DkimOutcome.Fail, DkimOutcome.Pass]);
    }

    // Changes of single bytes, of many shapes; the oracle is that nothing is thrown and that nothing signed may change.
    [Fact]
    public async Task Damaged_messages_and_records_never_throw()
    {
        var random = new Random(17);
        byte[][] messages =
        [
            Encoding.UTF8.GetBytes(DkimForge.Sign(Good)),
            Encoding.UTF8.GetBytes(
                DkimForge.Sign("v=1; a=ed25519-sha256; d=x.test; s=s2; c=simple/relaxed; l=9; h=from:to; bh={bh}; b={b}")
            ),
        ];
        var clock = new Estafette.Testing.FakeTimeProvider(DkimForge.Now);
        for (var round = 0; round < 4000; round++)
        {
            var message = Damage(random, messages[round % messages.Length]);
            var record = Encoding.Latin1.GetString(Damage(random, Encoding.Latin1.GetBytes(DkimSignerTests.Key.RecordValue)));
            var zone = round % 3 == 0 ? DkimForge.Zone() : new ZoneLookup().Add("s1._domainkey.x.test", DnsRecordType.Txt, record);
            var verdicts = await DkimVerifier.VerifyAsync(message, zone, clock, TestContext.Current.CancellationToken);
            verdicts.ShouldAllBe(v => v.Reason.Length > 0);
        }
    }

    private static byte[] Damage(Random random, byte[] bytes)
    {
        var list = bytes.ToList();
        for (var n = random.Next(1, 6); n > 0 && list.Count > 0; n--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(4))
            {
                case 0:
                    list[at] = (byte)random.Next(256);
                    break;
                case 1:
                    list.RemoveAt(at);
                    break;
                case 2:
                    list.Insert(at, (byte)"\r\n;=: \t\0"[random.Next(8)]);
                    break;
                default:
                    list.RemoveRange(at, Math.Min(random.Next(40), list.Count - at));
                    break;
            }
        }
        return [.. list];
    }
}
