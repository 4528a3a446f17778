namespace Estafette.Core.Forms;

/// <summary>The words a new form begins with.</summary>
public static class FormDefaults
{
    /// <summary>A form that asks for the address and the first name.</summary>
    public static FormDesign For(string customer) =>
        new()
        {
            Fields = [new FormField(FormFieldKind.FirstName)],
            French = French(customer),
            English = English(customer),
        };

    private static FormTexts French(string customer) =>
        new()
        {
            Title = "Recevez nos nouvelles",
            Intro = "Laissez votre adresse : nous vous écrirons quand nous aurons quelque chose à dire.",
            Button = "M’inscrire",
            Consent =
                $"J’accepte de recevoir des messages de {customer}. Je peux me désabonner à tout moment par le lien présent dans chaque message.",
            TrackingConsent =
                $"J’accepte que {customer} mesure si j’ouvre ses messages et quels liens je suis, pour m’envoyer des messages plus utiles.",
            Pending = "Un message de confirmation est en route. Suivez son lien pour valider votre inscription.",
            Thanks = "Votre inscription est enregistrée. À bientôt.",
            MailSubject = "Confirmez votre inscription à {{customer}}",
            MailHtml = Mail(
                "Bonjour{{#if first_name}} {{first_name}}{{/if}},",
                "Vous avez demandé à recevoir les messages de {{customer}}. Confirmez votre inscription en suivant ce lien :",
                "Confirmer mon inscription",
                "Si vous n’avez rien demandé, ignorez ce message : vous ne recevrez rien d’autre. Le lien est valable trois jours."
            ),
            MailText =
                "Bonjour,\n\nVous avez demandé à recevoir les messages de {{customer}}. Confirmez votre inscription en suivant ce lien :\n\n{{confirm_url}}\n\nSi vous n’avez rien demandé, ignorez ce message : vous ne recevrez rien d’autre. Le lien est valable trois jours.\n",
        };

    private static FormTexts English(string customer) =>
        new()
        {
            Title = "Get our news",
            Intro = "Leave your address: we will write when we have something to say.",
            Button = "Subscribe",
            Consent = $"I agree to receive messages from {customer}. I can unsubscribe at any time with the link in every message.",
            TrackingConsent =
                $"I agree that {customer} measures whether I open its messages and which links I follow, so that its messages become more useful.",
            Pending = "A confirmation message is on its way. Follow its link to complete your subscription.",
            Thanks = "Your subscription is recorded. See you soon.",
            MailSubject = "Confirm your subscription to {{customer}}",
            MailHtml = Mail(
                "Hello{{#if first_name}} {{first_name}}{{/if}},",
                "You asked to receive the messages of {{customer}}. Confirm your subscription by following this link:",
                "Confirm my subscription",
                "If you did not ask for this, ignore this message: you will receive nothing else. The link is valid for three days."
            ),
            MailText =
                "Hello,\n\nYou asked to receive the messages of {{customer}}. Confirm your subscription by following this link:\n\n{{confirm_url}}\n\nIf you did not ask for this, ignore this message: you will receive nothing else. The link is valid for three days.\n",
        };

    private static string Mail(string greeting, string sentence, string button, string end) =>
        $$$"""
            <p>{{{greeting}}}</p>
            <p>{{{sentence}}}</p>
            <p style="margin:24px 0"><a href="{{confirm_url}}" style="background:#1f5fbf;border-radius:6px;color:#ffffff;display:inline-block;padding:12px 20px;text-decoration:none">{{{button}}}</a></p>
            <p style="color:#566273;font-size:14px">{{{end}}}</p>

            """;
}
