using System.Globalization;
using System.Resources;

namespace Estafette.Core.Channels;

/// <summary>What this module says to people, in the language of the request: ChannelTexts.resx in English, ChannelTexts.fr.resx in French.</summary>
internal static class ChannelTexts
{
    private static readonly ResourceManager Resources = new(typeof(ChannelTexts));

    public static string Get(string key, params object[] values) => GetIn(CultureInfo.CurrentUICulture, key, values);

    public static string GetIn(CultureInfo language, string key, params object[] values) =>
        string.Format(language, Resources.GetString(key, language) ?? throw new MissingManifestResourceException(key), values);
}
