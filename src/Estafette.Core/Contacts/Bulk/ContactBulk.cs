using System.Text.Json;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Contacts.Bulk;

/// <summary>What is done to many contacts. Values are stored: never renumber.</summary>
public enum BulkAction : short
{
    /// <summary>Confirms them in a list; who unsubscribed from it stays out.</summary>
    AddToList = 1,

    /// <summary>Takes them out of a list; who unsubscribed keeps that row, so that nothing brings them back.</summary>
    RemoveFromList = 2,
    SetAttribute = 3,
    EraseAttribute = 4,

    /// <summary>Unsubscribes them from a list, or from all they are in.</summary>
    Unsubscribe = 5,
}

/// <summary>How far a bulk change is. Values are stored: never renumber.</summary>
public enum BulkStatus : short
{
    Running = 0,
    Finished = 1,

    /// <summary>Stopped by a user; what was done stays.</summary>
    Cancelled = 2,
}

/// <summary>What to do: the list or the attribute as the action needs it.</summary>
public sealed record BulkChange(BulkAction Action, ListId? List = null, string? Attribute = null, string? Value = null);

/// <summary>To whom: picked contacts, or all that the filter of the contacts page holds.</summary>
public sealed record BulkScope
{
    /// <summary>Most contacts that can be picked one by one.</summary>
    public const int MaxPicked = 250;

    /// <summary>Ids of picked contacts; null: the filter counts.</summary>
    public IReadOnlyList<long>? Picked { get; init; }
    public long? List { get; init; }
    public SubscriptionStatus? Status { get; init; }
    public string? Search { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static BulkScope FromJson(string json) => JsonSerializer.Deserialize<BulkScope>(json)!;
}

/// <summary>One change made to many contacts (table "contact_bulks").</summary>
public sealed class ContactBulk : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required BulkAction Action { get; init; }
    public ListId? ListId { get; init; }
    public string? Attribute { get; init; }
    public string? Value { get; init; }

    /// <summary>A <see cref="BulkScope"/> as JSON; emptied at the end, since what was searched for may be an address.</summary>
    public required string Who { get; init; }
    public BulkStatus Status { get; private set; }

    /// <summary>Contacts it was about when it began.</summary>
    public required long Total { get; init; }

    /// <summary>The greatest key when it began: who comes later is not meant.</summary>
    public required ContactId LastContact { get; init; }
    public long CursorContact { get; private set; }

    /// <summary>Contacts looked at so far.</summary>
    public long Seen { get; private set; }

    /// <summary>Contacts for whom something changed.</summary>
    public long Changed { get; private set; }
    public required string Operator { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; private set; }

    internal BulkChange Change => new(Action, ListId, Attribute, Value);
}

internal sealed class ContactBulkConfiguration : IEntityTypeConfiguration<ContactBulk>
{
    public void Configure(EntityTypeBuilder<ContactBulk> builder)
    {
        builder.ToTable("contact_bulks").HasKey(b => b.Id);
        builder.Property(b => b.Id).ValueGeneratedOnAdd();
    }
}
