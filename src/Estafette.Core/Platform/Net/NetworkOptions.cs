using System.ComponentModel.DataAnnotations;

namespace Estafette.Core.Platform.Net;

/// <summary>What this installation may connect to on behalf of its users.</summary>
public sealed record NetworkOptions
{
    public const string Section = "Network";

    /// <summary>Lets a sending server that asks for it lie on this machine or in a private network.</summary>
    /// <remarks>
    /// Default false. Set it to true when a relay stands beside Estafette and you trust everybody who may add a sending server with your network;
    /// each server must ask for it besides. Link-local and cloud metadata addresses are refused in either case.
    /// </remarks>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>Ports besides 80 and 443 that provider URLs may use on public addresses, separated by commas.</summary>
    /// <remarks>Default none. Private addresses may use any port once they are allowed.</remarks>
    [RegularExpression(@"^\s*(\d{1,5}\s*(,\s*\d{1,5}\s*)*)?$", ErrorMessage = "give port numbers separated by commas, such as 8443,9443.")]
    public string HttpPorts { get; init; } = "";

    /// <summary>Longest time to open a connection to a provider.</summary>
    /// <remarks>1 second to 1 minute; default 10 seconds.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    internal bool AllowsHttpPort(int port) =>
        port is 80 or 443
        || HttpPorts
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
