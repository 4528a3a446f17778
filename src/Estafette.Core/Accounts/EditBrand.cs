using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>A new look; empty texts go back to ours.</summary>
public sealed record BrandEdit(string? Name, string? Color, string? Background)
{
    /// <summary>A new logo; null: the logo stays.</summary>
    public byte[]? Logo { get; init; }

    /// <summary>Takes the logo away.</summary>
    public bool RemoveLogo { get; init; }
}

/// <summary>Changes how a customer looks to its contacts.</summary>
public static class EditBrand
{
    private const int MaxName = 100;

    /// <returns>Wrong fields with the code of their fault: name, color, background, logo; empty when the change is stored.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> RunAsync(
        Actor actor,
        BrandEdit edit,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal);
        var image = edit.Logo is { } bytes ? ImageFile.Read(bytes) : null;
        if (edit.Name?.Length > MaxName)
            wrong["name"] = "too-long";
        if (edit.Color is { } color && CustomerBrand.ParseColor(color) is null)
            wrong["color"] = "no-color";
        if (edit.Background is { } background && CustomerBrand.ParseColor(background) is null)
            wrong["background"] = "no-color";
        if (image?.Fault is { } fault)
            wrong["logo"] = fault;
        if (wrong.Count > 0)
            return wrong;
        await using var write = await db.BeginWriteAsync(ct);
        var customer = await db.Set<Customer>().SingleAsync(c => c.Id == actor.Customer, ct);
        customer.BrandName = string.IsNullOrWhiteSpace(edit.Name) ? null : edit.Name.Trim();
        customer.BrandColor = CustomerBrand.ParseColor(edit.Color);
        customer.BrandBackground = CustomerBrand.ParseColor(edit.Background);
        if (image is not null || edit.RemoveLogo)
            await SetLogoAsync(customer, image, db, ct);
        db.Add(actor, "brand.changed", $"customer {customer.Id} {customer.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return wrong;
    }

    private static async Task SetLogoAsync(Customer customer, ImageFile? image, EstafetteDb db, CancellationToken ct)
    {
        await db.Of<CustomerLogo>(customer.Id).ExecuteDeleteAsync(ct);
        customer.LogoHash = image is null ? null : Convert.ToHexStringLower(SHA256.HashData(image.Data))[..32];
        if (image is not null)
            db.Add(
                new CustomerLogo
                {
                    CustomerId = customer.Id,
                    Hash = customer.LogoHash!,
                    ContentType = image.ContentType,
                    Data = image.Data,
                }
            );
    }
}
