namespace Estafette.Api.OpenApi;

/// <summary>What an endpoint of the API takes and answers, written beside it; OpenApiDocument puts all of them together.</summary>
/// <param name="Tag">The resource it belongs to.</param>
/// <param name="Summary">What a call does, in some words.</param>
internal sealed record ApiDoc(string Tag, string Summary)
{
    /// <summary>More to know, in sentences.</summary>
    public string? Remarks { get; init; }

    /// <summary>The type of the answer, or of one row of it; null: there is none, or it is no JSON.</summary>
    public Type? Answer { get; init; }

    /// <summary>A schema of ApiSchemas in the place of a type.</summary>
    public string? AnswerSchema { get; init; }

    /// <summary>The answer is a list: array, page or CSV.</summary>
    public bool IsList { get; init; }

    /// <summary>The fields a list can be ordered by.</summary>
    public IReadOnlyList<string> Orders { get; init; } = [];

    /// <summary>Parameters of the query besides those of every list.</summary>
    public IReadOnlyList<ApiField> Query { get; init; } = [];

    /// <summary>What the body holds.</summary>
    public ApiBody? Body { get; init; }

    /// <summary>The statuses of success.</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [StatusCodes.Status200OK];

    /// <summary>The media type of an answer that is no JSON.</summary>
    public string? MediaType { get; init; }

    /// <summary>It can be refused with 409 because of the state of things.</summary>
    public bool MayConflict { get; init; }

    /// <summary>Errors have the shape of SendGrid's.</summary>
    public bool IsV3 { get; init; }
}

/// <summary>A field of a body or a parameter of a query.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Schema">Its JSON Schema.</param>
/// <param name="Text">What it says.</param>
/// <param name="IsRequired">It must be there, except in a partial change.</param>
internal sealed record ApiField(string Name, string Schema, string? Text = null, bool IsRequired = false)
{
    public ApiField Required() => this with { IsRequired = true };

    public static ApiField Line(string name, int most, string? text = null) =>
        new(name, $$"""{"type":["string","null"],"maxLength":{{most}}}""", text);

    public static ApiField Flag(string name, string? text = null) => new(name, """{"type":["boolean","null"]}""", text);

    public static ApiField Number(string name, string? text = null) => new(name, """{"type":["integer","null"]}""", text);

    public static ApiField Texts(string name, string? text = null) =>
        new(name, """{"oneOf":[{"type":"array","items":{"type":"string"}},{"type":"string"},{"type":"null"}]}""", text);

    public static ApiField Object(string name, string? text = null) => new(name, """{"type":["object","null"]}""", text);

    /// <summary>An object named by its number or its address.</summary>
    public static ApiField Reference(string name, string? text = null) =>
        new(name, """{"type":["integer","string","null"],"description":"Number or address"}""", text);

    public static ApiField Choice(string name, IEnumerable<string> words, string? text = null) =>
        new(name, $$"""{"enum":[{{string.Join(',', words.Select(w => $"\"{w}\""))}},null]}""", text);

    public static ApiField Day(string name, string? text = null) => new(name, """{"type":"string","format":"date"}""", text);

    public static ApiField Ref(string name, string schema, string? text = null) =>
        new(name, $$"""{"$ref":"#/components/schemas/{{schema}}"}""", text);
}

/// <summary>The body of a request.</summary>
/// <param name="Fields">The fields of the object.</param>
internal sealed record ApiBody(params ApiField[] Fields)
{
    /// <summary>Name of the schema among the components.</summary>
    public required string Name { get; init; }

    /// <summary>No field must be there: PATCH.</summary>
    public bool IsPartial { get; init; }

    /// <summary>An array of such objects is taken as well, or alone.</summary>
    public ApiArray Array { get; init; }

    /// <summary>Rows of an array may be plain texts.</summary>
    public bool TakesTexts { get; init; }

    /// <summary>The body is a file of one of these types, or a form with the file in the field "file"; null: JSON.</summary>
    public IReadOnlyList<string>? Files { get; init; }

    /// <summary>The body is a form in parts with the file in the field "file".</summary>
    public bool IsForm { get; init; }

    /// <summary>It can be left out.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The same, of which any field may be left out.</summary>
    public ApiBody Partial() => this with { Name = Name + "Changes", IsPartial = true };
}

/// <summary>Whether a body may be an array.</summary>
internal enum ApiArray
{
    /// <summary>One object.</summary>
    Never,

    /// <summary>One object or an array of them.</summary>
    Also,

    /// <summary>An array of objects.</summary>
    Only,
}

/// <summary>How endpoints are described.</summary>
internal static class ApiDocExtensions
{
    public static TBuilder Describe<TBuilder>(this TBuilder builder, ApiDoc doc)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithMetadata(doc);
        return builder;
    }
}
