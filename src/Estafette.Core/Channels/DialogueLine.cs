namespace Estafette.Core.Channels;

/// <summary>One line of the dialogue with a server, fit to be shown: keys and passwords are masked.</summary>
/// <param name="FromServer">True for the server's lines, false for ours.</param>
/// <param name="Text">The line without its line end.</param>
public readonly record struct DialogueLine(bool FromServer, string Text)
{
    public override string ToString() => (FromServer ? "< " : "> ") + Text;
}
