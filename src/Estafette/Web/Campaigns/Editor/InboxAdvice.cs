using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>What helps to write a subject: how much of it is seen, signs to insert, fields to merge.</summary>
internal static class InboxAdvice
{
    /// <summary>Signs that people put in subjects and that every mail client of today draws.</summary>
    public static readonly IReadOnlyList<string> Emojis =
    [
        .. "🎉 🎁 ✨ ⭐ 🔥 💡 📣 📅 ⏰ ⏳ ✅ ❗ 🚀 🏆 🎯 💬 📌 📦 🛒 🏷️ 💶 💳 🎓 📰 📖 🎬 🎵 🌞 🌸 🍂 ❄️ 🎄 🍽️ ☕ ✈️ 🏡 🌍 💚 ❤️ 🙏 👋 👏".Split(
            ' '
        ),
    ];

    /// <summary>A telephone shows about 40 characters of a subject, a wide list about 70.</summary>
    public static string OfSubject(string text) =>
        text.Length switch
        {
            0 => "empty",
            < 15 => "short",
            <= 60 => "good",
            _ => "long",
        };

    /// <summary>What follows the subject; more than about 110 characters is never seen.</summary>
    public static string OfPreheader(string text) =>
        text.Length switch
        {
            0 => "empty",
            < 30 => "short",
            <= 110 => "good",
            _ => "long",
        };

    /// <summary>The fields of a contact that may be merged: the fixed ones and the attributes that a sample of contacts has most often.</summary>
    public static async Task<IReadOnlyList<string>> FieldsAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var attributes = await SampleAttributes.NamesAsync(customer, db, ct);
        var mergeable = attributes.Where(n => n.All(c => char.IsLetterOrDigit(c) || c == '_')).Take(30);
        return ["first_name", "last_name", "email", "phone", "language", .. mergeable.Order(StringComparer.Ordinal)];
    }
}
