using System.Text.Json;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>Where the dry run of an import stands.</summary>
public enum CheckStatus : short
{
    None = 0,

    /// <summary>A runner will take it.</summary>
    Wanted = 1,
    Running = 2,
    Done = 3,

    /// <summary>The file could not be read to its end.</summary>
    Failed = 4,
}

/// <summary>How many rows are rejected for a reason, with the first of them.</summary>
public sealed record RejectCount(string Code, long Count, ImportReason Example, long Line);

/// <summary>What an import would do, over the whole file. Read = added + changed + unchanged + duplicate + rejected.</summary>
public sealed record ImportCheck
{
    public long Bytes { get; init; }
    public long Read { get; init; }

    /// <summary>Contacts that would be new.</summary>
    public long Added { get; init; }

    /// <summary>Contacts that exist already and would be updated or overwritten.</summary>
    public long Changed { get; init; }

    /// <summary>Contacts that exist already and would stay as they are: the policy says so, or the file says nothing new about them.</summary>
    public long Unchanged { get; init; }

    /// <summary>Rows whose address stands in the file before.</summary>
    public long Duplicate { get; init; }

    /// <summary>The file has so many addresses that duplicates far apart are no longer found.</summary>
    public bool DuplicatesAreLeast { get; init; }

    /// <summary>Among the new and known: addresses to which nothing is sent.</summary>
    public long Suppressed { get; init; }
    public long Rejected { get; init; }

    /// <summary>Rows that would go in without one of their fields.</summary>
    public long Noted { get; init; }

    /// <summary>Why rows are rejected, the most frequent first.</summary>
    public IReadOnlyList<RejectCount> Reasons { get; init; } = [];
    public ImportReason? Error { get; init; }

    /// <summary>Digest of what it was made with: another choice of the user makes it stale.</summary>
    public string Choice { get; init; } = "";

    public string ToJson() => JsonSerializer.Serialize(this, ImportJson.Options);

    /// <summary>What the dry run of an import found so far; null when there is none, or it was made with another mapping.</summary>
    public static ImportCheck? Of(ContactImport import) =>
        import.CheckResult is { } json
        && JsonSerializer.Deserialize<ImportCheck>(json, ImportJson.Options) is { } check
        && check.Choice == ChoiceOf(import)
            ? check
            : null;

    internal static string ChoiceOf(ContactImport import) =>
        HeaderHash.Digest(
            $"{import.FilePath}\n{import.Format}\n{import.Mapping}\n{import.DefaultCountry}\n{import.KnownContacts}\n{import.DeclaresTrackingConsent}"
        );
}

/// <summary>Asks for the dry run of an import that waits for its start.</summary>
public static class CheckImport
{
    public static async Task<ImportControlResult> RunAsync(
        CustomerId customer,
        ImportId id,
        EstafetteDb db,
        Signals signals,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var asked = await db.Of<ContactImport>(customer)
            .Where(i => i.Id == id && i.Status == ImportStatus.Draft && i.CheckStatus != CheckStatus.Running)
            .ExecuteUpdateAsync(
                set => set.SetProperty(i => i.CheckStatus, CheckStatus.Wanted).SetProperty(i => i.CheckResult, (string?)null),
                ct
            );
        await write.CommitAsync(ct);
        signals.Ring(Signal.ImportChanged);
        return asked > 0 ? ImportControlResult.Done : ImportControlResult.NotPossible;
    }
}
