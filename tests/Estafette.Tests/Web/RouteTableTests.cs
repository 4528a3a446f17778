using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed partial class RouteTableTests(WebHostFixture web)
{
    private static readonly string[] Open = ["/sign-in", "/not-found"];

    [Fact]
    public async Task Anonymous_visitor_of_any_page_is_sent_to_sign_in()
    {
        using var visitor = web.Host.Visit();
        foreach (var route in Pages().Where(r => !Open.Contains(r, StringComparer.Ordinal)))
        {
            using var answer = await visitor.GetAsync(Fill(route));
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, route);
            answer.Headers.Location!.ToString().ShouldContain("/sign-in?next=", Case.Sensitive, route);
        }
    }

    [Fact]
    public async Task Object_of_another_customer_is_not_found_by_any_address_and_found_by_its_owner()
    {
        var routes = Gets().Where(r => r.Contains("long}", StringComparison.Ordinal)).ToList();
        routes.Count.ShouldBeGreaterThan(15);
        using var stranger = await web.SignInAsync(WebHostFixture.Other);
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        foreach (var route in routes)
        {
            using var refused = await stranger.Http.GetAsync(Fill(route), HttpCompletionOption.ResponseHeadersRead);
            refused.StatusCode.ShouldBe(HttpStatusCode.NotFound, route);
            using var shown = await owner.Http.GetAsync(Fill(route), HttpCompletionOption.ResponseHeadersRead);
            ((int)shown.StatusCode).ShouldBeInRange(200, 399, route);
        }
    }

    [Fact]
    public async Task Post_without_antiforgery_token_is_refused_by_every_page()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        foreach (var route in Pages().Append("/imports/upload").Append("/sign-out").Append("/preferences/theme"))
        {
            using var content = new FormUrlEncodedContent([new("_handler", "x"), new("theme", "dark")]);
            using var answer = await visitor.Http.PostAsync(Fill(route), content);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, route);
        }
    }

    [Fact]
    public async Task Every_page_without_an_id_opens_in_both_languages()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        foreach (var language in new[] { "fr", "en" })
        {
            visitor.Http.DefaultRequestHeaders.Remove("Accept-Language");
            visitor.Http.DefaultRequestHeaders.Add("Accept-Language", language);
            foreach (var route in Pages().Where(r => !r.Contains('{') && r != "/not-found" && r != "/forbidden"))
            {
                var page = await visitor.Http.GetStringAsync(route);
                page.ShouldContain($"<html lang=\"{language}\"", Case.Sensitive, route);
            }
        }
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        web.Host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();

    private List<string> Pages() =>
        [.. Endpoints().Where(e => e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null).Select(Path).Distinct()];

    /// <summary>Pages and the answers to GET that stand beside them, but not those of the other doors.</summary>
    private List<string> Gets() =>
        [
            .. Endpoints()
                .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>() is not { } methods || methods.HttpMethods.Contains("GET"))
                .Select(Path)
                .Where(p => web.Owned.ContainsKey(p.Split('/')[1]))
                .Distinct(),
        ];

    private static string Path(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private string Fill(string route) =>
        Parameter()
            .Replace(
                route,
                match => match.Value.Contains("Kind", StringComparison.Ordinal) ? "Smtp" : web.Owned[route.Split('/')[1]].ToString()
            );

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
