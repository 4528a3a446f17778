using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Contacts;

/// <summary>Whether a contact agreed to individual measurement of opens and clicks.</summary>
public enum TrackingConsent : short
{
    Unknown = 0,
    Granted = 1,
    Refused = 2,
}

/// <summary>A person or company we can reach.</summary>
public sealed class Contact : ICustomerOwned
{
    public ContactId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>What makes the contact unique for its customer: the address key, or "tel:+33…" for a contact without address.</summary>
    public required string ContactKey { get; set; }
    public string? Email { get; set; }

    /// <summary>E.164.</summary>
    public string? Phone { get; set; }
    public string? FirstName
    {
        get;
        set => (field, FirstNameFolded) = (value, FoldedText.UnlessAscii(value));
    }
    public string? LastName
    {
        get;
        set => (field, LastNameFolded) = (value, FoldedText.UnlessAscii(value));
    }

    /// <summary>The first name as searches compare it, when lower() of the database cannot tell (<see cref="ContactSearch"/>).</summary>
    public string? FirstNameFolded { get; private set; }

    /// <inheritdoc cref="FirstNameFolded"/>
    public string? LastNameFolded { get; private set; }
    public string? Language { get; set; }

    /// <summary>A JSON object, or null.</summary>
    public string? Attributes { get; set; }
    public TrackingConsent TrackingConsent { get; set; }
    public DateTimeOffset? TrackingConsentAt { get; set; }

    /// <summary>Days since 1970-01-01 of the last open or click of a person: the only thing kept at tracking level "hygiene".</summary>
    public int? LastOpenDay { get; set; }

    /// <summary>The import that added it.</summary>
    public ImportId? ImportId { get; init; }

    /// <summary>The import that wrote it last.</summary>
    public ImportId? LastImportId { get; private set; }

    /// <summary>The import whose file says that the contact agrees to tracking, or refuses it.</summary>
    public ImportId? TrackingImportId { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An explicit set of contacts (table "lists").</summary>
public sealed class ContactList : ICustomerOwned
{
    public ListId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public string? Description { get; set; }
    public string? Language { get; set; }

    /// <summary>Shown in the preference centre, where contacts join and leave it by themselves.</summary>
    public bool IsPublic { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Where a contact stands in a list.</summary>
public enum SubscriptionStatus : short
{
    Unconfirmed = 0,
    Confirmed = 1,
    Unsubscribed = 2,
}

/// <summary>How a subscription came about or was last changed.</summary>
public enum SubscriptionSource : short
{
    Import = 1,
    Manual = 2,
    Form = 3,
    Api = 4,
    Link = 5,
    Demo = 6,

    /// <summary>A step of an automation.</summary>
    Automation = 20,
}

/// <summary>A contact in a list.</summary>
public sealed class Subscription : ICustomerOwned
{
    public required ListId ListId { get; init; }
    public required ContactId ContactId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public required SubscriptionStatus Status { get; set; }
    public required SubscriptionSource Source { get; set; }

    /// <summary>The import that brought it: its provenance, legal basis and wording are the proof of consent.</summary>
    public ImportId? ImportId { get; init; }

    /// <summary>The consent record that proves it, when it came from a person.</summary>
    public long? ConsentId { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
}

/// <summary>The number of subscriptions of a list in a status, kept by triggers of the database; never written from here.</summary>
public sealed class ListCount : ICustomerOwned
{
    public ListId ListId { get; private set; }
    public SubscriptionStatus Status { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public long Count { get; private set; }
}

/// <summary>What a consent record is about.</summary>
public enum ConsentPurpose : short
{
    /// <summary>To receive messages of a list.</summary>
    Messages = 1,

    /// <summary>To have opens and clicks measured individually.</summary>
    Tracking = 2,
}

/// <summary>Proof of a consent or of its withdrawal; append-only.</summary>
public sealed class ConsentRecord : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required ContactId ContactId { get; init; }
    public ListId? ListId { get; init; }
    public required ConsentPurpose Purpose { get; init; }
    public required bool Granted { get; init; }

    /// <summary>The wording the person saw.</summary>
    public string? Wording { get; init; }
    public required string Source { get; init; }

    /// <summary>The import that declared it for its whole file: provenance and legal basis stand there.</summary>
    public ImportId? ImportId { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? Ip { get; init; }
    public string? UserAgent { get; init; }

    /// <summary>The user who recorded it, when it was not the person.</summary>
    public string? Operator { get; init; }
}

internal sealed class ContactConfiguration
    : IEntityTypeConfiguration<Contact>,
        IEntityTypeConfiguration<ContactList>,
        IEntityTypeConfiguration<Subscription>,
        IEntityTypeConfiguration<ListCount>,
        IEntityTypeConfiguration<ConsentRecord>
{
    public void Configure(EntityTypeBuilder<Contact> builder)
    {
        builder.ToTable("contacts").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
        builder.Property(c => c.Attributes).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<ContactList> builder)
    {
        builder.ToTable("lists").HasKey(l => l.Id);
        builder.Property(l => l.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<Subscription> builder) =>
        builder.ToTable("subscriptions").HasKey(s => new { s.ListId, s.ContactId });

    public void Configure(EntityTypeBuilder<ListCount> builder) => builder.ToTable("list_counts").HasKey(c => new { c.ListId, c.Status });

    public void Configure(EntityTypeBuilder<ConsentRecord> builder)
    {
        builder.ToTable("consent_records").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
    }
}
