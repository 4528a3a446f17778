using System.Net;
using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>Parameters in <c>application/x-www-form-urlencoded</c>, decoded as they were sent, in their order.</summary>
internal sealed class FormBody
{
    /// <summary>More parameters are not read; Twilio sends some 40.</summary>
    public const int MaxParameters = 2_000;

    public static readonly FormBody Empty = new([]);

    private FormBody(List<KeyValuePair<string, string>> parameters) => Parameters = parameters;

    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; }

    /// <summary>The last value of a name, cleaned; null when it is missing or empty.</summary>
    public string? this[string name]
    {
        get
        {
            var value = Parameters.LastOrDefault(p => p.Key == name).Value;
            return string.IsNullOrEmpty(value) ? null : CallbackText.Clean(value);
        }
    }

    public static FormBody Parse(ReadOnlySpan<byte> body) => Parse(Encoding.UTF8.GetString(body));

    public static FormBody Parse(string text)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split('&', MaxParameters, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            parameters.Add(new(WebUtility.UrlDecode(name), WebUtility.UrlDecode(value)));
        }
        return new FormBody(parameters);
    }

    /// <summary>The scalar fields of a JSON object, for providers that send the same parameters either way.</summary>
    public static FormBody From(JsonTree json) => new([.. json.Fields.Select(f => KeyValuePair.Create(f.Key, f.Value.Text ?? ""))]);

    public Dictionary<string, string> ToDictionary()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Parameters)
            fields[CallbackText.Clean(name)] = CallbackText.Clean(value);
        return fields;
    }
}
