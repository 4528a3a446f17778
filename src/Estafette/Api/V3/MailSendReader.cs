using System.Text.Json;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Api.V3;

/// <summary>A mail as the request says it, and what is only known once the template was read.</summary>
/// <param name="Mail">Everything but the text of a template.</param>
/// <param name="TemplateId">Id or name of the template; null: the text is in the request.</param>
/// <param name="IsSandbox">Only check it.</param>
internal sealed record ReadMail(MailToAccept Mail, string? TemplateId, bool IsSandbox);

/// <summary>Reads a request of SendGrid's form (interfaces §4.3) and notes all faults at once. What a mail cannot do here is refused, never dropped.</summary>
internal sealed class MailSendReader(V3Faults faults, TimeProvider clock)
{
    private const int MaxText = 2 << 20;
    private const int MaxFiles = 50;
    private const int MaxCategories = 10;
    private const int MaxCategory = 255;

    /// <summary>Null when there are faults.</summary>
    public ReadMail? Read(JsonElement root, CustomerId customer, string application)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            faults.AddText(null, "object-expected");
            return null;
        }
        var mail = new MailFields(root, "", faults);
        var from = From(mail);
        var replyTo = ReplyTo(mail);
        var subject = mail.Line("subject", MailFields.MaxSubject);
        var template = mail.Line("template_id", 200);
        var (plain, html) = Content(mail, template is not null);
        var reader = new LetterReader(faults, clock);
        var letters = reader.Read(mail, new(mail.Headers(), reader.CustomArgs(mail), reader.SendAt(mail)));
        var isNowhere = subject is { Length: 0 } || mail.Member("subject") is null;
        if (template is null && isNowhere && (letters.Count == 0 || !letters.TrueForAll(l => l.Letter.Subject is { Length: > 0 })))
            faults.AddText("subject", "required");
        var files = Files(mail);
        var categories = Categories(mail);
        var tracking = mail.Object("tracking_settings");
        var (opens, clicks) = (tracking?.IsEnabled("open_tracking") == true, tracking?.IsEnabled("click_tracking") == true);
        var isSandbox = mail.Object("mail_settings")?.IsEnabled("sandbox_mode") == true;
        if (faults.Any)
            return null;

        var isTemplate = template is not null || letters.Exists(l => l.TemplateData is not null);
        string[] tags = isTemplate ? [] : [.. letters.SelectMany(l => l.Substitutions.Keys).Distinct().Order(StringComparer.Ordinal)];
        return new(
            new MailToAccept
            {
                Customer = customer,
                Application = application,
                From = from!,
                ReplyTo = replyTo,
                Text = new MailText(subject ?? (template is null ? letters[0].Letter.Subject : null) ?? "", html, plain)
                {
                    IsTemplate = isTemplate,
                    Tags = tags,
                    TracksOpens = opens,
                    TracksClicks = clicks,
                },
                Letters = [.. letters.Select(l => Completed(l, isTemplate, tags, opens || clicks))],
                Files = files,
                Categories = categories,
                IsMarketing = categories.Any(IsMarketing),
            },
            template,
            isSandbox
        );
    }

    private static MailLetter Completed(ReadLetter read, bool isTemplate, string[] tags, bool isTracked) =>
        read.Letter with
        {
            Data = isTemplate ? read.TemplateData : LetterData.Of(tags, read.Substitutions, isTracked),
        };

    /// <summary>The words by which a caller says that a mail advertises (ADR 0029).</summary>
    private static bool IsMarketing(string category) =>
        category.Equals("marketing", StringComparison.OrdinalIgnoreCase)
        || category.Equals("newsletter", StringComparison.OrdinalIgnoreCase)
        || category.Equals("promotion", StringComparison.OrdinalIgnoreCase);

    private DisplayMailbox? From(MailFields mail)
    {
        if (mail.Member("from") is null)
            faults.AddText("from", "required");
        return mail.Object("from")?.Mailbox();
    }

    private IReadOnlyList<DisplayMailbox> ReplyTo(MailFields mail)
    {
        var one = mail.Object("reply_to")?.Mailbox();
        var list = mail.Mailboxes("reply_to_list", 1000);
        if (mail.Member("reply_to") is not null && mail.Member("reply_to_list") is not null)
            faults.AddText("reply_to_list", "mail-reply-twice");
        return one is null ? list : [one];
    }

    private (string? Plain, string? Html) Content(MailFields mail, bool hasTemplate)
    {
        string? plain = null;
        string? html = null;
        var parts = mail.Objects("content", 10);
        if (!hasTemplate && mail.IsMissingList("content"))
            faults.AddText("content", "required");
        foreach (var part in parts)
        {
            var type = part.Text("type");
            var text = part.Text("value");
            if (text is null || text.Length == 0)
                faults.AddText(part.At("value"), "blank");
            else if (text.Length > MaxText)
                faults.AddText(part.At("value"), "too-long", MaxText);
            switch (type?.Trim().ToLowerInvariant())
            {
                case "text/plain" when html is not null:
                    faults.AddText(part.At("type"), "mail-order");
                    break;
                case "text/plain" when plain is null:
                    plain = text;
                    break;
                case "text/html" when html is null:
                    html = text;
                    break;
                case "text/plain" or "text/html":
                    faults.AddText(part.At("type"), "mail-type-twice", type);
                    break;
                default:
                    faults.AddText(part.At("type"), "mail-type", MailFields.Printable(type ?? ""));
                    break;
            }
        }
        return (plain, html);
    }

    private List<MailFile> Files(MailFields mail)
    {
        var files = new List<MailFile>();
        foreach (var fields in mail.Objects("attachments", MaxFiles))
        {
            var name = fields.Line("filename", 200);
            var type = fields.Line("type", 127);
            var cid = fields.Line("content_id", 200);
            var disposition = fields.Line("disposition", 20)?.ToLowerInvariant();
            if (fields.Member("filename") is null || (name is not null && string.IsNullOrWhiteSpace(name)))
                faults.AddText(fields.At("filename"), "required");
            if (disposition is not (null or "attachment" or "inline"))
                faults.AddText(fields.At("disposition"), "choice", MailFields.Printable(disposition));
            if (disposition == "inline" && cid is null)
                faults.AddText(fields.At("content_id"), "required");
            else if (cid is not null && (cid.Length == 0 || cid.Any(c => c is <= ' ' or > '~' or '<' or '>')))
                faults.AddText(fields.At("content_id"), "mail-content-id");
            if (fields.Member("content") is not { ValueKind: JsonValueKind.String } content || content.GetRawText().Length <= 2)
                faults.AddText(fields.At("content"), "required");
            else if (!content.TryGetBytesFromBase64(out var bytes))
                faults.AddText(fields.At("content"), "mail-base64");
            else if (name is not null)
                files.Add(new(name, type ?? "application/octet-stream", disposition == "inline" ? cid : null, bytes));
        }
        return files;
    }

    private List<string> Categories(MailFields mail)
    {
        var categories = new List<string>();
        var items = mail.Items("categories", MaxCategories);
        for (var i = 0; i < items.Count; i++)
            if (items[i].ValueKind != JsonValueKind.String || !MailFields.TryString(items[i], out var text))
                faults.AddText($"categories.{i}", "not-text");
            else if (text.Length is 0 or > MaxCategory)
                faults.AddText($"categories.{i}", "too-long", MaxCategory);
            else if (!MimeHeaders.TryValidateHeaderValue(text, out _))
                faults.AddText($"categories.{i}", "mail-control");
            else if (!categories.Contains(text, StringComparer.Ordinal))
                categories.Add(text);
        return categories;
    }
}
