using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Walks over a document without recursion, so that no nesting can exhaust the stack.</summary>
internal static class MarkupWalk
{
    /// <summary>Levels of elements a content may have.</summary>
    public const int MaxDepth = 300;

    /// <summary>All nodes below a root, in document order.</summary>
    public static IEnumerable<INode> Nodes(INode root)
    {
        var node = root.FirstChild;
        while (node is not null)
        {
            yield return node;
            node = Next(root, node);
        }
    }

    /// <summary>Levels below a root.</summary>
    public static int Depth(INode root)
    {
        var (depth, deepest) = (1, 0);
        var node = root.FirstChild;
        while (node is not null)
        {
            deepest = Math.Max(deepest, depth);
            if (node.FirstChild is { } child)
            {
                (node, depth) = (child, depth + 1);
                continue;
            }
            while (node is not null && node.NextSibling is null)
                (node, depth) = (node.Parent == root ? null : node.Parent, depth - 1);
            node = node?.NextSibling;
        }
        return deepest;
    }

    private static INode? Next(INode root, INode node)
    {
        if (node.FirstChild is { } child)
            return child;
        for (var at = node; at is not null && at != root; at = at.Parent)
            if (at.NextSibling is { } sibling)
                return sibling;
        return null;
    }
}
