using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>A list to create.</summary>
public sealed record CreateListRequest(string Name, string? Description = null, string? Language = null, bool IsPublic = false);

/// <summary>The new list, or what is wrong by field.</summary>
public sealed record CreatedList(ListId? Id, IReadOnlyDictionary<string, string> Errors);

/// <summary>Creates an empty list.</summary>
public static class CreateList
{
    public static async Task<CreatedList> RunAsync(
        CustomerId customer,
        CreateListRequest request,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await ListName.FaultAsync(customer, null, request.Name, db, ct) is { } fault)
            return new CreatedList(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = fault });
        var list = new ContactList
        {
            CustomerId = customer,
            Name = request.Name.Trim(),
            Description = request.Description,
            Language = request.Language,
            IsPublic = request.IsPublic,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(list);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new CreatedList(list.Id, new Dictionary<string, string>(StringComparer.Ordinal));
    }
}

/// <summary>Renames a list or changes what describes it.</summary>
public static class RenameList
{
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        ListId id,
        CreateListRequest request,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var list = await db.Of<ContactList>(customer).SingleOrDefaultAsync(l => l.Id == id, ct);
        if (list is null)
            return ChangeResult.NotFound;
        if (await ListName.FaultAsync(customer, id, request.Name, db, ct) is { } fault)
            return ChangeResult.Refused("name", fault);
        (list.Name, list.Description, list.Language) = (request.Name.Trim(), request.Description, request.Language);
        list.IsPublic = request.IsPublic;
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }
}

/// <summary>The rules of a list's name.</summary>
internal static class ListName
{
    private const int MaxChars = 200;

    public static async Task<string?> FaultAsync(CustomerId customer, ListId? itself, string name, EstafetteDb db, CancellationToken ct)
    {
        name = name.Trim();
        if (name.Length == 0)
            return "Give the list a name.";
        if (name.Length > MaxChars)
            return $"The name is longer than {MaxChars} characters.";
        var other = await db.Of<ContactList>(customer).Where(l => l.Name == name).Select(l => (ListId?)l.Id).FirstOrDefaultAsync(ct);
        return other is null || other == itself ? null : "Another list has this name.";
    }
}
