using System.Text.Json;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

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

    /// <summary>The fields of a contact that may be merged: the fixed ones and the attributes of the newest contacts.</summary>
    public static async Task<IReadOnlyList<string>> FieldsAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var samples = await db.Of<Contact>(customer).OrderByDescending(c => c.Id).Take(200).Select(c => c.Attributes).ToListAsync(ct);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var sample in samples.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            using var json = JsonDocument.Parse(sample);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                found.UnionWith(
                    json.RootElement.EnumerateObject().Select(p => p.Name).Where(n => n.All(c => char.IsLetterOrDigit(c) || c == '_'))
                );
        }
        return ["first_name", "last_name", "email", "phone", "language", .. found.Take(30)];
    }
}
