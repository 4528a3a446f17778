using System.Globalization;
using Estafette.Protocols.Callbacks;

namespace Estafette.Protocols.Tests.Callbacks;

public sealed class CallbackTextTests
{
    [Theory]
    [InlineData("1753430400", "2025-07-25T08:00:00.0000000")]
    [InlineData("1753430400.25", "2025-07-25T08:00:00.2500000")]
    [InlineData("1.7534304E9", "2025-07-25T08:00:00.0000000")]
    [InlineData("1753430400500", "2025-07-25T08:00:00.5000000")]
    [InlineData("1753430400500250", "2025-07-25T08:00:00.5002500")]
    [InlineData("2025-07-25T08:00:00Z", "2025-07-25T08:00:00.0000000")]
    [InlineData("2025-07-25T10:00:00+02:00", "2025-07-25T08:00:00.0000000")]
    [InlineData("2025-07-25T10:00:00+0200", "2025-07-25T08:00:00.0000000")]
    [InlineData("2025-07-25T08:00:00.123456789Z", "2025-07-25T08:00:00.1234567")]
    [InlineData("2025-07-25 08:00:00", "2025-07-25T08:00:00.0000000")]
    [InlineData("2025-07-25 08:00:00 UTC", "2025-07-25T08:00:00.0000000")]
    [InlineData("Fri, 25 Jul 2025 08:00:00 +0000", "2025-07-25T08:00:00.0000000")]
    [InlineData("Fri, 25 Jul 2025 10:00:00 +0200", "2025-07-25T08:00:00.0000000")]
    [InlineData("Fri, 25 Jul 2025 08:00:00 GMT", "2025-07-25T08:00:00.0000000")]
    public void Time_is_read_in_every_form_that_providers_use(string text, string utc) =>
        CallbackText.Time(text)!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture).ShouldBe(utc);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("12:30")]
    [InlineData("NaN")]
    [InlineData("1e400")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("99999999999")]
    [InlineData("2025-13-45T08:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    [InlineData("2025-07-25T08:00:00+99:99")]
    [InlineData("yesterday")]
    public void What_is_no_time_is_unknown(string text) => CallbackText.Time(text).ShouldBeNull();

    [Theory]
    [InlineData("550 5.1.1 unknown", "550", "5.1.1")]
    [InlineData("550-5.7.26 multi-line", "550", "5.7.26")]
    [InlineData("smtp; 421 4.4.1 x", "421", "4.4.1")]
    [InlineData("550", "550", null)]
    [InlineData("5.2.2 full", null, "5.2.2")]
    [InlineData("blocked 4.3.2.1 here", null, null)]
    [InlineData("5500 things", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void Reply_codes_are_found(string? reply, string? code, string? status) =>
        CallbackText.ReplyCodes(reply).ShouldBe((code, status));

    [Theory]
    [InlineData("<a@b>", "a@b")]
    [InlineData(" a@b ", "a@b")]
    [InlineData("<>", null)]
    [InlineData(null, null)]
    public void Message_id_loses_its_brackets(string? id, string? bare) => CallbackText.BareId(id).ShouldBe(bare);
}
