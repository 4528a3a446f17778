using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Testing;

/// <summary>Addresses of colleagues kept under a name, for tests (table "test_addresses").</summary>
public sealed class TestAddresses : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; init; }

    /// <summary>Separated by a comma and a space.</summary>
    public required string Addresses { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The addresses in a text as people write it.</summary>
    public static string[] Split(string? text) =>
        (text ?? "").Split([',', ';', ' ', '\n', '\r', '\t'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Keeps addresses under a name, replacing those it had, and forgets names.</summary>
public static class KeepTestAddresses
{
    private const int MaxName = 100;
    private const int MaxAddresses = 20;
    private const int MaxLists = 50;

    /// <returns>What is wrong (name, addresses, many), or null when it is kept.</returns>
    public static async Task<string?> RunAsync(
        Actor actor,
        string name,
        IReadOnlyList<string> addresses,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxName)
            return "name";
        if (addresses.Count is 0 or > MaxAddresses || !addresses.All(a => EmailAddress.TryParse(a, out _, out _)))
            return "addresses";
        var known = await db.Of<TestAddresses>(actor.Customer).ToListAsync(ct);
        if (known.SingleOrDefault(k => k.Name == name) is { } same)
            same.Addresses = string.Join(", ", addresses);
        else if (known.Count >= MaxLists)
            return "many";
        else
            db.Add(
                new TestAddresses
                {
                    CustomerId = actor.Customer,
                    Name = name,
                    Addresses = string.Join(", ", addresses),
                    CreatedAt = clock.GetUtcNow(),
                }
            );
        db.Add(actor, "test_addresses.kept", $"test addresses {name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return null;
    }

    public static async Task ForgetAsync(
        Actor actor,
        IReadOnlyCollection<long> ids,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var rows = await db.Of<TestAddresses>(actor.Customer).Where(t => ids.Contains(t.Id)).ToListAsync(ct);
        db.RemoveRange(rows);
        foreach (var row in rows)
            db.Add(actor, "test_addresses.forgotten", $"test addresses {row.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
    }
}

internal sealed class TestAddressesConfiguration : IEntityTypeConfiguration<TestAddresses>
{
    public void Configure(EntityTypeBuilder<TestAddresses> builder)
    {
        builder.ToTable("test_addresses").HasKey(t => t.Id);
        builder.Property(t => t.Id).ValueGeneratedOnAdd();
    }
}
