using System.Globalization;
using Estafette.Core.Contacts.Segments;

namespace Estafette.Web.Segments;

/// <summary>
/// The builder of a segment as a form that works without script: every group and condition has a place ("0.1"), named in a hidden field "n"
/// with its sort, and fields that end in that place. Buttons named "do" say what to change: "add:0", "group:", "remove:0.1".
/// </summary>
internal static class SegmentForm
{
    /// <summary>The definition in a posted form, complete or not.</summary>
    public static SegmentGroup Read(IFormCollection form)
    {
        var nodes = form["n"].OfType<string>().Take(500).Select(n => n.Split('|')).Where(n => n.Length == 2).ToList();
        return Group("", 0);

        SegmentGroup Group(string path, int depth) =>
            new(
                form["match-" + path] == "any",
                depth > CheckSegment.MaxDepth
                    ? []
                    :
                    [
                        .. nodes
                            .Where(n => n[0].Length > 0 && Parent(n[0]) == path)
                            .Select(n => n[1] == "g" ? (SegmentNode)Group(n[0], depth + 1) : Condition(form, n[0])),
                    ]
            );
    }

    /// <summary>What a button asks for; the group itself when it asks for nothing that exists.</summary>
    public static SegmentGroup Change(SegmentGroup root, string? deed)
    {
        var parts = (deed ?? "").Split(':');
        if (parts.Length != 2)
            return root;
        var path = parts[1]
            .Split('.', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : -1)
            .ToList();
        return parts[0] switch
        {
            "add" => At(root, path, g => g with { Items = [.. g.Items, New] }),
            "group" => At(root, path, g => g with { Items = [.. g.Items, new SegmentGroup(!g.Any, [New])] }),
            "remove" when path.Count > 0 => At(root, path[..^1], g => g with { Items = [.. g.Items.Where((_, i) => i != path[^1])] }),
            _ => root,
        };
    }

    /// <summary>The condition a new row begins with.</summary>
    public static readonly SegmentCondition New = new(SegmentSubject.Email, SegmentOperator.Contains);

    private static SegmentGroup At(SegmentGroup group, List<int> path, Func<SegmentGroup, SegmentGroup> change) =>
        path.Count == 0
            ? change(group)
            : group with
            {
                Items =
                [
                    .. group.Items.Select((item, i) => i == path[0] && item is SegmentGroup inner ? At(inner, path[1..], change) : item),
                ],
            };

    private static string Parent(string path) => path.LastIndexOf('.') is var dot and >= 0 ? path[..dot] : "";

    private static SegmentCondition Condition(IFormCollection form, string path)
    {
        string? Text(string field) => form[$"{field}-{path}"] is [{ } text, ..] && text.Trim() is { Length: > 0 } value ? value : null;
        var subject = Enum.TryParse<SegmentSubject>(Text("subject"), out var s) && Enum.IsDefined(s) ? s : SegmentSubject.Email;
        var kind =
            subject == SegmentSubject.Attribute && Enum.TryParse<AttributeKind>(Text("kind"), out var k) && Enum.IsDefined(k) ? k : default;
        var allowed = SegmentRules.OperatorsOf(subject, kind);
        var op = Enum.TryParse<SegmentOperator>(Text("operator"), out var o) && allowed.Contains(o) ? o : allowed[0];
        var condition = new SegmentCondition(subject, op, Kind: kind);
        var key = SegmentRules.KeyOf(condition) == SegmentKey.None ? null : Text("key" + SegmentRules.KeyOf(condition));
        var input = SegmentRules.InputOf(condition);
        var value = input == SegmentInput.None ? null : Text("value" + input) ?? (input == SegmentInput.Days ? "30" : null);
        return condition with
        {
            Key = key,
            Value = value,
            Value2 = input is SegmentInput.DateRange or SegmentInput.NumberRange ? Text("end" + input) : null,
        };
    }
}
