namespace Estafette.Tests.Api.Docs;

public sealed class DocExamplesTests(DocExamples examples) : IClassFixture<DocExamples>
{
    [Fact]
    public void Every_example_of_the_document_succeeds_when_they_are_run_in_order()
    {
        examples.Results.Count.ShouldBeGreaterThan(10);
        var wrong = examples.Results.Where(r => r.Code != 0 || r.Output.Contains("\"null\"", StringComparison.Ordinal));
        string.Join("\n\n", wrong.Select(r => $"line {r.Example.Line}: {r.Code}\n{r.Example.Text}\n{r.Output}")).ShouldBe("");
    }
}
