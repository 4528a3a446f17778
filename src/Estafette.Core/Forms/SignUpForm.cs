using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Forms;

/// <summary>A public form through which people join lists (table "forms").</summary>
public sealed class SignUpForm : ICustomerOwned
{
    private SignUpForm() { }

    public SignUpForm(CustomerId customer, string name, string token, FormDesign design, DateTimeOffset now)
    {
        (CustomerId, Name, Token) = (customer, name, token);
        (Design, CreatedAt, UpdatedAt) = (design, now, now);
    }

    public long Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public string Name { get; private set; } = "";

    /// <summary>The end of its address, drawn by lot: the number of forms is nobody's business.</summary>
    public string Token { get; private set; } = "";
    public FormDesign Design { get; private set; } = new();

    /// <summary>Raised when a wording changes, so that a proof of consent names the one the person saw.</summary>
    public int WordingVersion { get; private set; } = 1;
    public bool Active { get; private set; } = true;

    /// <summary>Sign-ups asked for.</summary>
    public long Submitted { get; private set; }

    /// <summary>Sign-ups in force.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Sign-ups turned away because their confirmation could not be sent.</summary>
    public long Refused { get; private set; }

    /// <summary>When the last one was; null: never.</summary>
    public DateTimeOffset? RefusedAt { get; private set; }

    /// <summary>What was in its way.</summary>
    public SystemMailOutcome? RefusedWhy { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Replaces name and design; a new wording gets a new version.</summary>
    public void Change(string name, FormDesign design, DateTimeOffset now)
    {
        if (!design.HasWordingOf(Design))
            WordingVersion++;
        (Name, Design, UpdatedAt) = (name, design, now);
    }

    /// <summary>Opens or closes it.</summary>
    public void Switch(bool active, DateTimeOffset now) => (Active, UpdatedAt) = (active, now);
}

/// <summary>A list that a form leads to.</summary>
public sealed class FormList : ICustomerOwned
{
    public required long FormId { get; init; }
    public required ListId ListId { get; init; }
    public required CustomerId CustomerId { get; init; }
}

/// <summary>
/// A sign-up on its way (table "form_requests"). What the person typed waits here until the address is proven: whoever types the address of
/// somebody else changes nothing about that person.
/// </summary>
public sealed class FormRequest : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required long FormId { get; init; }
    public required ContactId ContactId { get; init; }
    public required SignUpAnswers Answers { get; init; }
    public required string Language { get; init; }
    public required int WordingVersion { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }
}

internal sealed class SignUpFormConfiguration
    : IEntityTypeConfiguration<SignUpForm>,
        IEntityTypeConfiguration<FormList>,
        IEntityTypeConfiguration<FormRequest>
{
    public void Configure(EntityTypeBuilder<SignUpForm> builder)
    {
        builder.ToTable("forms").HasKey(f => f.Id);
        builder.Property(f => f.Id).ValueGeneratedOnAdd();
        builder.Property(f => f.Design).HasConversion(design => design.ToJson(), json => FormDesign.FromJson(json));
        builder.Property(f => f.RefusedWhy).HasConversion<short?>();
    }

    public void Configure(EntityTypeBuilder<FormList> builder) => builder.ToTable("form_lists").HasKey(l => new { l.FormId, l.ListId });

    public void Configure(EntityTypeBuilder<FormRequest> builder)
    {
        builder.ToTable("form_requests").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
        builder.Property(r => r.Answers).HasConversion(answers => answers.ToJson(), json => SignUpAnswers.FromJson(json));
    }
}
