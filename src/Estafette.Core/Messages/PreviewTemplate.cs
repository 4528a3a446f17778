using Estafette.Core.Accounts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Messages;

/// <summary>A template as somebody would see it, or the fault that keeps it from being shown.</summary>
public sealed record TemplatePreview(string Subject, string? Html, string? Text, string? Fault);

/// <summary>Renders a template with values of merge fields, with links that lead nowhere.</summary>
public static class PreviewTemplate
{
    /// <param name="customer">The owner.</param>
    /// <param name="id">The template.</param>
    /// <param name="data">A JSON object in UTF-8: values of merge fields; nothing: none has one.</param>
    /// <returns>Null when the customer has no such template.</returns>
    public static async Task<TemplatePreview?> RunAsync(
        CustomerId customer,
        TemplateId id,
        ReadOnlyMemory<byte> data,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await db.Of<Template>(customer).AsNoTracking().SingleOrDefaultAsync(t => t.Id == id, ct) is not { } template)
            return null;
        var language = template.Language ?? await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.Language).SingleAsync(ct);
        var source = new ContentSource(template.Subject, template.Html, template.Text, template.Preheader);
        var processed = ContentProcessor.Process(source, new ProcessOptions { Language = language });
        if (processed.Content is not { } content)
            return Broken(template, string.Join(' ', processed.Issues.Select(i => i.ToString())));
        var options = new CompileOptions
        {
            Merge = new MergeOptions { Language = language, IsInterpreted = true },
        };
        if (CompiledContent.Compile(content, options, out var issues) is not { } compiled)
            return Broken(template, string.Join(' ', issues.Select(i => i.ToString())));
        var (preview, failure) = compiled.RenderPreview(MergeData.Read(data.Span));
        return preview is null
            ? Broken(template, failure!.Message)
            : new TemplatePreview(preview.Subject, preview.Html, preview.Text, null);
    }

    private static TemplatePreview Broken(Template template, string fault) => new(template.Subject, null, null, fault);
}
