using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Spf;

/// <summary>Reads one term (RFC 7208 §4.6.1 and the grammar of §12).</summary>
internal static partial class SpfTermReader
{
    // What stands behind the name of a mechanism, with a CIDR length of one or both families at its end (§5.6, dual-cidr-length).
    [GeneratedRegex(@"^(?<domain>.*?)(/(?<ip4>[0-9]+))?(//(?<ip6>[0-9]+))?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DualCidr { get; }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9._-]*$")]
    private static partial Regex ModifierName { get; }

    public static void Read(string text, int position, List<SpfTerm> terms, List<SpfFault> faults)
    {
        var problem = text.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? "holds characters other than printable ASCII"
            : ReadModifier(text, position, terms) ?? ReadMechanism(text, position, terms);
        if (problem is { Length: > 0 })
            faults.Add(new SpfFault(position, text, problem));
    }

    /// <summary>Null when the term is no modifier, empty when it was read, else what is wrong.</summary>
    private static string? ReadModifier(string text, int position, List<SpfTerm> terms)
    {
        var equals = text.IndexOf('=');
        if (equals < 0 || !ModifierName.IsMatch(text[..equals]))
            return null;
        var kind = text[..equals].ToLowerInvariant() switch
        {
            "redirect" => SpfTermKind.Redirect,
            "exp" => SpfTermKind.Explanation,
            _ => SpfTermKind.OtherModifier,
        };
        var macro = SpfMacroText.Parse(text[(equals + 1)..], out var problem);
        if (problem.Length == 0 && kind != SpfTermKind.OtherModifier)
            problem = macro.ProblemAsDomain();
        if (problem.Length == 0)
            terms.Add(new SpfTerm(kind, SpfResult.Neutral, text, position) { Macro = macro });
        return problem;
    }

    private static string ReadMechanism(string text, int position, List<SpfTerm> terms)
    {
        SpfResult? qualified = text[0] switch
        {
            '+' => SpfResult.Pass,
            '-' => SpfResult.Fail,
            '~' => SpfResult.SoftFail,
            '?' => SpfResult.Neutral,
            _ => null,
        };
        var plain = qualified is null ? text : text[1..];
        var nameEnd = plain.AsSpan().IndexOfAny(':', '/');
        var name = nameEnd < 0 ? plain : plain[..nameEnd];
        if (Kind(name.ToLowerInvariant()) is not { } kind)
            return name.Contains('=') ? "is no mechanism and no modifier" : $"there is no mechanism \"{name}\"";
        var term = new SpfTerm(kind, qualified ?? SpfResult.Pass, text, position);
        var argument = plain[name.Length..];
        var (read, problem) = kind switch
        {
            SpfTermKind.All => (term, argument.Length == 0 ? "" : "\"all\" takes nothing behind it"),
            SpfTermKind.Ip4 or SpfTermKind.Ip6 => ReadNetwork(term, argument),
            _ => ReadNamed(term, argument),
        };
        if (problem.Length == 0)
            terms.Add(read);
        return problem;
    }

    private static SpfTermKind? Kind(string name) =>
        name switch
        {
            "all" => SpfTermKind.All,
            "include" => SpfTermKind.Include,
            "a" => SpfTermKind.A,
            "mx" => SpfTermKind.Mx,
            "ptr" => SpfTermKind.Ptr,
            "ip4" => SpfTermKind.Ip4,
            "ip6" => SpfTermKind.Ip6,
            "exists" => SpfTermKind.Exists,
            _ => null,
        };

    private static (SpfTerm Term, string Problem) ReadNamed(SpfTerm term, string argument)
    {
        var takesPrefix = term.Kind is SpfTermKind.A or SpfTermKind.Mx;
        var match = DualCidr.Match(argument);
        var domain = takesPrefix ? match.Groups["domain"].Value : argument;
        if (domain.Length == 0 && (term.Kind is SpfTermKind.Include or SpfTermKind.Exists))
            return (term, "names no domain");
        if (domain.Length > 0)
        {
            if (domain[0] != ':')
                return (term, "has a length of a network that is none");
            var macro = SpfMacroText.Parse(domain[1..], out var problem);
            problem = problem.Length > 0 ? problem : macro.ProblemAsDomain();
            if (problem.Length > 0)
                return (term, problem);
            term = term with { Macro = macro };
        }
        if (!takesPrefix)
            return (term, "");
        if (Prefix(match.Groups["ip4"], 32) is not { } ip4)
            return (term, "an IPv4 network has 0 to 32 bits");
        if (Prefix(match.Groups["ip6"], 128) is not { } ip6)
            return (term, "an IPv6 network has 0 to 128 bits");
        return (term with { Ip4Prefix = ip4, Ip6Prefix = ip6 }, "");
    }

    private static (SpfTerm Term, string Problem) ReadNetwork(SpfTerm term, string argument)
    {
        var isIp4 = term.Kind == SpfTermKind.Ip4;
        var bits = isIp4 ? 32 : 128;
        var slash = argument.IndexOf('/');
        var text = slash < 0 ? argument : argument[..slash];
        var length = slash < 0 ? bits : PrefixOf(argument[(slash + 1)..], bits);
        if (length is null)
            return (term, $"an IPv{(isIp4 ? 4 : 6)} network has 0 to {bits} bits");
        if (text is not [':', ..] || AddressOf(text[1..], isIp4) is not { } address)
            return (term, $"names no IPv{(isIp4 ? 4 : 6)} address");
        return (
            isIp4 ? term with { Address = address, Ip4Prefix = length.Value } : term with { Address = address, Ip6Prefix = length.Value },
            ""
        );
    }

    private static IPAddress? AddressOf(string text, bool isIp4)
    {
        // Brackets and zones belong to other grammars.
        if (text.AsSpan().ContainsAny('[', ']', '%') || !IPAddress.TryParse(text, out var address))
            return null;
        if (!isIp4)
            return address.AddressFamily == AddressFamily.InterNetworkV6 ? address : null;
        // Four plain numbers: "1", "0x7f.1" and "010.0.0.1" are addresses to some programs only.
        return address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text ? address : null;
    }

    private static int? Prefix(Group group, int bits) => group.Success ? PrefixOf(group.Value, bits) : bits;

    // §12: no leading zero.
    private static int? PrefixOf(string digits, int bits) =>
        (digits.Length == 1 || (digits.Length is 2 or 3 && digits[0] != '0'))
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        && length <= bits
            ? length
            : null;
}
