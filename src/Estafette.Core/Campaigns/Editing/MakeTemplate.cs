using Estafette.Core.Accounts;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>What a new template is called and is for.</summary>
public sealed record NewTemplate(string Name, string? Language = null, string? Category = null);

/// <summary>Makes a template of the customer: from the gallery, from what a campaign says, or as a copy of another template in another language.</summary>
public static class MakeTemplate
{
    public static async Task<TemplateId> FromGalleryAsync(
        Actor actor,
        GalleryTemplate from,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        await AddAsync(
            actor,
            new NewTemplate(from.Name, from.Language, from.Category),
            new ContentText(ContentMode.Visual, from.Subject, from.Preheader, from.Mjml, from.Html, null),
            db,
            clock,
            ct
        );

    /// <returns>Null when the customer has no such content.</returns>
    public static async Task<TemplateId?> FromContentAsync(
        Actor actor,
        ContentTarget from,
        NewTemplate made,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await FindContent.RunAsync(actor.Customer, from, db, ct) is not { } found)
            return null;
        var state = found.State;
        // A source that the html has left behind would open the wrong message.
        var content = state.MjmlIsCurrent ? state.Content : state.Content with { Mjml = null, Mode = ContentMode.Html };
        return await AddAsync(actor, made, content, db, clock, ct);
    }

    private static async Task<TemplateId> AddAsync(
        Actor actor,
        NewTemplate made,
        ContentText content,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        var template = new Template
        {
            CustomerId = actor.Customer,
            Name = await FreeNameAsync(actor.Customer, made.Name.Trim(), db, ct),
            Language = made.Language,
            Category = made.Category is { } category && GalleryTemplates.Categories.Contains(category) ? category : null,
            Subject = content.Subject,
            Preheader = content.Preheader,
            Html = content.Html ?? "",
            Text = content.Text,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(template);
        await db.SaveChangesAsync(ct);
        var target = new ContentTarget(ContentOwner.Template, template.Id.Value);
        EditContent.NewHead(target, actor.Customer, db).Save(content, actor.UserName, now);
        db.Add(actor, "template.created", $"template {template.Id} {template.Name}", now);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return template.Id;
    }

    /// <summary>The name, or the name with the next free number.</summary>
    private static async Task<string> FreeNameAsync(CustomerId customer, string name, EstafetteDb db, CancellationToken ct)
    {
        var root = name.Length > 190 ? name[..190] : name;
        var taken = await db.Of<Template>(customer).Where(t => t.Name.StartsWith(root)).Select(t => t.Name).ToListAsync(ct);
        var free = root;
        for (var number = 2; taken.Contains(free, StringComparer.Ordinal); number++)
            free = $"{root} ({number})";
        return free;
    }
}
