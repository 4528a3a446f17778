using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Components;

namespace Estafette.Web.Contacts;

/// <summary>A step of an import that is not started yet: its draft, and what the file holds as the draft says it is read.</summary>
public abstract class ImportStep : Page
{
    [Parameter]
    public long Id { get; set; }

    [Inject]
    internal Signals Signals { get; set; } = null!;

    internal ContactImport? Draft { get; private set; }

    internal FileDetails? Details { get; private set; }

    internal ImportId ImportId => new(Id);

    /// <summary>Whether the step looks at the file.</summary>
    private protected virtual bool NeedsDetails => true;

    protected override async Task LoadAsync()
    {
        Draft = await ImportDraft.FindAsync(Customer, ImportId, Db, Gone);
        if (Draft is null)
        {
            // Started meanwhile: its page tells the rest. Anything else is not there.
            if (await ImportProgress.GetAsync(Customer, ImportId, Db, Gone) is { Status: not ImportStatus.Draft })
                Go($"/imports/{Id}");
            else
                Missing();
            return;
        }
        if (NeedsDetails)
            await DetectAsync();
        await LoadStepAsync();
    }

    private protected virtual Task LoadStepAsync() => Task.CompletedTask;

    private protected async Task DetectAsync()
    {
        Details = await ImportDraft.DetectAsync(Draft!, Db, Gone);
        if (Details.Error is { } error)
            Errors["file"] = ImportWords.Of(error);
    }

    private protected void GoTo(string step) => Go($"/imports/{Id}/{step}");

    private protected async Task DiscardAsync()
    {
        await CancelImport.RunAsync(Customer, ImportId, Db, Signals, Clock, Gone);
        Go("/imports");
    }
}
