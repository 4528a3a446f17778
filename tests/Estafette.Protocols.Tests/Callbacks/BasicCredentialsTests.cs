using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class BasicCredentialsTests
{
    private const string Body = """{"event":"delivered","RecordType":"Delivery","type":"email_delivered","eventType":"Send","msys":{}}""";

    public static TheoryData<string> ProvidersWithPassword() => ["postmark", "brevo", "mailjet", "sparkpost", "ses", "scaleway"];

    [Theory]
    [MemberData(nameof(ProvidersWithPassword))]
    public void Right_user_and_password_are_accepted(string provider)
    {
        var result = Calls.Read(provider, Call("estafette:s3cret:é"), new CallbackSecret("estafette:s3cret:é"));

        result.Accepted.ShouldBeTrue(result.Refusal);
    }

    [Theory]
    [MemberData(nameof(ProvidersWithPassword))]
    public void Wrong_password_and_no_password_are_refused(string provider)
    {
        var secret = new CallbackSecret("estafette:s3cret");

        Calls.Read(provider, Call("estafette:s3cres"), secret).Refusal.ShouldBe("User and password are wrong.");
        Calls.Read(provider, Call("estafette:"), secret).Authenticated.ShouldBeFalse();
        Calls.Read(provider, Calls.Post(Body), secret).Refusal.ShouldBe("The call carries no user and password.");
        Calls.Read(provider, Call("estafette:s3cret"), CallbackSecret.None).Refusal!.ShouldContain("disabled");
    }

    [Fact]
    public void Second_password_is_accepted_during_a_rotation() =>
        Calls.Read("brevo", Call("a:old"), new CallbackSecret("a:new", "a:old")).Authenticated.ShouldBeTrue();

    [Theory]
    [InlineData("https://estafette:s3%40cret@envoi.exemple.fr/x", true)]
    [InlineData("https://estafette:s3cret@envoi.exemple.fr/x", false)]
    [InlineData("https://envoi.exemple.fr/estafette:s3%40cret@x", false)]
    [InlineData("https://envoi.exemple.fr?estafette:s3%40cret@x", false)]
    [InlineData("estafette:s3@cret@x", false)]
    public void Credentials_may_stand_in_the_address(string url, bool authentic) =>
        Calls.Read("brevo", Calls.Post(Body) with { Url = url }, new CallbackSecret("estafette:s3@cret")).Authenticated.ShouldBe(authentic);

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic %%%")]
    [InlineData("Bearer YTpi")]
    [InlineData("YTpi")]
    public void Other_forms_of_authorization_are_refused(string header) =>
        Calls.Read("brevo", Calls.Post(Body, ("Authorization", header)), new CallbackSecret("a:b")).Authenticated.ShouldBeFalse();

    [Fact]
    public void Scheme_may_be_written_in_any_case() =>
        Calls.Read("brevo", Calls.Post(Body, ("authorization", "BASIC YTpi")), new CallbackSecret("a:b")).Authenticated.ShouldBeTrue();

    [Fact]
    public void Two_authorizations_are_refused() =>
        Calls
            .Read("brevo", Calls.Post(Body, ("Authorization", "Basic YTpi"), ("authorization", "Basic YTpi")), new CallbackSecret("a:b"))
            .Authenticated.ShouldBeFalse();

    [Fact]
    public void Neither_secret_nor_request_prints_what_it_hides()
    {
        new CallbackSecret("a:b-hidden-one").ToString().ShouldNotContain("hidden-one");
        (Call("a:b") with { Url = "https://u:p-hidden-one@x/" }).ToString().ShouldNotContain("hidden-one");
    }

    private static CallbackRequest Call(string credentials) =>
        Calls.Post(Body, ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))));
}
