namespace Estafette.EndToEnd;

public sealed class SmokeTests
{
    [Fact]
    public void Runner_finds_tests() => typeof(object).ShouldNotBeNull();
}
