using System.Net;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Spf;

/// <summary>Says whether a client may send for a domain (RFC 7208).</summary>
public sealed class SpfEvaluator(IDnsLookup dns, SpfOptions? options = null)
{
    private readonly SpfOptions _options = options ?? new SpfOptions();

    /// <summary>Checks the return path, or the HELO name when it is empty, as for bounces (§2.4).</summary>
    /// <param name="client">Address the client connects from.</param>
    /// <param name="mailFrom">Return path; angle brackets may be there. U-labels are turned into A-labels (RFC 8616 §4).</param>
    /// <param name="helo">Name given in HELO or EHLO.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="OperationCanceledException">The token ended the check.</exception>
    public async Task<SpfCheck> CheckAsync(IPAddress client, string? mailFrom, string? helo, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        var subject = SpfSubject.From(client, mailFrom, helo);
        using var limit = new CancellationTokenSource(_options.Limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        var evaluation = new SpfEvaluation(dns, _options, subject, either.Token);
        var verdict = default(SpfVerdict);
        string? explanation = null;
        try
        {
            verdict = await evaluation.CheckHostAsync(subject.Domain);
            if (verdict.Result == SpfResult.Fail && _options.FetchesExplanation)
                explanation = await evaluation.ExplainAsync(verdict);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The result stands when only its explanation took too long.
            if (verdict.Reason is null)
                verdict = new SpfVerdict(SpfResult.TempError, $"The check took longer than {_options.Limit.TotalSeconds:0.#} s.");
        }
        return new SpfCheck(verdict.Result, subject.Domain, verdict.Reason, evaluation.Lookups, evaluation.VoidLookups, explanation);
    }

    /// <summary>Checks the HELO name alone (§2.3).</summary>
    /// <inheritdoc cref="CheckAsync"/>
    public Task<SpfCheck> CheckHeloAsync(IPAddress client, string helo, CancellationToken cancellation) =>
        CheckAsync(client, mailFrom: null, helo, cancellation);
}
