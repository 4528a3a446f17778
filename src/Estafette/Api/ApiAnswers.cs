using Estafette.Api.Json;

namespace Estafette.Api;

/// <summary>Answers of the API that are not an object: errors in the shapes of v1.</summary>
internal static class ApiAnswers
{
    /// <summary>An error without field: <c>{"detail":"…"}</c>, or in the shape of the door that was called.</summary>
    public static IResult Detail(int status, string text) => new DetailAnswer(status, text);

    /// <summary>What a started campaign does not allow: <c>{"error":"…"}</c>.</summary>
    public static IResult Conflict(string text) =>
        Results.Json(new Dictionary<string, string> { ["error"] = text }, ApiJson.Options, statusCode: StatusCodes.Status409Conflict);

    /// <summary>Wrong fields: field to texts, all at once.</summary>
    public static IResult Invalid(FieldFaults faults) =>
        Results.Json(faults.ByField, ApiJson.Options, statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound() => Detail(StatusCodes.Status404NotFound, Web.Texts.Get("api.not-found"));

    /// <summary>An object.</summary>
    public static IResult Ok<T>(T value, int status = StatusCodes.Status200OK) => Results.Json(value, ApiJson.Options, statusCode: status);

    /// <summary>An object that was created, with its address.</summary>
    public static IResult Created<T>(HttpContext http, string url, T value)
    {
        http.Response.Headers.Location = url;
        return Ok(value, StatusCodes.Status201Created);
    }
}

/// <summary>An error without field; which shape it has depends on the door, known when it is written.</summary>
internal sealed class DetailAnswer(int status, string text) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var answer = V3.V3Answers.IsFor(httpContext)
            ? V3.V3Answers.Error(status, text)
            : Results.Json(new Dictionary<string, string> { ["detail"] = text }, ApiJson.Options, statusCode: status);
        return answer.ExecuteAsync(httpContext);
    }
}

/// <summary>Wrong fields of a request.</summary>
internal sealed class FieldFaults
{
    /// <summary>Errors that belong to no field.</summary>
    public const string General = "non_field_errors";

    private readonly Dictionary<string, List<string>> _byField = new(StringComparer.Ordinal);

    public bool Any => _byField.Count > 0;

    public IReadOnlyDictionary<string, List<string>> ByField => _byField;

    public FieldFaults Add(string field, string text)
    {
        if (!_byField.TryGetValue(field, out var texts))
            _byField[field] = texts = [];
        if (!texts.Contains(text, StringComparer.Ordinal))
            texts.Add(text);
        return this;
    }

    /// <summary>One text of the resources, filled.</summary>
    public FieldFaults AddText(string field, string key, params object?[] values) => Add(field, Web.Texts.Get("api." + key, values));
}
