using Estafette.Core.Platform;

namespace Estafette.Core.Accounts;

/// <summary>What a new customer starts with.</summary>
public sealed record NewCustomer
{
    public required string Name { get; init; }

    /// <summary>"fr" or "en".</summary>
    public string Language { get; init; } = "fr";

    /// <summary>IANA name.</summary>
    public string TimeZone { get; init; } = "Europe/Paris";

    /// <summary>ISO 3166 alpha-2.</summary>
    public string DefaultCountry { get; init; } = "FR";
}

/// <summary>Creates the account that owns data.</summary>
public static class CreateCustomer
{
    /// <exception cref="ArgumentException">The name is empty or the time zone unknown.</exception>
    public static async Task<CustomerId> RunAsync(NewCustomer request, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Name);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(request.TimeZone, out _))
            throw new ArgumentException($"'{request.TimeZone}' is not a time zone; use a name such as Europe/Paris.", nameof(request));
        var customer = new Customer(request.Name.Trim(), clock.GetUtcNow())
        {
            Language = request.Language,
            TimeZone = request.TimeZone,
            DefaultCountry = request.DefaultCountry,
        };
        db.Add(customer);
        await db.SaveChangesAsync(ct);
        return customer.Id;
    }
}
