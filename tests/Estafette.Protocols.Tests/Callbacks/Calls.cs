using System.Runtime.CompilerServices;
using System.Text;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

/// <summary>Calls as a provider would make them, to one address and at one time.</summary>
internal static class Calls
{
    internal const string Url = "https://envoi.exemple.fr/api/webhook/x?m=dl_000489";

    internal static readonly DateTimeOffset Now = new(2025, 7, 25, 8, 0, 10, TimeSpan.Zero);

    internal static CallbackRequest Post(string body, params (string Name, string Value)[] headers) =>
        Post(Encoding.UTF8.GetBytes(body), headers);

    internal static CallbackRequest Post(byte[] body, params (string Name, string Value)[] headers) =>
        new(Url, CallbackRequest.HeadersFrom(headers.Select(h => KeyValuePair.Create(h.Name, h.Value))), body, Now);

    internal static CallbackResult Read(string provider, CallbackRequest request, CallbackSecret? secret = null) =>
        CallbackReader.For(provider)!.Read(request, secret ?? CallbackSecret.None);

    internal static CallbackResult ReadBody(string provider, string body) => Read(provider, Post(body));

    /// <summary>Payload files, as <c>provider/name.json</c> or <c>.form</c>.</summary>
    internal static IEnumerable<string> Payloads() =>
        Directory
            .GetFiles(Folder(), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Folder(), f))
            .Order(StringComparer.Ordinal);

    internal static byte[] Payload(string file) => File.ReadAllBytes(Path.Combine(Folder(), file));

    internal static string ProviderOf(string file) => file.Split('/')[0];

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Payloads");
}
