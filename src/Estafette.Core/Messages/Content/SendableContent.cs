namespace Estafette.Core.Messages.Content;

/// <summary>A content ready to be rendered for one recipient after the other, by all lanes at once: a compiled template, or a plain text with tags.</summary>
internal abstract class SendableContent
{
    public abstract bool HasHtml { get; }

    public abstract bool HasText { get; }

    /// <summary>Renders subject, text and html for one recipient, in this order; null when all went well.</summary>
    /// <param name="data">Values of the merge fields, see <see cref="MergeData"/>.</param>
    /// <param name="links">URLs of this recipient.</param>
    /// <param name="output">Receives the parts. After a failure its content is unfinished and must be dropped.</param>
    public abstract RenderFailure? Render(IReadOnlyDictionary<string, object?> data, RecipientLinks links, IContentOutput output);

    /// <summary>Where a link leads for a recipient with these data; null for an unknown number or a target that is no clean http(s) URL.</summary>
    public abstract string? ResolveLink(int number, IReadOnlyDictionary<string, object?> data);
}
