using System.Text;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;

namespace Estafette.Tests.Web;

/// <summary>Who may use a route.</summary>
internal enum RouteAccess
{
    /// <summary>Everybody; the route says so itself.</summary>
    Public,

    /// <summary>Everybody who is signed in, in their own matters.</summary>
    Own,

    /// <summary>Users with at least a role.</summary>
    Role,

    /// <summary>Operators of the installation.</summary>
    Operator,

    /// <summary>Callers with a credential of the API.</summary>
    Api,
}

/// <summary>One address with one method, and who may use it by its metadata.</summary>
internal sealed record Route(string Path, string Method, RouteAccess Access, UserRole Role, bool IsPage)
{
    public bool Changes => Method is not ("GET" or "HEAD");

    public bool HasId => Path.Contains(":long}", StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>Every route of the program with what its metadata says; new ones are found without being told.</summary>
internal static partial class RouteTable
{
    private static readonly string[] OwnMatters = ["/account", "/sign-out", "/preferences", "/forbidden", "/not-found"];

    public static List<Route> Of(IEnumerable<EndpointDataSource> sources) =>
        [
            .. sources
                .SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
                // The framework's own answer to redirects of enhanced navigation, which nothing here uses.
                .Where(e => !e.RoutePattern.RawText!.TrimStart('/').StartsWith("_framework/", StringComparison.Ordinal))
                .SelectMany(Read)
                .Distinct()
                .OrderBy(r => r.Path, StringComparer.Ordinal)
                .ThenBy(r => r.Method, StringComparer.Ordinal),
        ];

    /// <summary>The page docs/routes.md.</summary>
    public static string Write(IEnumerable<Route> routes)
    {
        var page = new StringBuilder(
            """
            # Routes and who may use them

            Generated from the metadata of the routes; a test compares it. `UPDATE_DOCS=1 ./test fast` writes it anew: look at the difference before you
            commit it. A page says who may use it with `[Allow(read, write)]`, `[Operators]` or `[AllowAnonymous]`, an endpoint with `WithAllow(role)` or
            `AllowAnonymous()`; what says nothing is closed to visitors, readers look and editors post. The tests of `RouteSecurityTests` try every line.

            | Route | Methods | Who |
            |---|---|---|

            """
        );
        foreach (var route in routes.GroupBy(r => r.Path, StringComparer.Ordinal))
            page.Append("| `")
                .Append(route.Key)
                .Append("` | ")
                .AppendJoin(", ", route.Select(r => r.Method))
                .Append(" | ")
                .AppendJoin("; ", route.Select(Who).Distinct(StringComparer.Ordinal))
                .Append(" |\n");
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Who(Route route) =>
        route.Access switch
        {
            RouteAccess.Public => "everybody",
            RouteAccess.Own => "everybody signed in",
            RouteAccess.Operator => "operators",
            RouteAccess.Api => "API credential",
            _ => $"{(route.Changes ? "changes" : "reads")}: {route.Role}",
        };

    private static IEnumerable<Route> Read(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        var isPage = endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;
        IEnumerable<string> methods = isPage
            ? ["GET", "POST"]
            : endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Where(m => m != "HEAD") ?? ["GET"];
        foreach (var method in methods)
        {
            var allow = endpoint.Metadata.GetMetadata<AllowAttribute>() ?? AllowAttribute.Default;
            yield return new Route(path, method, AccessOf(endpoint, path), allow.Needed(method), isPage);
        }
    }

    private static RouteAccess AccessOf(RouteEndpoint endpoint, string path)
    {
        var isShort = endpoint.Metadata.Any(m => m.GetType().Name == "ShortCircuitMetadata");
        if (isShort || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return RouteAccess.Public;
        if (path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/v3/", StringComparison.Ordinal))
            return RouteAccess.Api;
        if (endpoint.Metadata.GetMetadata<OperatorsAttribute>() is not null)
            return RouteAccess.Operator;
        return OwnMatters.Any(own => path == own || path.StartsWith(own + "/", StringComparison.Ordinal))
            ? RouteAccess.Own
            : RouteAccess.Role;
    }

    /// <summary>The address with values in the place of its parameters; says what a newcomer must give when one is missing.</summary>
    public static string Fill(Route route, WebHostFixture web) =>
        Parameter()
            .Replace(
                route.Path,
                match =>
                {
                    var name = match.Groups[1].Value;
                    if (!match.Value.Contains(":long", StringComparison.Ordinal))
                        return web.Texts.TryGetValue(name, out var text)
                            ? text
                            : throw new InvalidOperationException(
                                $"{route} has a parameter '{name}': add WebHostFixture.Texts[\"{name}\"] with a value that its page understands."
                            );
                    var before = route.Path[1..match.Index].TrimEnd('/');
                    if (web.Owned.TryGetValue(before, out var id) || web.Owned.TryGetValue(before.Split('/')[0], out id))
                        return id.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    // Nobody without a credential gets as far as the object; with one, the tests of the API look.
                    if (route.Access == RouteAccess.Api)
                        return "1";
                    throw new InvalidOperationException(
                        $"{route} shows an object by its id: create one of the second customer in WebHostFixture.FillAsync and add Owned[\"{before}\"]."
                    );
                }
            );

    [GeneratedRegex(@"\{\*{0,2}([^}:?]+)[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
