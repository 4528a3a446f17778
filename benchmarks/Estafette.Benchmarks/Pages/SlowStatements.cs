using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Estafette.Benchmarks.Pages;

/// <summary>Notes the statements of the object mapper that take longer than a bound, from their start until their rows are read.</summary>
internal sealed class SlowStatements(double bound) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private readonly ConcurrentDictionary<string, double> _worst = new(StringComparer.Ordinal);

    /// <summary>What was noted since the last call, slowest first.</summary>
    public IEnumerable<string> Take()
    {
        var lines = _worst.OrderByDescending(w => w.Value).Select(w => string.Create(CultureInfo.InvariantCulture, $"  {w.Value:0} ms {w.Key}")).ToList();
        _worst.Clear();
        return lines;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
            value.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        var (text, took) = value.Value switch
        {
            DataReaderDisposingEventData read => (read.Command.CommandText, read.Duration.TotalMilliseconds),
            CommandExecutedEventData run => (run.Command.CommandText, run.Duration.TotalMilliseconds),
            _ => ("", 0),
        };
        if (took > bound)
            _worst.AddOrUpdate(text.ReplaceLineEndings(" "), took, (_, known) => Math.Max(known, took));
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }
}
