using System.Text;
using System.Text.Json;

namespace Estafette.Demo;

/// <summary>One invented person.</summary>
internal sealed record DemoContact(string FirstName, string LastName, string Email, string Language, string Attributes);

/// <summary>A thousand invented people, French and English speaking, the same at every run; their domains end in .test and exist nowhere.</summary>
internal static class DemoContacts
{
    public const int Count = 1000;

    private static readonly string[] FrenchFirst =
    [
        "Amélie",
        "Bastien",
        "Camille",
        "Damien",
        "Éloïse",
        "Fabien",
        "Gaëlle",
        "Hugo",
        "Inès",
        "Julien",
        "Karine",
        "Léa",
        "Mathieu",
        "Noémie",
        "Olivier",
        "Pauline",
        "Quentin",
        "Romane",
        "Sébastien",
        "Théo",
        "Valérie",
        "Yanis",
        "Zoé",
        "Chloé",
        "François",
    ];
    private static readonly string[] FrenchLast =
    [
        "Aubry",
        "Besson",
        "Carpentier",
        "Delaunay",
        "Étienne",
        "Faure",
        "Garnier",
        "Huet",
        "Jacquet",
        "Lemoine",
        "Marchand",
        "Noël",
        "Perrot",
        "Renaud",
        "Schmitt",
        "Tessier",
        "Vasseur",
        "Weber",
        "Lefèvre",
        "Blanchard",
    ];
    private static readonly string[] FrenchCity =
    [
        "Lyon",
        "Nantes",
        "Strasbourg",
        "Bordeaux",
        "Lille",
        "Montpellier",
        "Rennes",
        "Grenoble",
        "Dijon",
        "Tours",
    ];
    private static readonly string[] EnglishFirst =
    [
        "Alice",
        "Benjamin",
        "Charlotte",
        "Daniel",
        "Emily",
        "Frank",
        "Grace",
        "Harry",
        "Isla",
        "Jack",
        "Katherine",
        "Liam",
        "Megan",
        "Nathan",
        "Olivia",
        "Peter",
        "Rachel",
        "Samuel",
        "Tessa",
        "William",
    ];
    private static readonly string[] EnglishLast =
    [
        "Ashworth",
        "Barlow",
        "Chadwick",
        "Dalton",
        "Ellison",
        "Fletcher",
        "Gibbons",
        "Hartley",
        "Ingram",
        "Kershaw",
        "Lawson",
        "Mercer",
        "Norton",
        "Osborne",
        "Prescott",
        "Radley",
        "Stanton",
        "Thorne",
        "Whitaker",
        "Yates",
    ];
    private static readonly string[] EnglishCity = ["Leeds", "Bristol", "Glasgow", "Cardiff", "Norwich", "Exeter", "Dublin", "York"];
    private static readonly string[] Domains =
    [
        "courrier.example.test",
        "mail.example.test",
        "poste.example.test",
        "inbox.example.test",
        "atelier.example.test",
    ];

    /// <summary>The people, in order.</summary>
    public static IEnumerable<DemoContact> All()
    {
        for (var i = 0; i < Count; i++)
        {
            var french = i % 5 < 3;
            var (firsts, lasts, cities) = french ? (FrenchFirst, FrenchLast, FrenchCity) : (EnglishFirst, EnglishLast, EnglishCity);
            var first = firsts[i % firsts.Length];
            var last = lasts[i / firsts.Length % lasts.Length];
            var attributes = JsonSerializer.Serialize(
                new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["city"] = cities[(i * 7) % cities.Length],
                    ["points"] = (i * 137) % 2500,
                }
            );
            yield return new(
                first,
                last,
                $"{Plain(first)}.{Plain(last)}{i}@{Domains[i % Domains.Length]}",
                french ? "fr" : "en",
                attributes
            );
        }
    }

    /// <summary>Lower case without accents.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Normalize(NormalizationForm.FormD).Where(char.IsAsciiLetter)).ToLowerInvariant();
}
