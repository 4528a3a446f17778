using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Content;

/// <summary>A template in the list.</summary>
internal sealed record TemplateLine(TemplateId Id, string Name, string Subject, string? Language, DateTimeOffset UpdatedAt);

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
        new("language", "shared.language", r => r.Language) { Sorts = true },
        new("changed", "shared.changed", r => r.UpdatedAt) { Sorts = true, Numeric = true },
    ];

    protected override async Task<IReadOnlyList<TemplateLine>> ReadAsync(GridScope scope) =>
        await scope
            .Db.Of<Template>(scope.Customer)
            .OrderBy(t => t.Name)
            .Select(t => new TemplateLine(t.Id, t.Name, t.Subject, t.Language, t.UpdatedAt))
            .ToListAsync(scope.Gone);
}
