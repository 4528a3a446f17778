using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>What an administrator may change about the customer.</summary>
public sealed record CustomerEdit(
    string Name,
    string Language,
    string TimeZone,
    string DefaultCountry,
    PrivacyProfile PrivacyProfile,
    string? TrackingBaseUrl,
    bool? RequiresApproval = null
);

/// <summary>Changes the settings of a customer and records who did.</summary>
public static class EditCustomer
{
    private const int MaxName = 200;

    /// <returns>The wrong fields: name, language, zone, country, tracking; empty when the change is stored.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        Actor actor,
        CustomerEdit edit,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var wrong = Check(edit).ToList();
        if (wrong.Count > 0)
            return wrong;
        var customer = await db.Set<Customer>().SingleAsync(c => c.Id == actor.Customer, ct);
        (customer.Name, customer.Language, customer.TimeZone) = (edit.Name.Trim(), edit.Language, edit.TimeZone);
        (customer.DefaultCountry, customer.PrivacyProfile) = (edit.DefaultCountry, edit.PrivacyProfile);
        customer.TrackingBaseUrl = edit.TrackingBaseUrl?.TrimEnd('/');
        customer.RequiresApproval = edit.RequiresApproval ?? customer.RequiresApproval;
        db.Add(actor, "customer.changed", $"customer {customer.Id} {customer.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return wrong;
    }

    internal static IEnumerable<string> Check(CustomerEdit edit)
    {
        if (edit.Name.Trim().Length is 0 or > MaxName)
            yield return "name";
        if (edit.Language is not ("fr" or "en"))
            yield return "language";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(edit.TimeZone, out _))
            yield return "zone";
        if (edit.DefaultCountry.Length != 2 || !edit.DefaultCountry.All(char.IsAsciiLetterUpper))
            yield return "country";
        if (edit.TrackingBaseUrl is { } url && !IsBaseUrl(url))
            yield return "tracking";
    }

    private static bool IsBaseUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && (parsed.Scheme == Uri.UriSchemeHttps || parsed.Scheme == Uri.UriSchemeHttp)
        && parsed.UserInfo.Length == 0
        && parsed.Query.Length == 0
        && parsed.Fragment.Length == 0;
}
