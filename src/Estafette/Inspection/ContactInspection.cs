using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;
using Estafette.Protocols.Sms;
using Estafette.Protocols.UserAgents;

namespace Estafette.Inspection;

/// <summary>What is known about a person's address, number, program, and about a text for his telephone.</summary>
internal static class ContactInspection
{
    private const string UsualRegion = "FR";

    public static AddressResult Address(InspectionRequest request)
    {
        var error = EmailAddress.Check(request.Text(), out var address);
        return error == EmailAddressError.None
            ? new AddressResult(true, address.Address, address.RequiresSmtpUtf8 ? null : address.Address, address.RequiresSmtpUtf8, null)
            : new AddressResult(false, null, null, false, EmailAddress.Describe(error)) { Error = error };
    }

    public static Inspected Phone(InspectionRequest request)
    {
        var region = request.Region is { Length: > 0 } given ? given : UsualRegion;
        var home = PhoneNumber.IsKnownCountry(region) ? region : null;
        if (PhoneNumber.TryParse(request.Text(), home, out var number, out var error))
            return new PhoneResult(true, number.E164, number.Country, TypeOf(number));
        return home is null && error == PhoneNumberError.CountryMissing
            ? Inspected.Fault($"The region '{(region.Length > 20 ? region[..20] : region)}' is no country; use two letters such as FR.")
            : new PhoneResult(false, null, null, null) { Error = error };
    }

    public static UserAgentResult UserAgent(InspectionRequest request)
    {
        var agent = UserAgentParser.Parse(request.Text().Trim());
        return new UserAgentResult(agent.Os, agent.Browser, WordOf(agent.Device), agent.IsBot);
    }

    public static SmsResult Sms(InspectionRequest request)
    {
        var measured = SmsText.Measure(request.Text());
        return new SmsResult(measured.Encoding == SmsEncoding.Gsm7 ? "gsm7" : "ucs2", measured.Units, measured.Parts);
    }

    private static string TypeOf(PhoneNumber number) =>
        number.Kind switch
        {
            PhoneNumberKind.Mobile => "mobile",
            PhoneNumberKind.FixedLine => "fixed",
            _ => "other",
        };

    private static string WordOf(DeviceKind device) =>
        device switch
        {
            DeviceKind.Desktop => "desktop",
            DeviceKind.Mobile => "mobile",
            DeviceKind.Tablet => "tablet",
            DeviceKind.Tv => "tv",
            DeviceKind.Bot => "bot",
            _ => "other",
        };
}
