using Estafette.Cli;
using Estafette.Core.Tracking;

namespace Estafette.Web;

/// <summary>
/// The address of a page as it stands in mails to users: what <see cref="WebOptions.PublicUrl"/> says, or the base of the tracking links, which
/// lead to the same server on most installations.
/// </summary>
internal sealed class PageAddress(WebOptions web, TrackingOptions tracking)
{
    /// <param name="path">Begins with a slash.</param>
    public string Of(string path) => (web.PublicUrl is { Length: > 0 } given ? given : tracking.BaseUrl).TrimEnd('/') + path;
}
