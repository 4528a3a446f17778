using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Api.V3;

/// <summary>One fault in the shape of SendGrid.</summary>
/// <param name="Message">What is wrong.</param>
/// <param name="Field">Where: "personalizations.0.to.1.email"; null: the whole request.</param>
/// <param name="Help">Always null: what is to be done is said in the message.</param>
internal sealed record V3Error(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("field")] string? Field,
    [property: JsonPropertyName("help")] string? Help = null
);

/// <summary>Faults of a request, all at once.</summary>
internal sealed class V3Faults
{
    /// <summary>More than a person reads; the rest would only make the answer large.</summary>
    private const int Most = 100;

    private readonly List<V3Error> _errors = [];

    public bool Any => _errors.Count > 0;

    public V3Faults Add(string? field, string message)
    {
        if (_errors.Count < Most)
            _errors.Add(new(message, field));
        return this;
    }

    /// <summary>One text of the resources, filled.</summary>
    public V3Faults AddText(string? field, string key, params object?[] values) => Add(field, Web.Texts.Get("api." + key, values));

    public IResult Answer(int status = StatusCodes.Status400BadRequest) => V3Answers.Errors(status, _errors);
}

/// <summary>Answers of the door that speaks as SendGrid's v3 does.</summary>
internal static class V3Answers
{
    public const string Path = "/v3";

    public static bool IsFor(HttpContext http) => http.Request.Path.StartsWithSegments(Path);

    public static IResult Error(int status, string message, string? field = null) => Errors(status, [new(message, field)]);

    public static IResult Errors(int status, IReadOnlyList<V3Error> errors) =>
        Results.Json(
            new Dictionary<string, IReadOnlyList<V3Error>>(StringComparer.Ordinal) { ["errors"] = errors },
            JsonSerializerOptions.Default,
            statusCode: status
        );
}
