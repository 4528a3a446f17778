using System.Globalization;
using System.Resources;

namespace Estafette.Core.Deliverability;

/// <summary>What this module says to people, in the language of the request: one resource file for English, one for French.</summary>
internal static class DeliverabilityTexts
{
    private static readonly ResourceManager Resources = new(typeof(DeliverabilityTexts));

    public static string Get(string key) =>
        Resources.GetString(key, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException(key);
}
