using System.Net;
using Estafette.Core.Accounts;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>Tries every route of the program, those of tomorrow too: who is sent away, who is refused, what a foreign id and a missing token get.</summary>
[Collection(WebHostGroup.Name)]
public sealed class RouteSecurityTests(WebHostFixture web)
{
    private List<Route> Routes => RouteTable.Of(web.Host.Services.GetServices<EndpointDataSource>());

    [Fact]
    public async Task Documented_routes_and_roles_are_those_of_the_program()
    {
        var page = Repository.File("docs", "routes.md");
        var wanted = RouteTable.Write(Routes);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(page, wanted, TestContext.Current.CancellationToken);
        (await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)).ShouldBe(
            wanted,
            "docs/routes.md is out of date: a route was added or opened to others. UPDATE_DOCS=1 ./test fast writes it anew; read the difference."
        );
    }

    [Fact]
    public async Task Anonymous_visitor_of_any_route_that_is_not_public_is_sent_away()
    {
        using var visitor = web.Host.Visit();
        foreach (var route in Routes.Where(r => r.Access != RouteAccess.Public))
        {
            using var answer = await SendAsync(visitor, route, RouteTable.Fill(route, web));
            if (route.Access == RouteAccess.Api)
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, route.ToString());
                continue;
            }
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, route.ToString());
            answer.Headers.Location!.ToString().ShouldContain("/sign-in?next=", Case.Sensitive, route.ToString());
        }
    }

    [Fact]
    public async Task Role_one_weaker_than_documented_is_refused_and_the_documented_one_gets_through()
    {
        var visitors = new Dictionary<UserRole, WebVisitor>();
        foreach (var role in UserRoles.Ranked)
            visitors[role] = await web.SignInAsync(WebHostFixture.Of(role));
        foreach (var route in Routes.Where(r => r.Access == RouteAccess.Role))
        {
            var rank = UserRoles.Ranked.ToList().IndexOf(route.Role);
            var path = RouteTable.Fill(route, web);
            if (rank > 0)
            {
                using var refused = await SendAsync(visitors[UserRoles.Ranked[rank - 1]], route, path);
                refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{route} as {UserRoles.Ranked[rank - 1]}");
            }
            using var passed = await SendAsync(visitors[route.Role], route, path);
            passed.StatusCode.ShouldNotBe(HttpStatusCode.Forbidden, $"{route} as {route.Role}");
            ((int)passed.StatusCode).ShouldBeLessThan(500, $"{route} as {route.Role}");
            if (!route.Changes)
                ((int)passed.StatusCode).ShouldBeInRange(200, 399, $"{route} as {route.Role}");
            (passed.Headers.Location?.ToString() ?? "").ShouldNotContain("/sign-in", Case.Sensitive, route.ToString());
        }
        foreach (var visitor in visitors.Values)
            visitor.Dispose();
    }

    [Fact]
    public async Task Administrator_who_is_no_operator_gets_nothing_of_the_installation()
    {
        using var administrator = await web.SignInAsync(WebHostFixture.Owner);
        using var chief = await web.SignInAsync(WebHostFixture.Operator);
        foreach (var route in Routes.Where(r => r.Access == RouteAccess.Operator))
        {
            using var refused = await SendAsync(administrator, route, RouteTable.Fill(route, web));
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden, route.ToString());
            using var passed = await SendAsync(chief, route, RouteTable.Fill(route, web));
            passed.StatusCode.ShouldNotBe(HttpStatusCode.Forbidden, route.ToString());
        }
    }

    [Fact]
    public async Task Object_of_another_customer_is_not_found_by_any_address_and_found_by_its_owner()
    {
        var routes = Routes.Where(r => r.HasId && r.Access == RouteAccess.Role && !r.Changes).ToList();
        routes.Count.ShouldBeGreaterThan(15);
        using var stranger = await web.SignInAsync(WebHostFixture.Other);
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        foreach (var route in routes)
        {
            using var refused = await stranger.Http.GetAsync(RouteTable.Fill(route, web), HttpCompletionOption.ResponseHeadersRead);
            refused.StatusCode.ShouldBe(HttpStatusCode.NotFound, route.ToString());
            using var shown = await owner.Http.GetAsync(RouteTable.Fill(route, web), HttpCompletionOption.ResponseHeadersRead);
            ((int)shown.StatusCode).ShouldBeInRange(200, 399, route.ToString());
        }
    }

    [Fact]
    public async Task Post_to_an_object_of_another_customer_changes_nothing_even_with_a_token()
    {
        using var stranger = await web.SignInAsync(WebHostFixture.Other);
        var token = await stranger.TokenAsync("/");
        foreach (var route in Routes.Where(r => r.HasId && r.Access == RouteAccess.Role && r.Changes))
        {
            using var answer = await SendAsync(stranger, route, RouteTable.Fill(route, web), token);
            answer.StatusCode.ShouldBeOneOf([HttpStatusCode.NotFound, HttpStatusCode.BadRequest], route.ToString());
        }
    }

    [Fact]
    public async Task Change_without_antiforgery_token_or_credential_is_refused_by_every_route()
    {
        // One click of a mail program brings nothing but the token in its address (RFC 8058 §3.1).
        string[] without = ["/u/{token}"];
        using var visitor = await web.SignInAsync(WebHostFixture.Operator);
        foreach (var route in Routes.Where(r => r.Changes && !without.Contains(r.Path, StringComparer.Ordinal)))
        {
            using var answer = await SendAsync(visitor, route, RouteTable.Fill(route, web));
            answer.StatusCode.ShouldBeOneOf(
                [HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized],
                $"{route} must have an antiforgery token or a credential of the API."
            );
        }
    }

    [Fact]
    public async Task Every_page_without_an_id_opens_in_both_languages()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Operator);
        foreach (var language in new[] { "fr", "en" })
        {
            visitor.Http.DefaultRequestHeaders.Remove("Accept-Language");
            visitor.Http.DefaultRequestHeaders.Add("Accept-Language", language);
            foreach (var route in Routes.Where(r => r is { IsPage: true, Changes: false } && !r.Path.Contains('{')))
            {
                if (route.Path is "/not-found" or "/forbidden" or "/sign-in/code")
                    continue;
                var page = await visitor.Http.GetStringAsync(route.Path);
                page.ShouldContain($"<html lang=\"{language}\"", Case.Sensitive, route.Path);
            }
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(WebVisitor visitor, Route route, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(route.Method), path);
        if (route.Changes)
            request.Content = new FormUrlEncodedContent(
                token is null
                    ? [new("_handler", "x"), new("theme", "dark")]
                    : [new("_handler", "x"), new("__RequestVerificationToken", token)]
            );
        return await visitor.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
