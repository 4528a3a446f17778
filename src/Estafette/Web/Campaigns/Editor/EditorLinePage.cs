using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Components;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>What the open lines of the checklist have in common: they save by themselves, tell conflicts, and keep what was typed.</summary>
public abstract class EditorLinePage : Page
{
    /// <summary>The element that a save by itself replaces.</summary>
    internal const string SaveState = "save-state";

    [Parameter, EditorRequired]
    public EditorState State { get; set; } = null!;

    /// <summary>Raised after a save that keeps the page open, so that the heads of the lines follow.</summary>
    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Inject]
    internal Signals Signals { get; set; } = null!;

    internal Campaign Campaign => State.Campaign;

    internal CampaignId CampaignId => State.Campaign.Id;

    /// <summary>Changes by somebody else that keep this save from happening.</summary>
    internal IReadOnlyList<CampaignChange> Conflicts { get; private set; } = [];

    internal bool IsSaved { get; private set; }

    /// <summary>The name of the line.</summary>
    internal virtual string Key => "";

    /// <summary>The page saved by itself, without leaving.</summary>
    internal bool IsAutosave => Http.Request.Headers["HX-Target"] == SaveState;

    /// <summary>The version the editor was looking at; the button "keep mine" sends a newer one beside it.</summary>
    private int SeenVersion =>
        Form["version"]
            .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .DefaultIfEmpty()
            .Max();

    /// <summary>Saves the fields that changed, then goes back to the checklist, or stays when the page saved by itself.</summary>
    internal async Task SaveAsync(IEnumerable<(string Field, bool Changed)> fields, Func<Task<CampaignOutcome>> change)
    {
        if (Errors.Count > 0)
            return;
        var changed = fields.Where(f => f.Changed).Select(f => f.Field).ToList();
        if (changed.Count > 0)
            Accept(await GuardedEdit.RunAsync(new EditStamp(Me.Actor, SeenVersion), CampaignId, changed, change, Db, Clock, Gone));
        if (Errors.Count > 0 || Conflicts.Count > 0)
            return;
        IsSaved = true;
        if (IsAutosave)
            await OnSaved.InvokeAsync();
        else
            Go($"/campaigns/{CampaignId}/edit?saved={Key}");
    }

    internal void Accept(CampaignOutcome outcome)
    {
        switch (outcome)
        {
            case CampaignOutcome.Invalid invalid:
                foreach (var problem in invalid.Problems.Where(p => p.IsError))
                    Errors[problem.Field] = ProblemWords.Of(problem);
                break;
            case CampaignOutcome.EditedMeanwhile meanwhile:
                Conflicts = meanwhile.Changes;
                break;
            default:
                if (ProblemWords.Of(outcome) is { } wrong)
                    Errors[""] = wrong;
                break;
        }
    }

    /// <summary>The words of the fields of a change.</summary>
    internal static string FieldsOf(CampaignChange change) =>
        string.Join(", ", change.Fields.Split(',').Select(f => T("editor.field-" + f.Replace('_', '-'))));
}
