using Estafette.Protocols.Csv;

namespace Estafette.Protocols.Tests.Csv;

public sealed class CsvRowWriterTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "'\r=1")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    [InlineData("+", "'+")]
    [InlineData("-", "'-")]
    [InlineData("-1,2,3", "'-1,2,3")]
    [InlineData("-,5", "'-,5")]
    [InlineData("-12,5", "-12,5")]
    [InlineData("-12", "-12")]
    [InlineData("+3.14", "+3.14")]
    [InlineData("+33612345678", "+33612345678")]
    [InlineData("12,5", "12,5")]
    [InlineData("a=b", "a=b")]
    [InlineData("'=1", "'=1")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Cells_that_a_spreadsheet_would_compute_are_guarded(string? text, string expected) =>
        SpreadsheetCell.Guard(text).ShouldBe(expected);

    [Fact]
    public void Row_is_quoted_where_needed_and_ends_with_CRLF()
    {
        using var output = new StringWriter();
        var writer = new CsvRowWriter(output);
        writer.Row("plain", "a;b", "say \"hi\"", "two\r\nlines", null, " edge", "=1;2", "-12,5", "+33600000000", "\u00E9");
        writer.Row("x");
        output
            .ToString()
            .ShouldBe("plain;\"a;b\";\"say \"\"hi\"\"\";\"two\r\nlines\";;\" edge\";\"'=1;2\";-12,5;+33600000000;\u00E9\r\nx\r\n");
    }

    [Fact]
    public void Comma_can_separate_and_a_letter_cannot()
    {
        using var output = new StringWriter();
        new CsvRowWriter(output, ',').Row("a,b", "c;d");
        output.ToString().ShouldBe("\"a,b\",c;d\r\n");
        Should.Throw<ArgumentException>(() => new CsvRowWriter(output, 'a'));
        Should.Throw<ArgumentException>(() => new CsvRowWriter(output, '"'));
    }
}
