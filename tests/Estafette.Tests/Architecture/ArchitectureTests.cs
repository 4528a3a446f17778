using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.Hosting;
using Mono.Cecil;

namespace Estafette.Tests.Architecture;

public sealed class ArchitectureTests
{
    private const string Core = "Estafette.Core.";

    private static readonly ModuleMap Map = ModuleMap.Parse(SqlFiles.Read("modules.txt")!);

    [Fact]
    public void Modules_only_use_modules_named_on_lines_above() => Map.Faults.ShouldBeEmpty();

    [Fact]
    public void Every_namespace_of_the_core_is_a_module()
    {
        using var core = Read("Estafette.Core.dll");

        var strangers = AssemblyUses
            .Types(core)
            .Where(t => t.Namespace.StartsWith("Estafette", StringComparison.Ordinal) && !Map.Modules.Contains(Module(t)))
            .Select(t => t.FullName);

        strangers.ShouldBeEmpty("The second word after Estafette.Core must be a line of modules.txt.");
    }

    [Fact]
    public void No_module_uses_one_that_its_line_does_not_name()
    {
        using var core = Read("Estafette.Core.dll");

        Breaches(core, Map).ShouldBeEmpty("modules.txt allows none of these.");
    }

    [Fact]
    public void A_forbidden_use_is_reported_with_type_and_member()
    {
        using var core = Read("Estafette.Core.dll");
        var onlyPlatform = ModuleMap.Parse("Platform\nAccounts");

        Breaches(core, onlyPlatform)
            .ShouldContain(b => b.StartsWith("Estafette.Core.Accounts.CustomerDomain.CustomerId uses Estafette.Core.Platform.CustomerId"));
    }

    [Fact]
    public void Protocols_know_no_database_host_or_product()
    {
        using var protocols = Read("Estafette.Protocols.dll");
        string[] refused =
        [
            "Estafette",
            "Microsoft.EntityFrameworkCore",
            "Microsoft.AspNetCore",
            "Microsoft.Data",
            "Npgsql",
            "Microsoft.Extensions.Hosting",
        ];

        protocols
            .MainModule.AssemblyReferences.Select(r => r.Name)
            .Where(name => refused.Any(r => name.StartsWith(r, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Classes_are_sealed_unless_something_derives_from_them()
    {
        foreach (var file in (string[])["Estafette.Protocols.dll", "Estafette.Core.dll"])
        {
            using var assembly = Read(file);
            var types = AssemblyUses.Types(assembly).ToList();
            var parents = types.Select(t => t.BaseType?.GetElementType().FullName).ToHashSet(StringComparer.Ordinal);

            types
                .Where(t => t.IsClass && !t.IsSealed && !t.IsAbstract && OwnCode(t) && !parents.Contains(t.FullName))
                .Select(t => t.FullName)
                .ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("Estafette.Protocols.dll")]
    [InlineData("Estafette.Core.dll")]
    [InlineData("estafette.dll")]
    public void No_type_has_a_name_that_says_nothing(string file)
    {
        string[] refused = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Service"];
        using var assembly = Read(file);

        AssemblyUses
            .Types(assembly)
            .Where(t => OwnCode(t) && refused.Any(word => t.Name.EndsWith(word, StringComparison.Ordinal)))
            .Select(t => t.FullName)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_background_service_is_explained_in_the_architecture_page()
    {
        var page = File.ReadAllText(Repository.File("ARCHITECTURE.md"));

        typeof(Store)
            .Assembly.GetTypes()
            .Concat(typeof(ServerHost).Assembly.GetTypes())
            .Where(t => t.IsSubclassOf(typeof(BackgroundService)) && !page.Contains($"`{t.Name}`", StringComparison.Ordinal))
            .Select(t => t.FullName)
            .ShouldBeEmpty("Each needs a line under 'Background work'.");
    }

    private static List<string> Breaches(AssemblyDefinition core, ModuleMap map) =>
        AssemblyUses
            .Types(core)
            .Where(t => Map.Modules.Contains(Module(t)))
            .SelectMany(t => AssemblyUses.Of(t).Select(use => (From: Module(t), To: Module(use.Used), use)))
            .Where(u => u.To.Length > 0 && !map.MayUse(u.From, u.To))
            .Select(u => $"{u.use.User} uses {AssemblyUses.Outermost(u.use.Used)}: {u.From} may not use {u.To}.")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();

    private static string Module(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type.Namespace.StartsWith(Core, StringComparison.Ordinal) ? type.Namespace[Core.Length..].Split('.')[0] : "";
    }

    private static bool OwnCode(TypeDefinition type) =>
        AssemblyUses.Outermost(type).StartsWith("Estafette.", StringComparison.Ordinal)
        && !type.Name.Contains('<', StringComparison.Ordinal)
        && !type.CustomAttributes.Any(a => a.AttributeType.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute");

    private static AssemblyDefinition Read(string file) => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, file));
}
