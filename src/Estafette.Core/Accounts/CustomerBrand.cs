using System.Globalization;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>How a customer looks to its contacts: on sign-up, preference and unsubscribe pages and in system mails.</summary>
/// <param name="Name">Name to show.</param>
/// <param name="Color">Colour of buttons and links, "#rrggbb".</param>
/// <param name="Background">Colour behind the page, "#rrggbb".</param>
/// <param name="LogoPath">Path of the logo on this site, readable by everybody; null: there is none.</param>
/// <param name="LogoIsVector">The logo is an SVG, which mail programs do not show.</param>
public sealed record CustomerBrand(string Name, string Color, string Background, string? LogoPath, bool LogoIsVector)
{
    public const string DefaultColor = "#066fd1";
    public const string DefaultBackground = "#f6f8fb";

    /// <summary>Black or white, whichever reads better on <see cref="Color"/>; one of them always reaches a contrast of 4.5 (WCAG 2.2 §1.4.3).</summary>
    public string TextOnColor => Readable(Color);

    /// <summary>Black or white for text on <see cref="Background"/>.</summary>
    public string TextOnBackground => Readable(Background);

    /// <summary>The brand of a customer; what it did not choose is ours.</summary>
    public static async Task<CustomerBrand> OfAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var row = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        var type = row.LogoHash is null ? null : await db.Of<CustomerLogo>(customer).Select(l => l.ContentType).SingleOrDefaultAsync(ct);
        return Of(row) with { LogoIsVector = type == ImageFile.Svg };
    }

    /// <summary>The brand of a row that was read; says nothing about the kind of logo.</summary>
    public static CustomerBrand Of(Customer customer) =>
        new(
            string.IsNullOrWhiteSpace(customer.BrandName) ? customer.Name : customer.BrandName,
            customer.BrandColor ?? DefaultColor,
            customer.BrandBackground ?? DefaultBackground,
            customer.LogoHash is { } hash ? $"/brand/{customer.Id}/{hash}" : null,
            false
        );

    /// <summary>"#rrggbb" in lower case, or null when it is no colour.</summary>
    public static string? ParseColor(string? text) =>
        text is ['#', _, _, _, _, _, _] && text.Skip(1).All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;

    /// <summary>Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").</summary>
    public static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static string Readable(string color) => Contrast(color, "#000000") > Contrast(color, "#ffffff") ? "#000000" : "#ffffff";

    private static double Luminance(string color) => (0.2126 * Part(color, 1)) + (0.7152 * Part(color, 3)) + (0.0722 * Part(color, 5));

    private static double Part(string color, int at)
    {
        var value = int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}

/// <summary>The logo of a customer, kept apart from the row that every page reads.</summary>
public sealed class CustomerLogo : ICustomerOwned
{
    public required CustomerId CustomerId { get; init; }
    public required string Hash { get; set; }
    public required string ContentType { get; set; }
    public required byte[] Data { get; set; }
}

internal sealed class CustomerLogoConfiguration : IEntityTypeConfiguration<CustomerLogo>
{
    public void Configure(EntityTypeBuilder<CustomerLogo> builder)
    {
        builder.ToTable("customer_logos").HasKey(l => l.CustomerId);
        builder.Property(l => l.CustomerId).ValueGeneratedNever();
    }
}
