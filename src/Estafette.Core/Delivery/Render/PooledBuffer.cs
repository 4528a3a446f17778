using System.Collections.Concurrent;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>A message buffer that goes back to its composition when the message has left.</summary>
internal sealed class PooledBuffer(ConcurrentBag<PooledBuffer> home) : IDisposable
{
    public MimeBuffer Bytes { get; } = new();

    public void Dispose() => home.Add(this);
}
