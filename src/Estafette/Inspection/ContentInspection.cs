using System.Collections.Concurrent;
using System.Text.Json;
using Estafette.Core.Messages.Content;

namespace Estafette.Inspection;

/// <summary>What becomes of an html before it is sent.</summary>
internal static class ContentInspection
{
    public static Inspected Html(InspectionRequest request)
    {
        var message = MessageInspector.Process(request.Text(), new ProcessOptions { Language = request.Language, IsProved = false });
        return message.Html is { } html
            ? new HtmlResult(html, [.. message.Changes.Select(c => new HtmlChangeResult(c.Kind, c.Detail, c.Count))])
            : Fault(message);
    }

    public static Inspected Text(InspectionRequest request)
    {
        var html = request.Text();
        if (string.IsNullOrWhiteSpace(html))
            return new TextResult("");
        var message = MessageInspector.Process(
            html,
            new ProcessOptions
            {
                Language = request.Language,
                AppendsUnsubscribe = false,
                IsProved = false,
            }
        );
        return message.Html is null ? Fault(message) : new TextResult(message.Text ?? "");
    }

    private static Inspected Fault(InspectedMessage message)
    {
        var issue = message.Issues.FirstOrDefault(i => i.Severity == IssueSeverity.Error);
        return Inspected.Fault(issue is null ? "There is no content." : At(issue.Line, issue.Message));
    }

    internal static string At(int line, string message) => line > 0 ? $"line {line}: {message}" : message;
}

/// <summary>Renders templates with data; the last ones stay compiled, since programs render one template with many data.</summary>
internal sealed class TemplateInspection
{
    private const int MaxKept = 500;
    private const int MaxLength = 1 << 20;

    // A first render compiles; on a busy machine that is most of the time of it.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Source, string Language), Compiled> _kept = new();

    private sealed record Compiled(MergeTemplate? Template, string? Error);

    public Inspected Render(InspectionRequest request)
    {
        var source = request.Text();
        if (source.Length > MaxLength)
            return Inspected.Fault($"The template is longer than {MaxLength} characters.");
        var compiled = _kept.TryGetValue((source, request.Language), out var known) ? known : Keep(source, request.Language);
        if (compiled.Template is not { } template)
            return Inspected.Fault(compiled.Error!);
        if (!request.Data.IsEmpty && DataFault(request.Data) is { } fault)
            return Inspected.Fault(fault);
        var (text, failure) = template.Render(MergeData.Read(request.Data.Span));
        return failure is null ? new TemplateResult(text!) : Inspected.Fault(failure.Message);
    }

    private Compiled Keep(string source, string language)
    {
        var options = new MergeOptions
        {
            Language = language,
            TimeBudget = Budget,
            IsInterpreted = true,
        };
        var template = MergeTemplate.Compile(source, MergeMode.Html, options, out var error);
        var compiled = new Compiled(template, error is null ? null : ContentInspection.At(error.Line, error.Message));
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        return _kept[(source, language)] = compiled;
    }

    private static string? DataFault(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var data = JsonDocument.Parse(json, InspectionReader.Options);
            if (data.RootElement.ValueKind != JsonValueKind.Object)
                return "The data are no JSON object.";
            // Escapes may hold half a surrogate pair, which no reader of texts takes.
            if (json.Span.IndexOf("\\u"u8) >= 0)
                Visit(data.RootElement);
            return null;
        }
        catch (JsonException wrong)
        {
            var sentence = wrong.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            return $"The data are no JSON, line {(wrong.LineNumber ?? 0) + 1}: {sentence}.";
        }
        catch (InvalidOperationException)
        {
            return "The data hold half a surrogate pair, which is no text.";
        }
    }

    private static void Visit(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Visit(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    Visit(property.Value);
                }
                break;
            default:
                break;
        }
    }
}
