using System.Text;

namespace Estafette.Benchmarks.Send;

/// <summary>A newsletter whose HTML has about 5 kB, eight links and six merge fields.</summary>
internal static class Newsletter
{
    public static readonly string Html = Build();

    private static string Build()
    {
        var html = new StringBuilder(
            """
            <!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Offre</title></head>
            <body><table width="600" cellpadding="0" cellspacing="0"><tr><td>
            <h1>Bonjour {{first_name}} {{last_name}}</h1><p>Notre boutique de {{city}} vous attend. Vous avez {{points}} points.</p>
            """
        );
        for (var i = 1; i <= 7; i++)
            html.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"""
                <h2>Article {i} de la nouvelle collection</h2><p>Une pièce légère et solide, tissée à Roubaix, en lin lavé et coton biologique.
                Elle se porte le jour comme le soir, à la ville et à la campagne, et se lave à trente degrés sans précaution particulière.
                Disponible du 34 au 52 dans cinq couleurs, avec échange gratuit pendant trente jours dans toutes nos boutiques de France,
                et une réparation offerte la première année pour chaque pièce rapportée avec son étiquette. Réservée à {"{{first_name}}"}.</p>
                <p><a href="https://boutique.example.test/articles/{i}?source=lettre">Voir l'article {i}</a></p>
                """
            );
        return html.Append("<p><a href=\"https://boutique.example.test/\">La boutique</a> · {{email}}</p></td></tr></table></body></html>")
            .ToString();
    }
}
