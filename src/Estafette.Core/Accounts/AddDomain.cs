using System.Globalization;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>How adding a domain ended.</summary>
public enum AddDomainResult
{
    Added,

    /// <summary>This customer has it already.</summary>
    AlreadyThere,

    /// <summary>Another customer has it.</summary>
    Taken,

    /// <summary>Not a host name.</summary>
    Invalid,
}

/// <summary>Gives a customer an HTTP host name; one name belongs to one customer.</summary>
public static class AddDomain
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public static async Task<AddDomainResult> RunAsync(CustomerId customer, string domain, EstafetteDb db, CancellationToken ct)
    {
        if (Normalize(domain) is not { } name)
            return AddDomainResult.Invalid;
        var known = await db.Set<CustomerDomain>().AsNoTracking().SingleOrDefaultAsync(d => d.Domain == name, ct);
        if (known is not null)
            return known.CustomerId == customer ? AddDomainResult.AlreadyThere : AddDomainResult.Taken;
        db.Add(new CustomerDomain(customer, name));
        await db.SaveChangesAsync(ct);
        return AddDomainResult.Added;
    }

    /// <summary>The A-label form in lower case, or null when it is no host name (RFC 5890 §2.3.2.3, RFC 1123 §2.1).</summary>
    internal static string? Normalize(string domain)
    {
        var name = domain.Trim().TrimEnd('.').ToLowerInvariant();
        try
        {
            name = Idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
        return name.Length is > 0 and <= 253 && Uri.CheckHostName(name) == UriHostNameType.Dns ? name : null;
    }
}
