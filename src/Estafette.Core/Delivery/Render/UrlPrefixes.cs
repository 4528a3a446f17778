using System.Text;

namespace Estafette.Core.Delivery.Render;

/// <summary>The constant beginnings of a customer's URLs.</summary>
internal sealed class UrlPrefixes(string baseUrl)
{
    public byte[] Open { get; } = Encoding.ASCII.GetBytes(baseUrl + "/o/");
    public byte[] Click { get; } = Encoding.ASCII.GetBytes(baseUrl + "/l/");
    public byte[] Unsubscribe { get; } = Encoding.ASCII.GetBytes(baseUrl + "/u/");
    public byte[] Web { get; } = Encoding.ASCII.GetBytes(baseUrl + "/w/");
}
