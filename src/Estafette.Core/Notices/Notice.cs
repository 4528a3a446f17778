using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Notices;

/// <summary>What users are told about. Values are stored, as numbers and as bits of a choice: never renumber.</summary>
public enum NoticeKind : short
{
    /// <summary>A campaign finished; number: messages sent.</summary>
    CampaignFinished = 0,

    /// <summary>More of a campaign failed than the customer accepts; number: failed messages, share: of those attempted.</summary>
    TooManyFailures = 1,

    /// <summary>A sending server rests after failures or refuses our credentials; closed when it works again.</summary>
    ServerDown = 2,

    /// <summary>A sending server's daily maximum is used up; number: the maximum.</summary>
    QuotaReached = 3,

    /// <summary>An import ended; number: contacts added and changed.</summary>
    ImportFinished = 4,

    /// <summary>An import could not read its file to the end.</summary>
    ImportFailed = 5,

    /// <summary>A form turned sign-ups away because their confirmation could not be sent; number: since the form exists.</summary>
    SignUpsRefused = 6,

    /// <summary>A webhook did not answer for three days and was switched off.</summary>
    WebhookOff = 7,

    /// <summary>Somebody reported a message of a campaign as abuse; number: reports about it so far.</summary>
    AbuseReported = 8,

    /// <summary>A campaign was paused because too much came back; number: how many, share: of those attempted.</summary>
    CampaignHeld = 9,

    /// <summary>One in a thousand recipients of a campaign complained; number: how many, share: of those attempted.</summary>
    TooManyComplaints = 10,
}

/// <summary>One event worth a look. The same event is one notice, however often it is seen: its key is unique.</summary>
public sealed class Notice : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required NoticeKind Kind { get; init; }

    /// <summary>What makes the event one: "campaign-finished 12 1790000000000".</summary>
    public required string Key { get; init; }

    /// <summary>Id of the campaign, server or import.</summary>
    public required long SubjectId { get; init; }

    /// <summary>Its name at the time.</summary>
    public required string Name { get; init; }
    public long Number { get; init; }

    /// <summary>Percent.</summary>
    public double? Share { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>When it was over; null while it lasts, and for what has no duration.</summary>
    public DateTimeOffset? ClosedAt { get; internal set; }

    /// <summary>Whether it is something to mend rather than news.</summary>
    public bool IsWarning =>
        Kind
            is NoticeKind.TooManyFailures
                or NoticeKind.ServerDown
                or NoticeKind.QuotaReached
                or NoticeKind.ImportFailed
                or NoticeKind.SignUpsRefused
                or NoticeKind.WebhookOff
                or NoticeKind.AbuseReported
                or NoticeKind.CampaignHeld
                or NoticeKind.TooManyComplaints;
}

/// <summary>What one user wants by mail, and how far they have read.</summary>
public sealed class NoticeChoice : ICustomerOwned
{
    public required long UserId { get; init; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>One bit for each <see cref="NoticeKind"/>.</summary>
    public int MailKinds { get; internal set; }

    /// <summary>The last notice the user has seen.</summary>
    public long SeenId { get; internal set; }
    public DateTimeOffset? LastMailAt { get; internal set; }

    public bool Wants(NoticeKind kind) => (MailKinds & (1 << (int)kind)) != 0;
}

/// <summary>A mail that is owed or was sent: the outbox of notices.</summary>
internal sealed class NoticeMail : ICustomerOwned
{
    public required long NoticeId { get; init; }
    public required long UserId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public DateTimeOffset? SentAt { get; set; }
}

/// <summary>When a customer is warned.</summary>
internal sealed class NoticeRule : ICustomerOwned
{
    public required CustomerId CustomerId { get; init; }

    /// <summary>Failed messages of a campaign in percent of those attempted, 1 to 100.</summary>
    public int FailurePercent { get; set; }
}

/// <summary>How many contacts a customer had at the last count of a day.</summary>
public sealed class ContactDay : ICustomerOwned
{
    public required CustomerId CustomerId { get; init; }

    /// <summary>Days since 1970-01-01 in the customer's zone.</summary>
    public required int Day { get; init; }
    public long Contacts { get; internal set; }
    public DateTimeOffset CountedAt { get; internal set; }
}

internal sealed class NoticeConfiguration
    : IEntityTypeConfiguration<Notice>,
        IEntityTypeConfiguration<NoticeChoice>,
        IEntityTypeConfiguration<NoticeMail>,
        IEntityTypeConfiguration<NoticeRule>,
        IEntityTypeConfiguration<ContactDay>
{
    public void Configure(EntityTypeBuilder<Notice> builder)
    {
        builder.ToTable("notices").HasKey(n => n.Id);
        builder.Property(n => n.Id).ValueGeneratedOnAdd();
        builder.Ignore(n => n.IsWarning);
    }

    public void Configure(EntityTypeBuilder<NoticeChoice> builder)
    {
        builder.ToTable("notice_choices").HasKey(c => c.UserId);
        builder.Property(c => c.UserId).ValueGeneratedNever();
    }

    public void Configure(EntityTypeBuilder<NoticeMail> builder) =>
        builder.ToTable("notice_mails").HasKey(m => new { m.NoticeId, m.UserId });

    public void Configure(EntityTypeBuilder<NoticeRule> builder)
    {
        builder.ToTable("notice_rules").HasKey(r => r.CustomerId);
        builder.Property(r => r.CustomerId).ValueGeneratedNever();
    }

    public void Configure(EntityTypeBuilder<ContactDay> builder) =>
        builder.ToTable("contact_days").HasKey(d => new { d.CustomerId, d.Day });
}
