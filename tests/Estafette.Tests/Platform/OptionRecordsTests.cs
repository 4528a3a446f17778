using Estafette.Core.Platform;
using Microsoft.Extensions.Configuration;

namespace Estafette.Tests.Platform;

public sealed class OptionRecordsTests
{
    [Theory]
    [InlineData("Database:WriteConnections", "0")]
    [InlineData("Database:WriteConnections", "many")]
    [InlineData("Database:Kind", "Oracle")]
    [InlineData("Database:Colour", "blue")]
    public void Wrong_value_is_refused_with_its_key_named(string key, string value)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        Should
            .Throw<InvalidSettingsException>(() => OptionRecords.Read<DatabaseOptions>(settings, DatabaseOptions.Section))
            .Message.ShouldContain(key);
    }

    [Fact]
    public void Unknown_key_is_answered_with_the_known_ones()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Database:Colour", "blue")]).Build();

        Should
            .Throw<InvalidSettingsException>(() => OptionRecords.Read<DatabaseOptions>(settings, DatabaseOptions.Section))
            .Message.ShouldContain("WriteConnections");
    }

    [Fact]
    public void Absent_section_gives_the_defaults() =>
        OptionRecords.Read<DatabaseOptions>(new ConfigurationBuilder().Build(), DatabaseOptions.Section).ShouldBe(new DatabaseOptions());
}
