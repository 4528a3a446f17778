namespace Estafette.Core.Platform;

/// <summary>
/// Holds the background loops back while a server starts, so that the first page does not share the processors with their first queries. Open
/// unless somebody closed it before the loops began.
/// </summary>
public sealed class StartGate
{
    private volatile TaskCompletionSource? _closed;

    /// <summary>Closes the gate; loops that begin from now on wait.</summary>
    public void Close() => _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everybody through.</summary>
    public void Open() => _closed?.TrySetResult();

    /// <summary>Returns once the gate is open, or the caller is to stop.</summary>
    public async Task PassAsync(CancellationToken ct)
    {
        if (_closed is { } closed)
            await closed.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
