namespace Estafette.Core.Messages.Editing;

/// <summary>What owns a content that people write.</summary>
public enum ContentOwner : short
{
    Template = 1,
    Campaign = 2,
}

/// <summary>The content that is edited.</summary>
/// <param name="Kind">What owns it.</param>
/// <param name="Id">Key of the owner.</param>
/// <param name="Variant">Number of the variant of an A/B test; 0 for the content of the owner itself.</param>
public sealed record ContentTarget(ContentOwner Kind, long Id, int Variant = 0);

/// <summary>What a person writes in: where the html comes from, and the part shown first.</summary>
public enum ContentMode : short
{
    /// <summary>The html is written by hand.</summary>
    Html = 0,

    /// <summary>The html is compiled from MJML by the visual editor.</summary>
    Visual = 1,

    /// <summary>There is no html, or the text is written by hand.</summary>
    Text = 2,
}

/// <summary>The owner of a content, as far as its words go.</summary>
public interface IContentHolder
{
    string Subject { get; set; }
    string? Preheader { get; set; }
    string? Html { get; set; }

    /// <summary>Null: made from the html.</summary>
    string? Text { get; set; }
    DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A content as it is being written.</summary>
/// <param name="Mjml">Source of the visual editor; null when there is none.</param>
/// <param name="Text">Null: made from the html.</param>
public sealed record ContentText(ContentMode Mode, string Subject, string? Preheader, string? Mjml, string? Html, string? Text);

/// <summary>A content with what is needed to go on writing it.</summary>
/// <param name="Version">Changes with every change of the content, whoever makes it; sent back with a save.</param>
/// <param name="MjmlIsCurrent">The html is what the visual editor made; false when someone changed it by hand afterwards.</param>
/// <param name="SavedBy">Null: not through the editor.</param>
public sealed record ContentState(
    ContentText Content,
    string Version,
    bool MjmlIsCurrent,
    string? SavedBy,
    DateTimeOffset SavedAt,
    bool IsEditable
);
