using Estafette.Core.Accounts;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>A running automation with its published definition and what its customer decides.</summary>
internal sealed record AutomationRun(
    Automation Automation,
    AutomationDefinition Definition,
    TimeZoneInfo Zone,
    PrivacyProfile Profile,
    string Secret
)
{
    /// <summary>The segments its conditions ask for; filled by those who move people.</summary>
    public IReadOnlyList<AskedSegment> Segments { get; init; } = [];

    public AutomationId Id => Automation.Id;

    public CustomerId Customer => Automation.CustomerId;

    /// <summary>Null when it does not run.</summary>
    public static async Task<AutomationRun?> LoadAsync(AutomationId id, EstafetteDb db, CancellationToken ct)
    {
        var automation = await db.Set<Automation>()
            .AsNoTracking()
            .SingleOrDefaultAsync(a => a.Id == id && a.Status == AutomationStatus.Running, ct);
        return automation is null ? null : await LoadAsync(automation, db, ct);
    }

    /// <summary>The published version of an automation, whatever its status; null before the first.</summary>
    public static async Task<AutomationRun?> LoadAsync(Automation automation, EstafetteDb db, CancellationToken ct)
    {
        var definition = await db.Of<AutomationVersion>(automation.CustomerId)
            .Where(v => v.AutomationId == automation.Id && v.Version == automation.Version)
            .Select(v => v.Definition)
            .SingleOrDefaultAsync(ct);
        if (definition is null)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == automation.CustomerId, ct);
        return new AutomationRun(
            automation,
            AutomationDefinition.FromJson(definition),
            TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone),
            owner.PrivacyProfile,
            automation.ProtectedSecret
        );
    }
}
