namespace Estafette.Core.Messages.Content;

/// <summary>Finds which fields of the recipient's data a template uses, and looks fields up in data.</summary>
internal static class MergeFields
{
    public static MergeField[] Of(IEnumerable<MergeToken> tokens, IReadOnlyDictionary<string, string> defaults)
    {
        var found = new Dictionary<string, MergeField>(StringComparer.Ordinal);
        foreach (var token in tokens)
        {
            if (token.Expression is null || token.Kind == MergeTokenKind.Close)
                continue;
            var isWritten = token.Kind == MergeTokenKind.Value;
            Visit(token.Expression, isWritten && token.Depth == 0, hasDefault: false, token.Scopes, defaults, found);
        }
        return [.. found.Values];
    }

    /// <summary>Value at a path of nested dictionaries, or null.</summary>
    public static object? Find(IReadOnlyDictionary<string, object?> data, IReadOnlyList<string> path)
    {
        object? value = data;
        foreach (var segment in path)
        {
            if (value is not IReadOnlyDictionary<string, object?> level || !level.TryGetValue(segment, out value))
                return null;
        }
        return value;
    }

    private static void Visit(
        MergeExpression expression,
        bool isRequired,
        bool hasDefault,
        int scopes,
        IReadOnlyDictionary<string, string> defaults,
        Dictionary<string, MergeField> found
    )
    {
        switch (expression)
        {
            case PathExpression { Segments.Count: > 0 } path when IsRoot(path, scopes):
                hasDefault |= defaults.ContainsKey(path.Name) && scopes == 0;
                found[path.Name] = found.TryGetValue(path.Name, out var known)
                    ? known with
                    {
                        HasDefault = known.HasDefault && hasDefault,
                        IsRequired = known.IsRequired || (isRequired && !hasDefault),
                    }
                    : new MergeField(path.Name, hasDefault, isRequired && !hasDefault) { Path = path.Segments };
                break;
            case CallExpression { Helper: "default", Arguments: [var value, var fallback] }:
                Visit(value, isRequired, hasDefault || fallback is ConstantExpression, scopes, defaults, found);
                Visit(fallback, isRequired, hasDefault, scopes, defaults, found);
                break;
            case CallExpression call:
                foreach (var argument in call.Arguments)
                    Visit(argument, isRequired, hasDefault, scopes, defaults, found);
                break;
        }
    }

    private static bool IsRoot(PathExpression path, int scopes) =>
        path.DataName == "@root" || (path.DataName is null && path.Ups == scopes);
}
