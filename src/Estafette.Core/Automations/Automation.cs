using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Automations;

/// <summary>The life of an automation.</summary>
public enum AutomationStatus : short
{
    /// <summary>Never published; nobody can enter.</summary>
    Draft = 0,

    Running = 1,

    /// <summary>Nobody enters or moves on; waits go on counting.</summary>
    Paused = 2,

    /// <summary>Ended for good; everybody left.</summary>
    Stopped = 3,
}

/// <summary>A sequence of steps that people go through, each at their own time.</summary>
public sealed class Automation : ICustomerOwned
{
    private Automation() { }

    public Automation(CustomerId customer, string name, AutomationDefinition draft, string protectedSecret, DateTimeOffset now)
    {
        (CustomerId, Name, ProtectedSecret, CreatedAt, UpdatedAt) = (customer, name, protectedSecret, now, now);
        Draft = draft.ToJson();
    }

    public AutomationId Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public string Name { get; private set; } = "";
    public AutomationStatus Status { get; private set; }

    /// <summary>What is being edited, as JSON; what runs is the published version.</summary>
    public string Draft { get; private set; } = "";

    /// <summary>The draft differs from the published version.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>The published version; 0 before the first.</summary>
    public int Version { get; private set; }

    /// <summary>Rises at every change, so that two people editing do not overwrite each other.</summary>
    public int ControlVersion { get; private set; }

    /// <summary>Trigger of the published version, for those who look for automations by it.</summary>
    public TriggerKind TriggerKind { get; private set; }
    public ListId? TriggerListId { get; private set; }
    public SegmentId? TriggerSegmentId { get; private set; }

    /// <summary>Signs webhook calls.</summary>
    public string ProtectedSecret { get; private set; } = "";

    /// <summary>List triggers: changes up to here were looked at; segment triggers: when the trigger was set.</summary>
    public DateTimeOffset EntryFrom { get; private set; }

    /// <summary>Date triggers: the civil day (yyyyMMdd) looked at last or now.</summary>
    public int EntryDay { get; private set; }

    /// <summary>
    /// Date triggers: last contact looked at on that day; <see cref="DayDone"/> when all were. Segment triggers: <see cref="DayDone"/> once
    /// everybody who was there from the beginning is noted.
    /// </summary>
    public long EntryCursor { get; private set; }

    /// <summary>Why it cannot go on, in words; null when it can.</summary>
    public string? Problem { get; private set; }
    public string? CreatedBy { get; init; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public DateTimeOffset? PublishedAt { get; private set; }

    /// <summary>Value of <see cref="EntryCursor"/> when a day is finished.</summary>
    public const long DayDone = long.MaxValue;

    /// <summary>The definition being edited.</summary>
    public AutomationDefinition ReadDraft() => AutomationDefinition.FromJson(Draft);

    /// <summary>The table of allowed changes of status.</summary>
    public bool CanBecome(AutomationStatus next) =>
        (Status, next) switch
        {
            (AutomationStatus.Draft, AutomationStatus.Running) => true,
            (AutomationStatus.Running, AutomationStatus.Paused or AutomationStatus.Stopped) => true,
            (AutomationStatus.Paused, AutomationStatus.Running or AutomationStatus.Stopped) => true,
            _ => false,
        };

    public void Rename(string name, DateTimeOffset now)
    {
        Name = name;
        Touch(now);
    }

    /// <summary>Saves what is being edited.</summary>
    public void Edit(AutomationDefinition draft, DateTimeOffset now)
    {
        Draft = draft.ToJson();
        HasChanges = true;
        Touch(now);
    }

    /// <summary>Makes the draft the version that runs.</summary>
    public void Publish(AutomationDefinition definition, DateTimeOffset now, int today)
    {
        if (Status == AutomationStatus.Stopped)
            throw new InvalidOperationException("A stopped automation is not published again.");
        var starts = Status == AutomationStatus.Draft;
        var trigger = definition.Trigger;
        var triggerChanged =
            TriggerKind != trigger.Kind || TriggerListId?.Value != trigger.List || TriggerSegmentId?.Value != trigger.Segment;
        if (starts)
            Status = AutomationStatus.Running;
        if (starts || triggerChanged)
            (EntryFrom, EntryDay, EntryCursor) = (now, today, trigger.Kind == TriggerKind.Segment ? 0 : DayDone);
        (TriggerKind, TriggerListId) = (trigger.Kind, trigger.List is { } list ? new ListId(list) : null);
        TriggerSegmentId = trigger.Segment is { } segment ? new SegmentId(segment) : null;
        Version++;
        HasChanges = false;
        Problem = null;
        PublishedAt = now;
        Touch(now);
    }

    public void Become(AutomationStatus next, DateTimeOffset now)
    {
        if (!CanBecome(next))
            throw new InvalidOperationException($"An automation that is {Status} cannot become {next}.");
        Status = next;
        Problem = null;
        Touch(now);
    }

    /// <summary>Tells why it stands still.</summary>
    public void Report(string? problem) => Problem = problem;

    private void Touch(DateTimeOffset now)
    {
        ControlVersion++;
        UpdatedAt = now;
    }
}

/// <summary>A published definition; never changed.</summary>
public sealed class AutomationVersion : ICustomerOwned
{
    public required AutomationId AutomationId { get; init; }
    public required int Version { get; init; }
    public required CustomerId CustomerId { get; init; }
    public required string Definition { get; init; }
    public string? PublishedBy { get; init; }
    public required DateTimeOffset PublishedAt { get; init; }
}

/// <summary>Whether somebody is still inside.</summary>
public enum EnrolmentStatus : short
{
    Active = 0,

    /// <summary>Went through to the end.</summary>
    Finished = 1,

    /// <summary>Left before the end; the reason says why.</summary>
    Left = 2,
}

/// <summary>Why somebody left before the end.</summary>
public enum ExitReason : short
{
    None = 0,
    Unsubscribed = 1,
    GoalReached = 2,
    Removed = 3,
    ContactGone = 4,
    Stopped = 5,
}

/// <summary>One passage of a contact.</summary>
public sealed class Enrolment : ICustomerOwned
{
    public EnrolmentId Id { get; private set; }
    public AutomationId AutomationId { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public ContactId ContactId { get; private set; }

    /// <summary>Keeps the passages of one person apart: the year of a yearly date, else 0, 1, 2 …</summary>
    public int Round { get; private set; }

    /// <summary>What made the contact enter: rises from one event to the next.</summary>
    public long EntryKey { get; private set; }
    public EnrolmentStatus Status { get; private set; }
    public ExitReason ExitReason { get; private set; }

    /// <summary>The step to take next, or being waited at; 0 after the end.</summary>
    public int StepId { get; private set; }

    /// <summary>The wait at the step has begun; it ends at <see cref="DueAt"/>.</summary>
    public bool IsWaiting { get; private set; }
    public DateTimeOffset DueAt { get; private set; }
    public DateTimeOffset EnteredAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }
}

/// <summary>How a step was passed.</summary>
public enum PassOutcome : short
{
    Passed = 1,
    Yes = 2,
    No = 3,

    /// <summary>The contact has no address for it.</summary>
    NoAddress = 4,

    /// <summary>Counter of people who entered (step 0).</summary>
    Entered = 10,

    /// <summary>Counter of people who went through to the end (step 0).</summary>
    Finished = 11,

    /// <summary>Counters of people who left (step 0): this plus the number of the reason.</summary>
    Left = 20,
}

/// <summary>A step that somebody passed.</summary>
public sealed class Pass
{
    public EnrolmentId EnrolmentId { get; private set; }
    public int StepId { get; private set; }
    public AutomationId AutomationId { get; private set; }
    public DateTimeOffset At { get; private set; }
    public PassOutcome Outcome { get; private set; }

    /// <summary>The message of a send step.</summary>
    public DeliveryId? DeliveryId { get; private set; }
}

/// <summary>How often a step was passed, by outcome.</summary>
public sealed class PassCount
{
    public AutomationId AutomationId { get; private set; }
    public int StepId { get; private set; }
    public short Outcome { get; private set; }
    public long Count { get; private set; }
}

/// <summary>The campaign that carries a send step in one round.</summary>
public sealed class StepCampaign
{
    public required AutomationId AutomationId { get; init; }
    public required int StepId { get; init; }
    public required int Round { get; init; }
    public required CampaignId CampaignId { get; init; }
}

internal sealed class AutomationConfiguration
    : IEntityTypeConfiguration<Automation>,
        IEntityTypeConfiguration<AutomationVersion>,
        IEntityTypeConfiguration<Enrolment>,
        IEntityTypeConfiguration<Pass>,
        IEntityTypeConfiguration<PassCount>,
        IEntityTypeConfiguration<StepCampaign>
{
    public void Configure(EntityTypeBuilder<Automation> builder)
    {
        builder.ToTable("automations").HasKey(a => a.Id);
        builder.Property(a => a.Id).ValueGeneratedOnAdd();
        builder.Property(a => a.ControlVersion).IsConcurrencyToken();
    }

    public void Configure(EntityTypeBuilder<AutomationVersion> builder) =>
        builder.ToTable("automation_versions").HasKey(v => new { v.AutomationId, v.Version });

    public void Configure(EntityTypeBuilder<Enrolment> builder)
    {
        builder.ToTable("automation_enrolments").HasKey(e => e.Id);
        builder.Property(e => e.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<Pass> builder) =>
        builder.ToTable("automation_passes").HasKey(p => new { p.EnrolmentId, p.StepId });

    public void Configure(EntityTypeBuilder<PassCount> builder) =>
        builder
            .ToTable("automation_counts")
            .HasKey(c => new
            {
                c.AutomationId,
                c.StepId,
                c.Outcome,
            });

    public void Configure(EntityTypeBuilder<StepCampaign> builder) =>
        builder
            .ToTable("automation_campaigns")
            .HasKey(c => new
            {
                c.AutomationId,
                c.StepId,
                c.Round,
            });
}
