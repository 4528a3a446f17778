using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Walks over a document without recursion, so that no nesting can exhaust the stack.</summary>
internal static class MarkupWalk
{
    /// <summary>Levels of elements a content may have.</summary>
    public const int MaxDepth = 300;

    /// <summary>All nodes below a root, in document order. The document must not change meanwhile.</summary>
    /// <remarks>By place among the children: asking a node for its next sibling costs as much as it has siblings before it.</remarks>
    public static IEnumerable<INode> Nodes(INode root)
    {
        var open = new Stack<(INodeList Children, int Next)>();
        open.Push((root.ChildNodes, 0));
        while (open.TryPop(out var level))
        {
            if (level.Next >= level.Children.Length)
                continue;
            var node = level.Children[level.Next];
            open.Push((level.Children, level.Next + 1));
            yield return node;
            if (node.HasChildNodes)
                open.Push((node.ChildNodes, 0));
        }
    }

    /// <summary>Levels below a root.</summary>
    public static int Depth(INode root)
    {
        var deepest = 0;
        var open = new Stack<(INode Node, int Depth)>();
        open.Push((root, 0));
        while (open.TryPop(out var place))
        {
            deepest = Math.Max(deepest, place.Depth);
            foreach (var child in place.Node.ChildNodes)
                open.Push((child, place.Depth + 1));
        }
        return deepest;
    }
}
