namespace Estafette.Api.OpenApi;

/// <summary>A member whose schema is one of ApiSchemas, because its type does not tell.</summary>
/// <param name="name">The name among the components.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ApiSchemaAttribute(string name) : Attribute
{
    public string Name => name;
}
