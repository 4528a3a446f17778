using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Dkim;

namespace Estafette.Protocols.Tests.Dkim;

public sealed class DkimKeyRecordTests
{
    private static readonly string Ours = DkimSignerTests.Key.RecordValue;
    private static readonly string OurKey = Ours.Split("p=")[1];

    [Fact]
    public void All_tags_are_read()
    {
        var record = DkimKeyRecord.Parse(
            "v=DKIM1; k=rsa; h=sha1 : sha256; s=email:other; t=y:s; n=for people; x=unknown; p=AA AA",
            out var problem
        );

        problem.ShouldBeNull();
        record.ShouldNotBeNull();
        record.Hashes.ShouldBe(["sha1", "sha256"]);
        record.Services.ShouldBe(["email", "other"]);
        (record.IsTest, record.IsStrict, record.Notes, record.ServesMail).ShouldBe((true, true, "for people", true));
        record.PublicKey.ToArray().ShouldBe(new byte[3]);
    }

    [Fact]
    public void Absent_tags_have_the_defaults_of_the_RFC()
    {
        var record = DkimKeyRecord.Parse("p=AAAA", out _)!;
        (record.KeyType, record.IsTest, record.IsStrict, record.IsRevoked, record.ServesMail).ShouldBe(("rsa", false, false, false, true));
    }

    [Theory]
    [InlineData("v=DKIM1; k=rsa; p={p}", DkimKeyMatch.Ok, null)]
    [InlineData("p={p}", DkimKeyMatch.Ok, null)]
    [InlineData("v=DKIM1;p={spaced};", DkimKeyMatch.Ok, null)]
    [InlineData("v=DKIM1; p={pkcs1}", DkimKeyMatch.Ok, null)]
    [InlineData("v=DKIM1; t=y; p={p}", DkimKeyMatch.Ok, null)]
    [InlineData("v=DKIM1; p=", DkimKeyMatch.Revoked, "the key is revoked")]
    [InlineData("v=DKIM1; p=AAAA", DkimKeyMatch.Different, "another key")]
    [InlineData("v=DKIM1; k=ed25519; p={p}", DkimKeyMatch.Different, "another key")]
    [InlineData("v=DKIM1; h=sha1; p={p}", DkimKeyMatch.Different, "the record forbids the key for mail signed with SHA-256")]
    [InlineData("v=DKIM1; s=web; p={p}", DkimKeyMatch.Different, "the record forbids the key for mail signed with SHA-256")]
    [InlineData("v=DKIM2; p={p}", DkimKeyMatch.Different, "its version is not DKIM1")]
    [InlineData("k=rsa", DkimKeyMatch.Different, "tag p is missing")]
    [InlineData("hello world", DkimKeyMatch.Different, "a tag has a name with other characters than letters, digits and underscores")]
    [InlineData("", DkimKeyMatch.Different, "tag p is missing")]
    public void Published_records_are_compared_with_ours(string published, DkimKeyMatch match, string? problem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(DkimSignerTests.Key.PrivateKeyPem);
        var value = published
            .Replace("{p}", OurKey)
            .Replace("{spaced}", string.Join(" ", OurKey.Chunk(40).Select(c => new string(c))))
            .Replace("{pkcs1}", Convert.ToBase64String(rsa.ExportRSAPublicKey()));

        DkimKeyRecord.Compare([value], Ours).ShouldBe(new DkimKeyComparison(match, problem));
    }

    [Fact]
    public void Nothing_published_is_missing_and_several_keys_are_told()
    {
        DkimKeyRecord.Compare([], Ours).Match.ShouldBe(DkimKeyMatch.Missing);
        DkimKeyRecord.Compare(["v=spf1 -all", Ours], Ours).Match.ShouldBe(DkimKeyMatch.Ok);
        DkimKeyRecord
            .Compare([DkimForge.EdRecord, Ours], Ours)
            .ShouldBe(new DkimKeyComparison(DkimKeyMatch.Different, "2 key records, of which verifiers take any"));
        Should.Throw<ArgumentException>(() => DkimKeyRecord.Compare([Ours], "v=DKIM1"));
    }

    [Fact]
    public void Ed25519_keys_are_compared_too()
    {
        DkimKeyRecord.Compare([DkimForge.EdRecord], DkimForge.EdRecord).Match.ShouldBe(DkimKeyMatch.Ok);
        DkimKeyRecord.Compare([Ours], DkimForge.EdRecord).Match.ShouldBe(DkimKeyMatch.Different);
    }

    [Fact]
    public void Random_text_is_a_record_or_has_a_problem()
    {
        var random = new Random(3);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(12); n > 0; n--)
                text.Append(
                    ((string[])["v=DKIM1", ";", "p=", "k=", "AAAA", "=", " ", "\t", "h=sha256", "é", "\0", "t=y", "rsa"])[random.Next(13)]
                );
            var record = DkimKeyRecord.Parse(text.ToString(), out var problem);
            (record is null).ShouldBe(problem is not null, text.ToString());
            _ = DkimKeyRecord.Compare([text.ToString()], Ours);
        }
    }
}
