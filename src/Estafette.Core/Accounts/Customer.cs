using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>How individual opens and clicks may be recorded.</summary>
public enum PrivacyProfile : short
{
    /// <summary>Only for contacts with recorded tracking consent; the others are counted in aggregate (CNIL recommendation of 2026).</summary>
    Cnil = 0,

    /// <summary>For everybody who has not refused.</summary>
    Basic = 1,
}

/// <summary>The account that owns contacts, campaigns and everything else.</summary>
public sealed class Customer
{
    private Customer() { }

    public Customer(string name, DateTimeOffset now) => (Name, CreatedAt) = (name, now);

    public CustomerId Id { get; private set; }
    public string Name { get; set; } = "";

    /// <summary>Language of notices and generated text: "fr" or "en".</summary>
    public string Language { get; set; } = "fr";

    /// <summary>IANA time zone of screens, schedules and daily maximums.</summary>
    public string TimeZone { get; set; } = "Europe/Paris";

    /// <summary>ISO 3166 alpha-2 country that a phone number without prefix belongs to.</summary>
    public string DefaultCountry { get; set; } = "FR";
    public PrivacyProfile PrivacyProfile { get; set; }

    /// <summary>Base of pixel, link and unsubscribe URLs; null: the installation's.</summary>
    public string? TrackingBaseUrl { get; set; }

    /// <summary>A campaign is launched only after somebody other than its author approved it.</summary>
    public bool RequiresApproval { get; set; }
    public bool Suspended { get; private set; }
    public DateTimeOffset? SuspendedAt { get; private set; }

    /// <summary>Why, for the operators.</summary>
    public string? SuspendedReason { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Most users, invited ones included; null here and below: no limit.</summary>
    public int? MaxUsers { get; set; }
    public long? MaxContacts { get; set; }
    public int? MaxServers { get; set; }

    /// <summary>Most messages handed over per civil day of the customer.</summary>
    public int? MaxMessagesPerDay { get; set; }

    /// <summary>Most messages handed over per civil month of the customer.</summary>
    public int? MaxMessagesPerMonth { get; set; }

    /// <summary>Share of complaints in percent that pauses a campaign; null here and below: as the installation says.</summary>
    public double? BreakerComplaintPercent { get; set; }

    /// <summary>Share of addresses that refuse for good.</summary>
    public double? BreakerBouncePercent { get; set; }

    /// <summary>Share of refusals of the content.</summary>
    public double? BreakerContentPercent { get; set; }

    /// <summary>From then on users need a second factor or a passkey; null: it is their own choice.</summary>
    public DateTimeOffset? SecondFactorFrom { get; set; }

    /// <summary>Campaigns may leave opting out to the customer's own ways (mail of an association to its members).</summary>
    public bool MayOptOutExternally { get; set; }

    /// <summary>Whom recipients of such campaigns ask, shown on the unsubscribe page.</summary>
    public string? OptOutContact { get; set; }

    /// <summary>Campaigns may carry attachments.</summary>
    public bool MayAttach { get; set; }

    /// <summary>Name on public pages and system mails; null: <see cref="Name"/>.</summary>
    public string? BrandName { get; set; }

    /// <summary>Colour of buttons and links, "#rrggbb".</summary>
    public string? BrandColor { get; set; }

    /// <summary>Colour behind public pages, "#rrggbb".</summary>
    public string? BrandBackground { get; set; }

    /// <summary>SHA-256 of the logo, part of its address.</summary>
    public string? LogoHash { get; set; }

    /// <summary>From now on nobody of this customer signs in and nothing of it is sent or accepted.</summary>
    public void Suspend(DateTimeOffset at, string? reason) => (Suspended, SuspendedAt, SuspendedReason) = (true, at, reason);

    public void Resume() => (Suspended, SuspendedAt, SuspendedReason) = (false, null, null);
}

/// <summary>An HTTP host name that belongs to a customer.</summary>
public sealed class CustomerDomain : ICustomerOwned
{
    private CustomerDomain() { }

    public CustomerDomain(CustomerId customer, string domain) => (CustomerId, Domain) = (customer, domain);

    public string Domain { get; private set; } = "";
    public CustomerId CustomerId { get; private set; }
}

internal sealed class CustomerConfiguration : IEntityTypeConfiguration<Customer>, IEntityTypeConfiguration<CustomerDomain>
{
    public void Configure(EntityTypeBuilder<Customer> builder)
    {
        builder.ToTable("customers").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<CustomerDomain> builder) => builder.ToTable("customer_domains").HasKey(d => d.Domain);
}
