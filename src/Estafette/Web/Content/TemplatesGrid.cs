using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Content;

/// <summary>A template in the list, its subject as somebody reads it.</summary>
internal sealed record TemplateLine(
    TemplateId Id,
    string Name,
    string Subject,
    string? Language,
    string? Category,
    DateTimeOffset UpdatedAt
);

/// <summary>The templates of a customer by name.</summary>
internal sealed class TemplatesGrid : ListedGrid<TemplateLine>
{
    public override string Name => "templates";

    public override string Path => "/templates";

    public override string CountKey => "templates.count";

    public override IReadOnlyList<GridColumn<TemplateLine>> Columns { get; } =
    [
        new("name", "shared.name", r => r.Name) { Sorts = true, Wide = true },
        new("subject", "campaigns.subject", r => r.Subject) { Sorts = true, Wide = true },
        new("category", "gallery.category", r => r.Category is { } category ? Words.T("gallery.category-" + category) : null)
        {
            Sorts = true,
        },
        new("language", "shared.language", r => r.Language) { Sorts = true },
        new("changed", "shared.changed", r => r.UpdatedAt) { Sorts = true, Numeric = true },
    ];

    protected override async Task<IReadOnlyList<TemplateLine>> ReadAsync(GridScope scope)
    {
        var sample = await SubjectSample.LoadAsync(scope.Customer, scope.Db, scope.Gone);
        var rows = await scope
            .Db.Of<Template>(scope.Customer)
            .OrderBy(t => t.Name)
            .Select(t => new TemplateLine(t.Id, t.Name, t.Subject, t.Language, t.Category, t.UpdatedAt))
            .ToListAsync(scope.Gone);
        return rows.ConvertAll(t => t with { Subject = sample.Show(t.Subject) });
    }
}
