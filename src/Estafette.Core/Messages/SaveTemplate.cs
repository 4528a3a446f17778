using Estafette.Core.Messages.Content;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Messages;

/// <summary>A template to add (no id) or to change.</summary>
public sealed record SaveTemplateRequest(CustomerId Customer, TemplateId? Id, string Name, string Subject, string Html)
{
    public string? Language { get; init; }

    /// <summary>One of the categories of the gallery; another word counts as none.</summary>
    public string? Category { get; init; }
    public string? Preheader { get; init; }
    public string? Text { get; init; }
}

/// <summary>What is wrong with a field: a stable code, and the words of the compiler where there are any.</summary>
public sealed record TemplateFault(string Code, string? Detail = null)
{
    /// <summary>The fault and its place, when the content does not compile.</summary>
    internal ContentIssue? Issue { get; init; }
}

/// <summary>The stored template, or what is wrong by field.</summary>
public sealed record SavedTemplate(TemplateId? Id, IReadOnlyDictionary<string, TemplateFault> Faults);

/// <summary>Stores a template that compiles; one that does not is refused with the line of the fault.</summary>
public static class SaveTemplate
{
    private const int MaxName = 200;
    private const int MaxHtml = 1024 * 1024;

    public static async Task<SavedTemplate> RunAsync(SaveTemplateRequest request, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var faults = new Dictionary<string, TemplateFault>(StringComparer.Ordinal);
        await using var write = await db.BeginWriteAsync(ct);
        var stored = await db.Of<Template>(request.Customer).SingleOrDefaultAsync(t => t.Id == request.Id, ct);
        if (request.Id is not null && stored is null)
            return new SavedTemplate(null, new Dictionary<string, TemplateFault>(StringComparer.Ordinal) { [""] = new("missing") });
        Check(request, faults);
        if (await db.Of<Template>(request.Customer).AnyAsync(t => t.Name == request.Name && t.Id != request.Id, ct))
            faults["name"] = new("taken");
        if (faults.Count > 0)
            return new SavedTemplate(null, faults);
        var now = clock.GetUtcNow();
        if (stored is null)
        {
            stored = new Template
            {
                CustomerId = request.Customer,
                Name = request.Name,
                Subject = request.Subject,
                Html = request.Html,
                CreatedAt = now,
                UpdatedAt = now,
            };
            db.Add(stored);
        }
        (stored.Name, stored.Subject, stored.Html) = (request.Name, request.Subject, request.Html);
        (stored.Language, stored.Preheader, stored.Text, stored.UpdatedAt) = (request.Language, request.Preheader, request.Text, now);
        stored.Category = request.Category is { } category && GalleryTemplates.Categories.Contains(category) ? category : null;
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new SavedTemplate(stored.Id, faults);
    }

    private static void Check(SaveTemplateRequest request, Dictionary<string, TemplateFault> faults)
    {
        if (request.Name.Length is 0 or > MaxName)
            faults["name"] = new("name");
        if (request.Subject.Length == 0)
            faults["subject"] = new("required");
        if (request.Html.Length == 0)
            faults["html"] = new("required");
        foreach (var (field, text) in new[] { ("html", request.Html), ("text", request.Text) })
            if (text?.Length > MaxHtml)
                faults[field] = new("size");
        if (faults.Count > 0)
            return;
        var processed = ContentProcessor.Process(
            new ContentSource(request.Subject, request.Html, request.Text, request.Preheader),
            new ProcessOptions { Language = request.Language ?? "fr" }
        );
        var issues = processed.Issues;
        if (processed.Content is { } content)
            CompiledContent.Compile(content, new CompileOptions(), out issues);
        foreach (var issue in issues.Where(i => i.Severity == IssueSeverity.Error))
            faults[issue.Field] = new("content", issue.ToString()) { Issue = issue };
    }
}

/// <summary>Deletes a template; campaigns made from it keep their content.</summary>
public static class DeleteTemplate
{
    public static async Task RunAsync(CustomerId customer, TemplateId id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<Template>(customer).SingleOrDefaultAsync(t => t.Id == id, ct) is not { } template)
            return;
        db.Remove(template);
        await db.SaveChangesAsync(ct);
    }
}
