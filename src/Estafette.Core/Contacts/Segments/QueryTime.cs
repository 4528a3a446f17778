namespace Estafette.Core.Contacts.Segments;

/// <summary>How long a figure that has to be counted may take.</summary>
public static class QueryTime
{
    /// <summary>What a page waits before it is shown without the figure, which then comes by itself.</summary>
    public static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    /// <summary>What somebody who asked for the figure waits.</summary>
    public static readonly TimeSpan Asked = TimeSpan.FromSeconds(20);
}
