using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Estafette.Tests.Architecture;

/// <summary>One place in compiled code that names a type.</summary>
internal sealed record TypeUse(string User, TypeReference Used);

/// <summary>Walks a compiled assembly and tells every type that each member names, in signatures, attributes and bodies.</summary>
internal static class AssemblyUses
{
    public static IEnumerable<TypeDefinition> Types(AssemblyDefinition assembly) => assembly.MainModule.GetTypes();

    public static IEnumerable<TypeUse> Of(TypeDefinition type)
    {
        var owner = Outermost(type);
        var declaration = new[] { type.BaseType }
            .Concat(type.Interfaces.Select(i => i.InterfaceType))
            .Concat(Attributes(type))
            .Concat(type.GenericParameters.SelectMany(Constraints));
        foreach (var used in declaration)
        foreach (var part in Parts(used))
            yield return new TypeUse(owner, part);
        foreach (var field in type.Fields)
        foreach (var part in Attributes(field).Prepend(field.FieldType).SelectMany(Parts))
            yield return new TypeUse($"{owner}.{field.Name}", part);
        foreach (var property in type.Properties)
        foreach (var part in Attributes(property).Prepend(property.PropertyType).SelectMany(Parts))
            yield return new TypeUse($"{owner}.{property.Name}", part);
        foreach (var method in type.Methods)
        foreach (var part in Signature(method).Concat(Body(method)).SelectMany(Parts))
            yield return new TypeUse($"{owner}.{method.Name}", part);
    }

    /// <summary>The type a reader would look for: the outermost one, since closures and state machines are nested in it.</summary>
    public static string Outermost(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type.FullName;
    }

    private static IEnumerable<TypeReference?> Signature(MethodDefinition method) =>
        method
            .Parameters.Select(p => p.ParameterType)
            .Prepend(method.ReturnType)
            .Concat(Attributes(method))
            .Concat(method.GenericParameters.SelectMany(Constraints));

    private static IEnumerable<TypeReference?> Body(MethodDefinition method)
    {
        if (!method.HasBody)
            yield break;
        foreach (var local in method.Body.Variables)
            yield return local.VariableType;
        foreach (var instruction in method.Body.Instructions)
        foreach (var used in Operand(instruction))
            yield return used;
    }

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) =>
        instruction.Operand switch
        {
            GenericInstanceMethod generic => generic.GenericArguments.Append(generic.DeclaringType).Append(generic.ReturnType),
            MethodReference method => [method.DeclaringType, method.ReturnType],
            FieldReference field => [field.DeclaringType, field.FieldType],
            TypeReference type => [type],
            _ => [],
        };

    private static IEnumerable<TypeReference> Constraints(GenericParameter parameter) =>
        parameter.Constraints.Select(c => c.ConstraintType);

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(a =>
            a.ConstructorArguments.Select(c => c.Value).OfType<TypeReference>().Append(a.AttributeType)
        );

    private static IEnumerable<TypeReference> Parts(TypeReference? type)
    {
        if (type is null or GenericParameter)
            yield break;
        if (type is GenericInstanceType generic)
            foreach (var part in generic.GenericArguments.SelectMany(Parts))
                yield return part;
        if (type is TypeSpecification specification)
        {
            foreach (var part in Parts(specification.ElementType))
                yield return part;
            yield break;
        }
        yield return type;
    }
}
