namespace Estafette.Web.Public;

/// <summary>The language of somebody we know nothing about.</summary>
internal static class VisitorLanguage
{
    /// <summary>What the address says (<c>?lang=en</c>), else the first language of the browser that we speak, else that of the customer.</summary>
    public static string Of(HttpRequest request, string ofCustomer) =>
        request.Query["lang"] is ["fr" or "en"] ? request.Query["lang"][0]! : Browser(request) ?? (ofCustomer == "en" ? "en" : "fr");

    private static string? Browser(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .AcceptLanguage.OrderByDescending(l => l.Quality ?? 1)
            .Select(l => l.Value.Value?.Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(l => l is "fr" or "en");
}
