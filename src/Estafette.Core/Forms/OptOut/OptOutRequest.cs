using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Forms.OptOut;

/// <summary>
/// Somebody without a link who wants to get nothing more (table "opt_out_requests"). Until the address is proven by the link of a mail, the request
/// changes nothing: whoever types the address of somebody else takes nobody off.
/// </summary>
public sealed class OptOutRequest : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>As it was typed, in its normal form.</summary>
    public required string Address { get; init; }

    /// <summary>"fr" or "en": that of the page on which it was typed.</summary>
    public required string Language { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; internal set; }
}

internal sealed class OptOutRequestConfiguration : IEntityTypeConfiguration<OptOutRequest>
{
    public void Configure(EntityTypeBuilder<OptOutRequest> builder)
    {
        builder.ToTable("opt_out_requests").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }
}
