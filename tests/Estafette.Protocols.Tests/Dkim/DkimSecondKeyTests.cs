using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Tests.Dkim;

public sealed class DkimSecondKeyTests
{
    private static readonly DkimEd25519Key Key = DkimEd25519Key.Generate();

    [Fact]
    public async Task Both_signatures_verify_and_each_breaks_by_itself()
    {
        using var signer = new DkimSigner("x.test", "s1", DkimSignerTests.Key.PrivateKeyPem, new DkimSecondKey("s2", Key.PrivateKeyPem));
        var zone = new ZoneLookup()
            .Add("s1._domainkey.x.test", DnsRecordType.Txt, DkimSignerTests.Key.RecordValue)
            .Add("s2._domainkey.x.test", DnsRecordType.Txt, Key.RecordValue);

        var signed = DkimSignerTests.Sign(signer, DkimForge.Message);

        (await DkimForge.VerifyAsync(signed, zone))
            .Select(v => (v.Algorithm, v.Selector, v.Reason))
            .ShouldBe([("rsa-sha256", "s1", "good signature"), ("ed25519-sha256", "s2", "good signature")]);
        (await DkimForge.VerifyAsync(signed.Replace("Suzie", "Susie"), zone)).ShouldAllBe(v => v.Outcome == DkimOutcome.Fail);
    }

    [Fact]
    public void Keys_are_read_back_and_do_not_show_their_secret()
    {
        var read = DkimEd25519Key.FromPem(Key.PrivateKeyPem);
        read.RecordValue.ShouldBe(Key.RecordValue);
        DkimKeyRecord.Compare([read.RecordValue], Key.RecordValue).Match.ShouldBe(DkimKeyMatch.Ok);
        Key.ToString().ShouldNotContain("PRIVATE");
        new DkimSecondKey("s2", Key.PrivateKeyPem).ToString().ShouldNotContain("PRIVATE");
    }

    // RFC 8410 §10.3: a private key as printed there, and its public half.
    [Fact]
    public void Key_of_the_RFC_is_read() =>
        DkimEd25519Key
            .FromPem(
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----"
            )
            .RecordValue.ShouldBe("v=DKIM1; k=ed25519; p=Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");

    [Fact]
    public void What_is_no_key_and_one_selector_for_both_are_refused()
    {
        Should.Throw<ArgumentException>(() => DkimEd25519Key.FromPem("hello"));
        Should.Throw<ArgumentException>(() => DkimEd25519Key.FromPem(DkimSignerTests.Key.PrivateKeyPem)).Message.ShouldContain("Ed25519");
        Should
            .Throw<ArgumentException>(() =>
                new DkimSigner("x.test", "s1", DkimSignerTests.Key.PrivateKeyPem, new DkimSecondKey("S1", Key.PrivateKeyPem))
            )
            .Message.ShouldContain("'s1'");
    }
}
