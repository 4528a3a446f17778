using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class PreferencesLinkTests
{
    [Theory]
    [InlineData("<p><a href=\"PREFERENCES_URL\">Mes préférences</a></p>")]
    [InlineData("<p><a href=\"https://PREFERENCES_URL\">Mes préférences</a></p>")]
    [InlineData("<p><a href=\"{{preferences_url}}\">Mes préférences</a></p>")]
    public void Link_to_the_preference_centre_is_the_recipients_own_and_not_tracked(string html)
    {
        var content = ContentProcessor.Process(new ContentSource("S", html, null), new ProcessOptions()).Content.ShouldNotBeNull();
        content.Html!.ShouldContain("href=\"{{{__preferences}}}\"");
        content.Text!.ShouldContain("{{{__preferences}}}");
        content.Links.ShouldBeEmpty();
    }

    [Fact]
    public void Its_name_is_no_field_of_the_recipient() =>
        ContentProcessor
            .Process(new ContentSource("S", "<p>{{upper preferences_url}}</p>", null), new ProcessOptions())
            .Content.ShouldBeNull();
}
