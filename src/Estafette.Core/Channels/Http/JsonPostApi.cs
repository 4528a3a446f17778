using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace Estafette.Core.Channels.Http;

/// <summary>Any URL that takes a JSON POST, by the rules an operator wrote down (interfaces §4.6).</summary>
internal sealed class JsonPostApi : IMailApi
{
    private readonly JsonPostSettings _settings;
    private readonly string? _key;
    private readonly JsonTemplate? _template;
    private readonly IReadOnlyList<StatusRange> _success;
    private readonly (string Name, PlaceholderText Value)[] _headers;

    public JsonPostApi(JsonPostSettings settings, string? key)
    {
        (_settings, _key) = (settings, string.IsNullOrEmpty(key) ? null : key);
        if (!string.IsNullOrWhiteSpace(settings.Body) && !JsonTemplate.TryParse(settings.Body, out _template, out var error))
            throw new System.Text.Json.JsonException(error);
        if (!StatusRange.TryParse(settings.SuccessStatus, out _success))
            throw new System.Text.Json.JsonException($"'{settings.SuccessStatus}' is not a list of statuses");
        _headers =
        [
            .. settings
                .Headers.Where(h => !h.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
                .Select(h => (h.Key, PlaceholderText.TryParse(h.Value, out var text, out _) ? text : default)),
        ];
        ContentType =
            settings.Headers.FirstOrDefault(h => h.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value
            ?? "application/json";
        if (!MediaTypeHeaderValue.TryParse(ContentType, out _))
            throw new System.Text.Json.JsonException($"'{ContentType}' is not a content type");
    }

    public string ContentType { get; }

    public bool TakesAttachments => _settings.TakesAttachments;

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers)
    {
        if (_key is not null && !string.IsNullOrWhiteSpace(_settings.KeyHeader))
            headers.TryAddWithoutValidation(_settings.KeyHeader, $"{_settings.KeyScheme} {_key}".Trim());
        foreach (var (name, value) in _headers)
            headers.TryAddWithoutValidation(name, OneLine(value.Render(message, _key)));
    }

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body)
    {
        if (_template is null)
            SendGridApi.Write(message, body);
        else
            _template.Write(body, message, _key);
    }

    public SendResult Judge(HttpAnswer answer)
    {
        var words = _settings.ErrorPath is { Length: > 0 } path ? answer.At(path) : null;
        if (!_success.Any(r => r.Holds(answer.Status)))
            return answer.IsSuccess ? HttpStatusTable.Refused(answer, Blame.Message, words) : HttpStatusTable.Judge(answer, words);
        if (_settings.SuccessPath is not { Length: > 0 } rule)
            return HttpStatusTable.Accepted(answer, MessageId(answer));
        if (answer.Json is null)
            return HttpStatusTable.InDoubt(
                answer,
                answer.Complete
                    ? $"answered {answer.Status} without JSON, so that {rule} cannot be looked at. {answer.Text}"
                    : $"answered {answer.Status}, but the answer broke off or is too long to look at {rule}"
            );
        return string.Equals(answer.At(rule), _settings.SuccessValue ?? "", StringComparison.OrdinalIgnoreCase)
            ? HttpStatusTable.Accepted(answer, MessageId(answer))
            : HttpStatusTable.Refused(answer, Blame.Message, words);
    }

    private string? MessageId(HttpAnswer answer) =>
        _settings.MessageIdPath is not { Length: > 0 } path ? null
        : path.StartsWith("header:", StringComparison.OrdinalIgnoreCase) ? answer.Header(path["header:".Length..].Trim())
        : answer.At(path);

    private static string OneLine(string value) => string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c));
}

/// <summary>A range of HTTP statuses.</summary>
internal readonly record struct StatusRange(int From, int To)
{
    public bool Holds(int status) => status >= From && status <= To;

    /// <summary>Reads "200-299" or "200,202".</summary>
    public static bool TryParse(string text, out IReadOnlyList<StatusRange> ranges)
    {
        var list = new List<StatusRange>();
        ranges = list;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !TryStatus(ends[0], out var from) || !TryStatus(ends[^1], out var to) || to < from)
                return false;
            list.Add(new StatusRange(from, to));
        }
        return list.Count > 0;
    }

    private static bool TryStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
