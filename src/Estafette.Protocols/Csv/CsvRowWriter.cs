namespace Estafette.Protocols.Csv;

/// <summary>Writes rows of comma-separated values (RFC 4180), every cell guarded against formulas.</summary>
public sealed class CsvRowWriter
{
    private readonly TextWriter _output;
    private readonly char _separator;
    private bool _inRow;

    /// <summary>Writes to <paramref name="output"/>, which stays open.</summary>
    /// <param name="output">Where rows go.</param>
    /// <param name="separator">Semicolon by default, as spreadsheets in French expect; comma for RFC 4180 to the letter.</param>
    /// <exception cref="ArgumentException">A separator that cannot separate.</exception>
    public CsvRowWriter(TextWriter output, char separator = ';')
    {
        ArgumentNullException.ThrowIfNull(output);
        if (separator is '"' or '\r' or '\n' or '\'' || char.IsLetterOrDigit(separator))
            throw new ArgumentException($"Writing CSV: '{separator}' cannot separate cells.", nameof(separator));
        _output = output;
        _separator = separator;
    }

    /// <summary>Adds one cell to the row.</summary>
    public void Cell(string? value)
    {
        if (_inRow)
            _output.Write(_separator);
        _inRow = true;
        var text = SpreadsheetCell.Guard(value);
        // A guarded cell is quoted too, so that the apostrophe is never taken for a delimiter.
        var guarded = text.Length != (value?.Length ?? 0);
        if (!guarded && !NeedsQuotes(text))
        {
            _output.Write(text);
            return;
        }
        _output.Write('"');
        _output.Write(text.Replace("\"", "\"\"", StringComparison.Ordinal));
        _output.Write('"');
    }

    /// <summary>Ends the row with CRLF (RFC 4180 §2.1).</summary>
    public void EndRow()
    {
        _output.Write("\r\n");
        _inRow = false;
    }

    /// <summary>Writes a whole row.</summary>
    public void Row(params ReadOnlySpan<string?> cells)
    {
        foreach (var cell in cells)
            Cell(cell);
        EndRow();
    }

    // RFC 4180 §2.6; outer blanks too, which some readers drop.
    private bool NeedsQuotes(string text) =>
        text.Contains(_separator)
        || text.AsSpan().ContainsAny('"', '\r', '\n')
        || (text.Length > 0 && (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])));
}
