using Estafette.Web.Contacts;

namespace Estafette.Tests.Web;

public sealed class AttributeFormTests
{
    private const string Stored = """{"city":"Lyon","points":12,"vip":true,"tags":["a"],"zip":"01000"}""";

    [Fact]
    public void Single_values_are_lines_and_the_rest_is_json()
    {
        AttributeForm.Lines(Stored).ShouldBe([("city", "Lyon"), ("points", "12"), ("vip", "true"), ("zip", "01000")]);
        AttributeForm.Rest(Stored).ShouldBe("""{"tags":["a"]}""");
        AttributeForm.Rest("""{"a":1}""").ShouldBeNull();
        AttributeForm.Lines(null).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("points", "13", """{"points":13}""")]
    [InlineData("points", "many", """{"points":"many"}""")]
    [InlineData("vip", "false", """{"vip":false}""")]
    [InlineData("zip", "02000", """{"zip":"02000"}""")]
    [InlineData("zip", "69001", """{"zip":"69001"}""")]
    [InlineData("new", "7", """{"new":"7"}""")]
    [InlineData("city", "Évry \"sud\"", """{"city":"Évry \"sud\""}""")]
    public void A_value_keeps_its_kind(string name, string value, string merged) =>
        AttributeForm.Merge(Stored, null, name, value).ShouldBe(merged);

    [Fact]
    public void Empty_lines_vanish_and_the_rest_stays()
    {
        AttributeForm
            .Merge(Stored, """{"tags":["b"]}""", new(["city", "points", ""]), new(["", "12", "lost"]))
            .ShouldBe("""{"tags":["b"],"points":12}""");
        AttributeForm.Merge(Stored, null, "city", "").ShouldBeNull();
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("""{"a":1,"a":2}""")]
    public void What_is_no_object_goes_on_to_the_check_of_contacts(string rest) =>
        AttributeForm.Merge(Stored, rest, "city", "Lyon").ShouldBe(rest);
}
