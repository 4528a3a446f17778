using System.Text;
using System.Text.Json;
using Estafette.Core.Delivery.Accept;
using Estafette.Protocols.Mime;

namespace Estafette.Api.V3;

/// <summary>One personalization as it was read, before the tags of the whole mail are known.</summary>
internal sealed record ReadLetter(MailLetter Letter, IReadOnlyDictionary<string, string> Substitutions, string? TemplateData);

/// <summary>What personalizations inherit of the mail.</summary>
internal sealed record LetterDefaults(
    IReadOnlyDictionary<string, string> Headers,
    IReadOnlyDictionary<string, string> CustomArgs,
    DateTimeOffset? SendAt
);

/// <summary>Reads the personalizations of a mail.</summary>
internal sealed class LetterReader(V3Faults faults, TimeProvider clock)
{
    public const int MaxLetters = 1000;
    public const int MaxRecipients = 1000;

    /// <summary>Bytes of custom arguments, of substitutions, and of template data of one personalization.</summary>
    private const int MaxArgs = 10_000;
    private const int MaxData = 100_000;
    private const int MaxTags = 200;
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(90);

    public List<ReadLetter> Read(MailFields mail, LetterDefaults defaults)
    {
        var letters = new List<ReadLetter>();
        if (mail.Member("personalizations") is null)
            faults.AddText("personalizations", "required");
        else if (mail.Member("personalizations") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0)
            faults.AddText("personalizations", "mail-none");
        foreach (var fields in mail.Objects("personalizations", MaxLetters))
            letters.Add(ReadOne(fields, defaults));
        if (letters.Sum(l => l.Letter.To.Count + l.Letter.Cc.Count + l.Letter.Bcc.Count) > MaxRecipients)
            faults.AddText("personalizations", "mail-recipients", MaxRecipients);
        return letters;
    }

    public DateTimeOffset? SendAt(MailFields fields)
    {
        if (fields.Member("send_at") is not { } value)
            return null;
        var now = clock.GetUtcNow();
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var seconds) || seconds < 0)
            faults.AddText(fields.At("send_at"), "not-number");
        else if (seconds > (now + Furthest).ToUnixTimeSeconds())
            faults.AddText(fields.At("send_at"), "mail-send-at", Furthest.TotalDays);
        else
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        return null;
    }

    /// <summary>The caller's own values: what events repeat.</summary>
    public IReadOnlyDictionary<string, string> CustomArgs(MailFields fields)
    {
        var args = fields.Map("custom_args");
        if (args.Sum(a => Encoding.UTF8.GetByteCount(a.Key) + Encoding.UTF8.GetByteCount(a.Value)) > MaxArgs)
            faults.AddText(fields.At("custom_args"), "mail-bytes", MaxArgs);
        return args;
    }

    private ReadLetter ReadOne(MailFields fields, LetterDefaults defaults)
    {
        var to = fields.Mailboxes("to", MaxRecipients);
        if (fields.IsMissingList("to"))
            faults.AddText(fields.At("to"), "required");
        var (cc, bcc) = (fields.Mailboxes("cc", MaxRecipients), fields.Mailboxes("bcc", MaxRecipients));
        CheckUnique(fields, to.Concat(cc).Concat(bcc));
        if (fields.Member("from") is not null)
            faults.AddText(fields.At("from"), "mail-unsupported");
        var substitutions = Substitutions(fields);
        var subject = fields.Line("subject", MailFields.MaxSubject);
        var args = Merge(defaults.CustomArgs, CustomArgs(fields));
        var letter = new MailLetter
        {
            To = to,
            Cc = cc,
            Bcc = bcc,
            Subject = subject is null ? null : FilledSubject(fields, subject, substitutions),
            Headers = Merge(defaults.Headers, fields.Headers(), StringComparer.OrdinalIgnoreCase),
            CustomArgs = args.Count == 0 ? null : JsonSerializer.Serialize(args),
            SendAt = SendAt(fields) ?? defaults.SendAt,
        };
        return new(letter, substitutions, TemplateData(fields));
    }

    private string? FilledSubject(MailFields fields, string subject, IReadOnlyDictionary<string, string> substitutions)
    {
        var filled = LetterData.Fill(subject, substitutions);
        if (filled.Length <= MailFields.MaxSubject && MimeHeaders.TryValidateHeaderValue(filled, out _))
            return filled;
        faults.AddText(fields.At("subject"), "mail-control");
        return null;
    }

    private IReadOnlyDictionary<string, string> Substitutions(MailFields fields)
    {
        var map = fields.Map("substitutions");
        if (map.Count > MaxTags)
            faults.AddText(fields.At("substitutions"), "mail-too-many", MaxTags);
        if (map.Keys.Any(k => k.Length is 0 or > 200))
            faults.AddText(fields.At("substitutions"), "mail-tag");
        if (map.Sum(s => Encoding.UTF8.GetByteCount(s.Key) + Encoding.UTF8.GetByteCount(s.Value)) > MaxData)
            faults.AddText(fields.At("substitutions"), "mail-bytes", MaxData);
        return map.Keys.Any(k => k.Length == 0) ? new Dictionary<string, string>() : map;
    }

    private string? TemplateData(MailFields fields)
    {
        if (fields.Member("dynamic_template_data") is not { } data)
            return null;
        if (data.ValueKind != JsonValueKind.Object)
            faults.AddText(fields.At("dynamic_template_data"), "mail-object");
        else if (data.GetRawText() is var text && (text.Length > MaxData || text.Contains("\\u0000", StringComparison.Ordinal)))
            faults.AddText(fields.At("dynamic_template_data"), "mail-bytes", MaxData);
        else
            return text;
        return null;
    }

    private void CheckUnique(MailFields fields, IEnumerable<DisplayMailbox> everybody)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mailbox in everybody)
            if (!seen.Add(mailbox.Address.Key))
                faults.AddText(fields.At("to"), "mail-twice", mailbox.Address.Address);
    }

    private static Dictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> mail,
        IReadOnlyDictionary<string, string> letter,
        StringComparer? comparer = null
    )
    {
        var merged = new Dictionary<string, string>(mail, comparer ?? StringComparer.Ordinal);
        foreach (var (name, value) in letter)
            merged[name] = value;
        return merged;
    }
}
