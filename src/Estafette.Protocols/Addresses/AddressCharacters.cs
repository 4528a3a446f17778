namespace Estafette.Protocols.Addresses;

/// <summary>Which ASCII characters may stand in a local part and in a host name.</summary>
internal static class AddressCharacters
{
    public const byte Local = 1;
    public const byte Host = 2;
    public const byte Upper = 4;
    public const byte Digit = 8;

    // RFC 5322 §3.2.3 atext, and RFC 1123 §2.1 letters, digits and hyphen.
    public static readonly byte[] Classes = BuildClasses();

    private static byte[] BuildClasses()
    {
        var classes = new byte[128];
        foreach (var c in "!#$%&'*+-/=?^_`{|}~")
            classes[c] = Local;
        classes['-'] |= Host;
        for (var c = '0'; c <= '9'; c++)
            classes[c] = Local | Host | Digit;
        for (var c = 'a'; c <= 'z'; c++)
            classes[c] = Local | Host;
        for (var c = 'A'; c <= 'Z'; c++)
            classes[c] = Local | Host | Upper;
        return classes;
    }
}
