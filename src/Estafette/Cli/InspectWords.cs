using Estafette.Inspection;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;
using Estafette.Web;

namespace Estafette.Cli;

/// <summary>What an inspection found, in the words of a person; the words of the vocabulary stand beside them for the handbook.</summary>
internal static class InspectWords
{
    public static void Write(CommandConsole console, InspectionResult found)
    {
        switch (found)
        {
            case BounceResult bounce:
                WriteBounce(console, bounce);
                break;
            case AddressResult address:
                WriteAddress(console, address);
                break;
            case PhoneResult phone:
                WritePhone(console, phone);
                break;
            case UserAgentResult agent:
                Field(console, "os", agent.Os);
                Field(console, "browser", agent.Browser);
                Field(console, "device", Word("device", agent.Device));
                break;
            case SmsResult sms:
                Line(console, Texts.Get("inspect.sms", sms.Encoding == "gsm7" ? "GSM-7" : "UCS-2", sms.Units, sms.Parts));
                break;
            case SpfResult spf:
                Line(console, Word("spf", spf.Result));
                Field(console, "reason", spf.Reason);
                Field(console, "lookups", spf.Lookups);
                break;
            case DkimResult dkim:
                WriteDkim(console, dkim);
                break;
            case SpamResult spam:
                WriteSpam(console, spam);
                break;
            case HtmlResult html:
                console.Out.WriteLine(html.Html);
                foreach (var change in html.Changes)
                    console.Note(ChangeOf(change));
                break;
            case TextResult text:
                console.Out.WriteLine(text.Text.TrimEnd('\n'));
                break;
            case TemplateResult template:
                console.Out.Write(template.Output.EndsWith('\n') ? template.Output : template.Output + Environment.NewLine);
                break;
            case WebhookResult webhook:
                WriteWebhook(console, webhook);
                break;
            default:
                throw new InvalidOperationException($"No words for {found.GetType().Name}.");
        }
    }

    private static void WriteBounce(CommandConsole console, BounceResult bounce)
    {
        Line(console, Word("kind", bounce.Kind));
        foreach (var recipient in bounce.Recipients)
        {
            console.Out.WriteLine();
            Line(console, recipient.Address ?? Texts.Get("inspect.no-address"));
            Field(console, "class", Word("class", recipient.Class));
            Field(console, "reason", Word("reason", recipient.Reason));
            Field(console, "action", Word("action", recipient.Action));
            Field(console, "answer", $"{recipient.Code} {recipient.Status}".Trim());
            Field(console, "diagnostic", recipient.Diagnostic.ReplaceLineEndings(" "));
        }
    }

    private static void WriteAddress(CommandConsole console, AddressResult address)
    {
        Line(console, address.Valid ? Texts.Get("inspect.valid") : Texts.Get("inspect.invalid"));
        Field(console, "normalized", address.Normalized);
        Field(console, "smtputf8", address.Smtputf8 ? Texts.Get("inspect.yes") : null);
        if (address.Error != EmailAddressError.None)
            Field(console, "reason", Texts.Get("inspect.address-" + Printing.Text(address.Error)));
    }

    private static void WritePhone(CommandConsole console, PhoneResult phone)
    {
        Line(console, phone.Valid ? Texts.Get("inspect.valid") : Texts.Get("inspect.invalid"));
        Field(console, "e164", phone.E164);
        Field(console, "region", phone.Region);
        Field(console, "type", Word("phone", phone.Type));
        if (phone.Error != PhoneNumberError.None)
            Field(console, "reason", Texts.Get("inspect.number-" + Printing.Text(phone.Error)));
    }

    private static void WriteDkim(CommandConsole console, DkimResult dkim)
    {
        if (dkim.Signatures.Count == 0)
            Line(console, Texts.Get("inspect.unsigned"));
        foreach (var signature in dkim.Signatures)
            Line(console, $"{signature.Domain} {signature.Selector}: {signature.Result} ({signature.Reason})");
    }

    private static void WriteSpam(CommandConsole console, SpamResult spam)
    {
        Line(console, Texts.Get(spam.Score >= spam.Threshold ? "inspect.is-spam" : "inspect.is-no-spam", spam.Score, spam.Threshold));
        foreach (var rule in spam.Rules)
            Line(console, $"{rule.Score, 6:0.0}  {rule.Name}  {rule.Description}");
    }

    private static void WriteWebhook(CommandConsole console, WebhookResult webhook)
    {
        Line(console, webhook.Authenticated ? Texts.Get("inspect.authentic") : Texts.Get("inspect.not-authentic", webhook.Refusal));
        foreach (var read in webhook.Events)
        {
            console.Out.WriteLine();
            Line(console, $"{Word("event", read.Event)}: {read.Recipient}");
            Field(console, "time", read.Timestamp);
            Field(console, "reason", read.Reason);
            Field(console, "url", read.Url);
            Field(console, "message-id", read.MessageId);
            Field(console, "event-id", read.ProviderEventId);
            Field(console, "metadata", string.Join(", ", read.Metadata.Select(m => $"{m.Key}={m.Value}")));
            Field(console, "tags", string.Join(", ", read.Tags));
        }
    }

    private static string ChangeOf(HtmlChangeResult change) =>
        $"{Texts.Get("content.change-" + change.Kind, change.Count)}{(change.Detail.Length > 0 ? $" ({change.Detail})" : "")}";

    /// <summary>The meaning of a word of the results and the word itself; null for none.</summary>
    private static string? Word(string table, string? word) =>
        word is null ? null : $"{Texts.Get($"inspect.{table}-{word.Replace('_', '-')}")} [{word}]";

    private static void Field(CommandConsole console, string label, object? value)
    {
        if (Printing.Text(value) is { Length: > 0 } text)
            Line(console, $"  {Texts.Get("inspect." + label)}{(Texts.Get("inspect.colon"))} {text}");
    }

    private static void Line(CommandConsole console, string? text) => console.Out.WriteLine(CommandConsole.Plain(text));
}
