using System.Reflection;

namespace Estafette.Cli;

/// <summary>What this program is.</summary>
internal static class Product
{
    /// <summary>Version for people, such as "0.1.0".</summary>
    public static string Version => Build.Split('+')[0];

    /// <summary>Version with the commit it was built from; two programs that speak over the control socket have the same.</summary>
    public static string Build { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
