using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class SnsAuthenticationTests
{
    private const string Topic = "arn:aws:sns:eu-west-3:123456789012:lettres";
    private const string CertificateUrl =
        "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem";

    // Made once: finding the primes takes longer than all tests together.
    private static readonly RSA _key = RSA.Create(2048);
    private static readonly string _pem = Pem(_key);

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void Both_versions_of_the_signature_verify(string version)
    {
        var result = Read(Notification(version: version));

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Events.Single().Event.ShouldBe(CallbackEventKind.Sent);
        result.Subscription.ShouldBeNull();
    }

    [Fact]
    public void Subject_is_signed_when_there_is_one()
    {
        Read(Notification(subject: "Été")).Authenticated.ShouldBeTrue();
        Read(Altered(Notification(subject: "Été"), "Subject", "Ete")).Authenticated.ShouldBeFalse();
        Read(Altered(Notification(), "Subject", "added")).Authenticated.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Message", "{\"eventType\":\"Bounce\"}")]
    [InlineData("MessageId", "x")]
    [InlineData("Timestamp", "2025-07-25T09:00:00.000Z")]
    [InlineData("Type", "SubscriptionConfirmation")]
    [InlineData("SignatureVersion", "2")]
    [InlineData("SignatureVersion", "3")]
    [InlineData("Signature", "AAAA")]
    [InlineData("Signature", "%")]
    [InlineData("Signature", "")]
    public void Altered_field_is_refused(string field, string value) =>
        Read(Altered(Notification(), field, value)).Authenticated.ShouldBeFalse();

    [Fact]
    public void Other_topic_is_refused_although_its_signature_is_good()
    {
        var result = Read(Notification(topic: "arn:aws:sns:eu-west-3:999999999999:stranger"));

        result.Authenticated.ShouldBeFalse();
        result.Refusal!.ShouldContain("topic");
    }

    [Fact]
    public void Several_topics_may_be_configured() =>
        Calls.Read("ses", Call(Notification()), Secret($"arn:aws:sns:eu-west-1:1:x, {Topic}")).Authenticated.ShouldBeTrue();

    [Theory]
    [InlineData("https://sns.us-gov-west-1.amazonaws.com/a.pem", true)]
    [InlineData("https://sns.cn-north-1.amazonaws.com.cn/a.pem", true)]
    [InlineData("http://sns.eu-west-3.amazonaws.com/a.pem", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com:8443/a.pem", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com/a.txt", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com/?x=a.pem", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com/a.pem?x=1", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com/a.pem#x", false)]
    [InlineData("https://u@sns.eu-west-3.amazonaws.com/a.pem", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com@evil.example/a.pem", false)]
    [InlineData("https://sns.eu-west-3.amazonaws.com.evil.example/a.pem", false)]
    [InlineData("https://evil.example/sns.eu-west-3.amazonaws.com/a.pem", false)]
    [InlineData("https://evilsns.eu-west-3.amazonaws.com/a.pem", false)]
    [InlineData("https://bucket.s3.amazonaws.com/a.pem", false)]
    [InlineData("https://sns.eu-west-3.s3.amazonaws.com/a.pem", false)]
    [InlineData("https://sns.eu-west-3\u002eamazonaws\u3002com/a.pem", true)]
    [InlineData("//sns.eu-west-3.amazonaws.com/a.pem", false)]
    [InlineData("file:///etc/passwd.pem", false)]
    [InlineData("", false)]
    public void Certificate_is_fetched_only_from_the_provider(string url, bool allowed)
    {
        var asked = new List<Uri>();
        var secret = Secret(Topic) with
        {
            SigningCertificate = u =>
            {
                asked.Add(u);
                return _pem;
            },
        };
        var call = Call(Notification(certificateUrl: url));

        Calls.Read("ses", call, secret).Authenticated.ShouldBe(allowed);
        asked.Count.ShouldBe(allowed ? 1 : 0);
        (CallbackReader.For("ses")!.CertificateUrl(call) is not null).ShouldBe(allowed);
        asked.ShouldAllBe(u => u.IdnHost.StartsWith("sns.", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_certificate_the_signature_cannot_be_checked()
    {
        Calls.Read("ses", Call(Notification()), new CallbackSecret(Topic)).Refusal!.ShouldContain("cannot be obtained");
        Calls.Read("ses", Call(Notification()), Secret(Topic) with { SigningCertificate = _ => null }).Authenticated.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("words")]
    public void Unreadable_certificate_is_refused(string pem) =>
        Calls
            .Read("ses", Call(Notification()), Secret(Topic) with { SigningCertificate = _ => pem })
            .Refusal!.ShouldContain("cannot be read");

    [Fact]
    public void Certificate_out_of_its_time_is_refused()
    {
        Calls
            .Read("ses", Call(Notification()) with { ReceivedAt = Calls.Now.AddYears(3) }, Secret(Topic))
            .Refusal!.ShouldContain("not valid now");
        Calls.Read("ses", Call(Notification()) with { ReceivedAt = Calls.Now.AddYears(-3) }, Secret(Topic)).Authenticated.ShouldBeFalse();
    }

    [Fact]
    public void Certificate_with_another_kind_of_key_is_refused()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=sns.amazonaws.com", curve, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(Calls.Now.AddDays(-1), Calls.Now.AddDays(1));
        var pem = certificate.ExportCertificatePem();

        Calls.Read("ses", Call(Notification()), Secret(Topic) with { SigningCertificate = _ => pem }).Refusal!.ShouldContain("no RSA key");
    }

    [Fact]
    public void Certificate_of_another_key_is_refused()
    {
        using var other = RSA.Create(2048);
        Calls
            .Read("ses", Call(Notification()), Secret(Topic) with { SigningCertificate = _ => Pem(other) })
            .Refusal!.ShouldContain("does not match");
    }

    [Fact]
    public void Subscription_to_a_configured_topic_may_be_confirmed()
    {
        var result = Read(Subscription());

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Events.ShouldBeEmpty();
        result.Subscription.ShouldBe(
            new SnsSubscription(
                "SubscriptionConfirmation",
                Topic,
                new Uri("https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&Token=t"),
                TopicConfigured: true
            )
        );
    }

    [Fact]
    public void Subscription_to_another_topic_is_told_and_not_configured()
    {
        var result = Read(Subscription(topic: "arn:aws:sns:eu-west-3:1:stranger"));

        result.Authenticated.ShouldBeFalse();
        result.Subscription!.TopicConfigured.ShouldBeFalse();
    }

    [Fact]
    public void Password_alone_does_not_make_a_topic_a_configured_one()
    {
        var result = Calls.Read("ses", Call(Subscription(), ("Authorization", "Basic YTpi")), new CallbackSecret("a:b"));

        result.Accepted.ShouldBeTrue(result.Refusal);
        result.Subscription!.TopicConfigured.ShouldBeFalse();
    }

    [Fact]
    public void Confirming_address_elsewhere_is_not_given()
    {
        var result = Read(Subscription(subscribeUrl: "https://169.254.169.254/latest"));

        result.Subscription!.SubscribeUrl.ShouldBeNull();
        result.Subscription.TopicConfigured.ShouldBeTrue();
    }

    [Fact]
    public void Raw_delivery_is_believed_only_with_a_password()
    {
        const string raw = """{"eventType":"Send","mail":{"messageId":"1"}}""";
        var secret = new CallbackSecret("a:b", Topic);

        Calls.Read("ses", Calls.Post(raw, ("Authorization", "Basic YTpi")), secret).Accepted.ShouldBeTrue();
        Calls.Read("ses", Calls.Post(raw), secret).Refusal.ShouldBe("The call is no signed message of a topic.");
    }

    [Fact]
    public void Signature_counts_when_password_and_topic_are_both_configured() =>
        Calls.Read("ses", Call(Notification()), Secret("a:b", Topic)).Authenticated.ShouldBeTrue();

    [Fact]
    public void Topic_of_Scaleway_is_checked_at_its_own_host()
    {
        const string topic = "arn:scw:sns:fr-par:project-1:lettres";
        const string message = """{"type":"email_delivered","email_id":"1"}""";
        var good = Notification(topic: topic, message: message, certificateUrl: "https://sns.mnq.fr-par.scaleway.com/cert.pem");
        var amazon = Notification(topic: topic, message: message);

        Calls.Read("scaleway", Call(good), Secret(topic)).Accepted.ShouldBeTrue();
        Calls.Read("scaleway", Call(amazon), Secret(topic)).Authenticated.ShouldBeFalse();
    }

    [Fact]
    public void Provider_without_topics_has_no_certificate() =>
        CallbackReader.For("postmark")!.CertificateUrl(Call(Notification())).ShouldBeNull();

    private static CallbackResult Read(JsonObject message) => Calls.Read("ses", Call(message), Secret(Topic));

    private static CallbackSecret Secret(string primary, string? secondary = null) =>
        new(primary, secondary) { SigningCertificate = _ => _pem };

    private static CallbackRequest Call(JsonObject message, params (string, string)[] headers) =>
        Calls.Post(message.ToJsonString(), headers);

    private static JsonObject Altered(JsonObject message, string field, string value)
    {
        message[field] = value;
        return message;
    }

    private static JsonObject Notification(
        string topic = Topic,
        string message = """{"eventType":"Send","mail":{"messageId":"1","destination":["zoé@exemple.fr"]}}""",
        string? subject = null,
        string version = "1",
        string certificateUrl = CertificateUrl
    )
    {
        var notification = new JsonObject
        {
            ["Type"] = "Notification",
            ["MessageId"] = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            ["TopicArn"] = topic,
            ["Message"] = message,
            ["Timestamp"] = "2025-07-25T08:00:06.000Z",
            ["SignatureVersion"] = version,
            ["SigningCertURL"] = certificateUrl,
        };
        if (subject is not null)
            notification["Subject"] = subject;
        return Sign(notification, ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]);
    }

    private static JsonObject Subscription(
        string topic = Topic,
        string subscribeUrl = "https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    ) =>
        Sign(
            new JsonObject
            {
                ["Type"] = "SubscriptionConfirmation",
                ["MessageId"] = "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
                ["Token"] = "2336412f37",
                ["TopicArn"] = topic,
                ["Message"] = "You have chosen to subscribe.",
                ["SubscribeURL"] = subscribeUrl,
                ["Timestamp"] = "2025-07-25T08:00:06.000Z",
                ["SignatureVersion"] = "1",
                ["SigningCertURL"] = CertificateUrl,
            },
            ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        );

    private static JsonObject Sign(JsonObject message, string[] fields)
    {
        var text = string.Concat(fields.Where(f => message[f] is not null).Select(f => $"{f}\n{message[f]!.GetValue<string>()}\n"));
        var hash = message["SignatureVersion"]!.GetValue<string>() == "2" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        message["Signature"] = Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(text), hash, RSASignaturePadding.Pkcs1));
        return message;
    }

    private static string Pem(RSA key)
    {
        var request = new CertificateRequest("CN=sns.amazonaws.com", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Calls.Now.AddYears(-1), Calls.Now.AddYears(1));
        return certificate.ExportCertificatePem();
    }
}
