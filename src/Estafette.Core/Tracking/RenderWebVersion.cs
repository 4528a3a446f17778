using Estafette.Core.Platform;

namespace Estafette.Core.Tracking;

/// <summary>
/// Renders what a delivery says as a complete HTML page. Supplied by the Messages module as a singleton; without it web versions answer 404.
/// Null when the content is gone.
/// </summary>
internal delegate ValueTask<string?> RenderWebVersion(DeliveryId delivery, CancellationToken ct);
