using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns;

/// <summary>The life of a campaign.</summary>
public enum CampaignStatus : short
{
    Draft = 0,
    Scheduled = 1,
    Running = 2,
    Paused = 3,
    Finished = 4,
    Cancelled = 5,
}

/// <summary>What a campaign is for.</summary>
public enum CampaignKind : short
{
    /// <summary>Made and launched by a person.</summary>
    Ordinary = 0,

    /// <summary>
    /// Carries one send step of an automation: it has no lists, runs until the automation ends, and deliveries are added one by one.
    /// </summary>
    AutomationStep = 1,

    /// <summary>What the issues of a feed are copied from; never launched itself.</summary>
    FeedModel = 2,
}

/// <summary>Why the program itself paused a campaign. Values are stored: never renumber.</summary>
public enum HoldReason : short
{
    /// <summary>Recipients report it as spam.</summary>
    Complaints = 1,

    /// <summary>Addresses refuse it for good.</summary>
    Bounces = 2,

    /// <summary>Its content is refused as spam or virus.</summary>
    Content = 3,
}

/// <summary>What is measured about the recipients of a campaign (privacy profile permitting).</summary>
public enum TrackingLevel : short
{
    /// <summary>No pixel, links untouched.</summary>
    None = 0,

    /// <summary>Counts only, no recipient known.</summary>
    Aggregate = 1,

    /// <summary>Per recipient for those whose consent allows it, aggregate for the others.</summary>
    Individual = 2,

    /// <summary>The day of the last open on the contact, nothing else.</summary>
    Hygiene = 3,
}

/// <summary>What happens to a recipient for whom a merge field is missing.</summary>
public enum MissingFieldPolicy : short
{
    /// <summary>The default value of the field, or nothing, stands in its place.</summary>
    UseDefault = 0,

    /// <summary>The recipient is skipped, with the reason recorded.</summary>
    Skip = 1,
}

/// <summary>One content to many recipients.</summary>
public sealed class Campaign : ICustomerOwned, IContentHolder
{
    private Campaign() { }

    public Campaign(CustomerId customer, string name, DateTimeOffset now)
    {
        (CustomerId, Name, CreatedAt, UpdatedAt) = (customer, name, now, now);
    }

    public CampaignId Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public string Name { get; set; } = "";
    public Channel Channel { get; private set; } = Channel.Email;
    public CampaignKind Kind { get; init; }

    /// <summary>The automation whose send step it carries.</summary>
    public AutomationId? AutomationId { get; init; }
    public CampaignStatus Status { get; private set; }

    /// <summary>Rises at every change of status or content; lanes compare it before each send.</summary>
    public int ControlVersion { get; private set; }
    public string? FromEmail { get; set; }
    public string? FromName { get; set; }
    public string? ReplyTo { get; set; }
    public string Subject { get; set; } = "";
    public string? Preheader { get; set; }
    public string? Html { get; set; }
    public string? Text { get; set; }

    /// <summary>The version that goes out from now on; null before the first launch.</summary>
    public ContentId? ContentId { get; private set; }
    public TrackingLevel Tracking { get; set; } = TrackingLevel.Individual;
    public MissingFieldPolicy MissingFields { get; set; }

    /// <summary>Opens are counted, when <see cref="Tracking"/> allows it.</summary>
    public bool CountsOpens { get; set; } = true;

    /// <summary>Clicks are counted, when <see cref="Tracking"/> allows it.</summary>
    public bool CountsClicks { get; set; } = true;

    /// <summary>Whoever gave the recipients declares that they agreed to tracking; who refused it here stays untracked.</summary>
    public bool HasDeclaredTracking { get; set; }

    /// <summary>Default values of merge fields: a JSON object of strings.</summary>
    public string? FieldDefaults { get; set; }

    /// <summary>Overrides the servers' policy unless Default.</summary>
    public InDoubtPolicy InDoubtPolicy { get; set; }
    public DateTimeOffset? ScheduledAt { get; private set; }

    /// <summary>Days on which it may send, as bits: Monday 1 to Sunday 64.</summary>
    public int SendingDays { get; set; } = 127;

    /// <summary>Minute of the day from which it may send; null: all day.</summary>
    public int? SendingFrom { get; set; }

    /// <summary>Minute of the day at which it stops; null: all day.</summary>
    public int? SendingUntil { get; set; }

    /// <summary>Hours and start are counted in each recipient's own zone where it is known.</summary>
    public bool RecipientZones { get; set; }
    public DateTimeOffset? LaunchedAt { get; private set; }
    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>When the audience was frozen completely.</summary>
    public DateTimeOffset? ExpandedAt { get; private set; }

    /// <summary>Last contact frozen so far: where an interrupted launch goes on.</summary>
    public long ExpansionCursor { get; private set; }

    /// <summary>Recipients frozen at launch.</summary>
    public long Audience { get; private set; }

    /// <summary>Recipients are given one by one or in batches, beside its lists or without any.</summary>
    public bool TakesRecipients { get; set; }

    /// <summary>Who is told of opt-outs and reports of abuse: addresses separated by commas; never shown to recipients.</summary>
    public string? TechContacts { get; set; }

    /// <summary>Who is told when sending starts and ends: addresses separated by commas.</summary>
    public string? Owners { get; set; }

    /// <summary>Opting out is the customer's own affair: the page shows whom to ask instead of a form.</summary>
    public bool ExternalOptOut { get; set; }

    /// <summary>Whether <see cref="ExternalOptOut"/> holds: the right can be withdrawn after it was chosen.</summary>
    public bool LeavesOptOutTo(Customer owner) => ExternalOptOut && owner is { MayOptOutExternally: true, OptOutContact: not null };

    /// <summary>Why it was paused by the program; null when a person paused it, or once a person resumed it.</summary>
    public HoldReason? HoldReason { get; private set; }

    /// <summary>Messages that came back, of those counted since the last time.</summary>
    public long HoldCount { get; private set; }

    /// <summary>The same in percent of the attempts.</summary>
    public double HoldPercent { get; private set; }
    public DateTimeOffset? HeldAt { get; private set; }

    /// <summary>Attempts, complaints, addresses that do not exist and refusals of the content that a person has seen when resuming: they hold it no more.</summary>
    public long SeenAttempts { get; private set; }
    public long SeenComplaints { get; private set; }
    public long SeenBounces { get; private set; }
    public long SeenRefusals { get; private set; }
    public CampaignId? ClonedFrom { get; init; }
    public string? CreatedBy { get; init; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Nothing of it has been frozen yet: everything may change.</summary>
    public bool IsEditable => Status is CampaignStatus.Draft or CampaignStatus.Scheduled;

    /// <summary>
    /// Content and servers may change, lists may not. What a step of an automation says may change while it runs: it goes out when
    /// the automation is published again.
    /// </summary>
    public bool IsContentEditable =>
        IsEditable || Status == CampaignStatus.Paused || (Kind == CampaignKind.AutomationStep && Status == CampaignStatus.Running);

    public bool IsOver => Status is CampaignStatus.Finished or CampaignStatus.Cancelled;

    /// <summary>The table of allowed changes of status.</summary>
    public bool CanBecome(CampaignStatus next) =>
        (Status, next) switch
        {
            (CampaignStatus.Draft, CampaignStatus.Scheduled or CampaignStatus.Running or CampaignStatus.Cancelled) => true,
            (CampaignStatus.Scheduled, CampaignStatus.Draft or CampaignStatus.Running or CampaignStatus.Cancelled) => true,
            (CampaignStatus.Running, CampaignStatus.Paused or CampaignStatus.Finished or CampaignStatus.Cancelled) => true,
            (CampaignStatus.Paused, CampaignStatus.Running or CampaignStatus.Cancelled) => true,
            _ => false,
        };

    /// <summary>Puts the campaign on the calendar.</summary>
    public void Schedule(DateTimeOffset at, DateTimeOffset now)
    {
        Become(CampaignStatus.Scheduled, now);
        ScheduledAt = at;
    }

    /// <summary>Notes the start of a draft, or moves a campaign that is on the calendar; its status stays.</summary>
    public void Plan(DateTimeOffset? at, DateTimeOffset now)
    {
        if (!IsEditable || (at is null && Status == CampaignStatus.Scheduled))
            throw new InvalidOperationException($"A campaign that is {Status} cannot be planned for {at}.");
        ScheduledAt = at;
        UpdatedAt = now;
    }

    /// <summary>Takes the campaign off the calendar.</summary>
    public void Unschedule(DateTimeOffset now)
    {
        Become(CampaignStatus.Draft, now);
        ScheduledAt = null;
    }

    /// <summary>Starts it with the content version that will go out.</summary>
    public void Launch(ContentId content, DateTimeOffset now)
    {
        Become(CampaignStatus.Running, now);
        ContentId = content;
        LaunchedAt ??= now;
    }

    /// <summary>Starts a campaign whose recipients come one by one; it is never expanded.</summary>
    public void LaunchOpen(ContentId content, DateTimeOffset now)
    {
        Launch(content, now);
        ExpandedAt = now;
    }

    public void Pause(DateTimeOffset now) => Become(CampaignStatus.Paused, now);

    /// <summary>Stops because too much comes back; only a person lets it go on.</summary>
    public void Hold(HoldReason reason, long count, double percent, DateTimeOffset now)
    {
        Become(CampaignStatus.Paused, now);
        (HoldReason, HoldCount, HoldPercent, HeldAt) = (reason, count, percent, now);
    }

    /// <summary>A person goes on knowing these figures: they hold it no more.</summary>
    internal void Accept(BreakerFigures seen)
    {
        (HoldReason, HeldAt) = (null, null);
        (SeenAttempts, SeenComplaints, SeenBounces, SeenRefusals) = (seen.Attempts, seen.Complaints, seen.Bounces, seen.Refusals);
    }

    public void Resume(DateTimeOffset now) => Become(CampaignStatus.Running, now);

    public void Cancel(DateTimeOffset now)
    {
        Become(CampaignStatus.Cancelled, now);
        FinishedAt = now;
    }

    /// <summary>Makes a new content version the one that goes out from now on.</summary>
    public void UseContent(ContentId content, DateTimeOffset now)
    {
        ContentId = content;
        ControlVersion++;
        UpdatedAt = now;
    }

    /// <summary>Something the lanes must read again has changed.</summary>
    public void Touch(DateTimeOffset now)
    {
        ControlVersion++;
        UpdatedAt = now;
    }

    private void Become(CampaignStatus next, DateTimeOffset now)
    {
        if (!CanBecome(next))
            throw new InvalidOperationException($"A campaign that is {Status} cannot become {next}.");
        Status = next;
        ControlVersion++;
        UpdatedAt = now;
    }
}

/// <summary>A list a campaign goes to, or leaves out.</summary>
public sealed class CampaignList : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }
    public required ListId ListId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public bool Excluded { get; set; }
}

/// <summary>A segment a campaign goes to, or leaves out.</summary>
public sealed class CampaignSegment : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }
    public required SegmentId SegmentId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public bool Excluded { get; set; }

    /// <summary>The resolved definition as it was at launch: what is frozen.</summary>
    public string? Definition { get; set; }
}

/// <summary>A sending server a campaign uses, with its own sender and limits.</summary>
public sealed class CampaignServer : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }
    public required ServerId ServerId { get; init; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Null: the server's weight.</summary>
    public int? Weight { get; set; }

    /// <summary>Null: the campaign's sender.</summary>
    public string? FromEmail { get; set; }
    public string? FromName { get; set; }

    /// <summary>Null: the server's rate alone counts.</summary>
    public int? RateCount { get; set; }
    public RateUnit RateUnit { get; set; } = RateUnit.Second;

    /// <summary>Messages of this campaign per day through this server; null: the server's maximum alone counts.</summary>
    public int? DailyMaximum { get; set; }
}

internal sealed class CampaignConfiguration
    : IEntityTypeConfiguration<Campaign>,
        IEntityTypeConfiguration<CampaignList>,
        IEntityTypeConfiguration<CampaignSegment>,
        IEntityTypeConfiguration<CampaignServer>
{
    public void Configure(EntityTypeBuilder<Campaign> builder)
    {
        builder.ToTable("campaigns").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
        builder.Property(c => c.ControlVersion).IsConcurrencyToken();
        builder.Ignore(c => c.IsEditable);
        builder.Ignore(c => c.IsContentEditable);
        builder.Ignore(c => c.IsOver);
    }

    public void Configure(EntityTypeBuilder<CampaignList> builder) =>
        builder.ToTable("campaign_lists").HasKey(l => new { l.CampaignId, l.ListId });

    public void Configure(EntityTypeBuilder<CampaignSegment> builder) =>
        builder.ToTable("campaign_segments").HasKey(s => new { s.CampaignId, s.SegmentId });

    public void Configure(EntityTypeBuilder<CampaignServer> builder) =>
        builder.ToTable("campaign_servers").HasKey(s => new { s.CampaignId, s.ServerId });
}
