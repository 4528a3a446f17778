using System.Text.Json;

namespace Estafette.Api.V1;

/// <summary>The parameters of a query as an object, so that they are read like the fields of a body.</summary>
internal static class V1Query
{
    public static JsonElement Of(HttpContext http) =>
        JsonSerializer.SerializeToElement(
            http.Request.Query.Where(q => q.Value.ToString().Length > 0)
                .ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal)
        );
}
