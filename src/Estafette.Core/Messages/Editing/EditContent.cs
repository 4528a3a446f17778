using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Messages.Editing;

/// <summary>What is saved. Null leaves a field as it is, an empty text clears it (an empty text part is made from the html).</summary>
/// <param name="Version">The version the person started from; another one in the database means that someone else saved meanwhile.</param>
public sealed record ContentSave(string Version, ContentMode Mode)
{
    public string? Subject { get; init; }
    public string? Preheader { get; init; }
    public string? Mjml { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }

    /// <summary>Keeps what is saved as a version of this name.</summary>
    public string? VersionName { get; init; }
}

/// <summary>How a save ended.</summary>
public abstract record ContentOutcome
{
    private ContentOutcome() { }

    /// <summary>Saved; the state carries the version to send with the next save.</summary>
    public sealed record Saved(ContentState State) : ContentOutcome;

    /// <summary>Someone else saved meanwhile; nothing was saved. The state is theirs.</summary>
    public sealed record Conflict(ContentState Theirs) : ContentOutcome;

    /// <summary>The content cannot be changed any more: its campaign is running or over.</summary>
    public sealed record Locked(ContentState State) : ContentOutcome;

    /// <summary>The customer has no such content.</summary>
    public sealed record NotFound : ContentOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>Fields with the code of their fault; nothing was saved.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string> Faults) : ContentOutcome;
}

/// <summary>The content of a template, a campaign or a variant, found for its customer, with its editing side.</summary>
/// <param name="Label">For the audit log: "campaign 12 Summer".</param>
internal sealed record FoundContent(ContentTarget Target, IContentHolder Holder, ContentHead? Head, bool IsEditable, string Label)
{
    public ContentText Content =>
        new(
            Head?.Mode ?? (Holder.Html is { Length: > 0 } || Holder.Text is null ? ContentMode.Html : ContentMode.Text),
            Holder.Subject,
            Holder.Preheader,
            Head?.Mjml,
            Holder.Html,
            Holder.Text
        );

    /// <summary>The revision of the editor and a hash of the words, which other doors change too.</summary>
    public string Version =>
        string.Create(CultureInfo.InvariantCulture, $"{Head?.Revision ?? 0}-{ContentHead.Hash(Holder.Html, Holder.Text)}");

    public ContentState State =>
        new(Content, Version, Head?.IsMadeFromMjml(Holder.Html) ?? false, Head?.SavedBy, Head?.SavedAt ?? Holder.UpdatedAt, IsEditable);
}

/// <summary>Saves what a person wrote, unless someone else saved since they read it.</summary>
internal static class EditContent
{
    /// <summary>Changes the tracked rows of a found content; the caller stores them.</summary>
    public static async Task<ContentOutcome?> ApplyAsync(
        FoundContent found,
        ContentSave save,
        Actor actor,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (!found.IsEditable)
            return new ContentOutcome.Locked(found.State);
        if (save.Version != found.Version)
            return new ContentOutcome.Conflict(found.State);
        var before = found.Content;
        var content = Merge(save, before);
        var faults = ContentRules.Check(content);
        if (save.VersionName is { Length: > 100 })
            faults["version-name"] = "size";
        if (faults.Count > 0)
            return new ContentOutcome.Invalid(faults);
        var head = found.Head ?? NewHead(found.Target, actor.Customer, db);
        head.Save(content, actor.UserName, now);
        Write(found.Holder, content, now);
        if (await KeepDraft.RunAsync(actor.Customer, found.Target, before, content, actor.UserName, save.VersionName, db, now, ct))
            db.Add(actor, "content.saved", found.Label, now);
        return null;
    }

    /// <summary>What the content says after the save.</summary>
    public static ContentText Merge(ContentSave save, ContentText before) =>
        new(
            save.Mode,
            save.Subject?.Trim() ?? before.Subject,
            Changed(save.Preheader?.Trim(), before.Preheader),
            Changed(save.Mjml, before.Mjml),
            Changed(save.Html, before.Html),
            Changed(save.Text, before.Text)
        );

    public static void Write(IContentHolder holder, ContentText content, DateTimeOffset now)
    {
        (holder.Subject, holder.Preheader) = (content.Subject, content.Preheader);
        (holder.Html, holder.Text, holder.UpdatedAt) = (content.Html, content.Text, now);
    }

    public static Task<ContentHead?> HeadAsync(CustomerId customer, ContentTarget target, EstafetteDb db, CancellationToken ct)
    {
        var variant = (short)target.Variant;
        return db.Of<ContentHead>(customer)
            .SingleOrDefaultAsync(h => h.OwnerKind == target.Kind && h.OwnerId == target.Id && h.Variant == variant, ct);
    }

    public static ContentHead NewHead(ContentTarget target, CustomerId customer, EstafetteDb db)
    {
        var head = new ContentHead
        {
            CustomerId = customer,
            OwnerKind = target.Kind,
            OwnerId = target.Id,
            Variant = (short)target.Variant,
        };
        db.Add(head);
        return head;
    }

    private static string? Changed(string? value, string? current) =>
        value is null ? current
        : value.Length == 0 ? null
        : value;
}
