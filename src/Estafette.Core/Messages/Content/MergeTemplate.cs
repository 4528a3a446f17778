using System.Globalization;
using HandlebarsDotNet;

namespace Estafette.Core.Messages.Content;

/// <summary>A compiled template: compiled once, rendered for any number of recipients, on any number of threads.</summary>
/// <remarks>
/// The text is parsed and checked here, then compiled by Handlebars.Net in an environment of its own (<see cref="MergeEnvironment"/>).
/// Data are dictionaries, lists, texts, numbers, booleans and dates; values are never read as template source. A render ends within its
/// limits or becomes a <see cref="RenderFailure"/>: 2 Mi characters of html, 1 Mi of text, 1,000 of a subject, 10,000 loop steps, 50 ms.
/// </remarks>
internal sealed class MergeTemplate
{
    private readonly HandlebarsTemplate<TextWriter, object, object> _compiled;
    private readonly ContentPart _part;
    private readonly MergeOptions _options;
    private readonly MergeField[] _required;

    private MergeTemplate(IReadOnlyList<MergeToken> tokens, MergeMode mode, MergeOptions options)
    {
        _options = options;
        _part = mode switch
        {
            MergeMode.Html => ContentPart.Html,
            MergeMode.Text => ContentPart.Text,
            _ => ContentPart.Subject,
        };
        var emitter = new MergeEmitter(options.Defaults, mode);
        var source = emitter.Emit(tokens);
        Sentinel = emitter.Sentinel;
        Runs = [.. emitter.Runs];
        var culture = CultureInfo.GetCultureInfo(options.Language == "en" ? "en-GB" : "fr-FR");
        _compiled = MergeEnvironment.Create(mode, culture, emitter.Constants, options.IsInterpreted).Compile(new StringReader(source));
        Fields = MergeFields.Of(tokens, options.Defaults);
        _required = options.Missing == MissingFieldPolicy.SkipRecipient ? [.. Fields.Where(f => f.IsRequired && !f.HasDefault)] : [];
    }

    /// <summary>The fields of the recipient's data the template uses.</summary>
    public IReadOnlyList<MergeField> Fields { get; }

    internal MergeSentinel Sentinel { get; }
    internal MergeStep[][] Runs { get; }
    internal TimeSpan TimeBudget => _options.TimeBudget;

    /// <summary>Compiles what a user wrote; null and the first fault if it is no template.</summary>
    public static MergeTemplate? Compile(string source, MergeMode mode, MergeOptions options, out MergeSyntaxError? error) =>
        Compile(source, mode, options, allowMarkers: false, out error);

    /// <summary>Compiles a processed content, in which <c>{{{__link 3}}}</c> and its like stand for the recipient's links.</summary>
    internal static MergeTemplate? CompileProcessed(string source, MergeMode mode, MergeOptions options, out MergeSyntaxError? error) =>
        Compile(source, mode, options, allowMarkers: true, out error);

    private static MergeTemplate? Compile(
        string source,
        MergeMode mode,
        MergeOptions options,
        bool allowMarkers,
        out MergeSyntaxError? error
    )
    {
        var tokens = MergeParser.Parse(source, html: mode == MergeMode.Html, allowMarkers, out error);
        if (error is not null)
            return null;
        try
        {
            return new MergeTemplate(tokens, mode, options);
        }
        catch (HandlebarsException refused)
        {
            error = new MergeSyntaxError(ContentFault.Of("merge-refused", "the template cannot be compiled: {0}", refused.Message), 0, 0);
            return null;
        }
    }

    internal static MergeTemplate Compile(IReadOnlyList<MergeToken> tokens, MergeMode mode, MergeOptions options) =>
        new(tokens, mode, options);

    /// <summary>Renders to a text; used where speed does not matter. Null output with a failure.</summary>
    public (string? Text, RenderFailure? Failure) Render(IReadOnlyDictionary<string, object?> data)
    {
        var output = new StringContentOutput();
        using var writer = new MergeWriter();
        var failure = Render(data, InertLinks.Instance, null, writer, output);
        return failure is null ? (output.Get(_part), null) : (null, failure);
    }

    /// <summary>First required field the data have no value for, under <see cref="MissingFieldPolicy.SkipRecipient"/>.</summary>
    public RenderFailure? FindMissing(IReadOnlyDictionary<string, object?> data)
    {
        foreach (var field in _required)
            if (MergeFunctions.IsMissing(MergeFields.Find(data, field.Path)))
                return new RenderFailure(
                    RenderFailureKind.MissingField,
                    $"The recipient has no value for '{field.Name}' and the campaign skips such recipients.",
                    field.Name
                );
        return null;
    }

    /// <summary>Renders one part to an output; null when all went well. After a failure the output holds an unfinished part.</summary>
    internal RenderFailure? Render(
        IReadOnlyDictionary<string, object?> data,
        RecipientLinks links,
        LinkCache? cache,
        MergeWriter writer,
        IContentOutput output
    )
    {
        if (FindMissing(data) is { } missing)
            return missing;
        writer.Start(this, _part, links, cache, output);
        output.Begin(_part);
        try
        {
            _compiled(writer, data, null!);
        }
        catch (MergeWriter.Stopped)
        {
            return Limit(writer.Stop);
        }
        catch (HandlebarsException failed)
        {
            return failed.InnerException is MergeWriter.Stopped
                ? Limit(writer.Stop)
                : new RenderFailure(RenderFailureKind.Broken, $"The {Name} cannot be rendered: {failed.Message}");
        }
        finally
        {
            writer.Finish();
        }
        output.End(_part);
        return null;
    }

    private string Name => _part.ToString().ToLowerInvariant();

    private RenderFailure Limit(RenderFailureKind kind) =>
        new(
            kind,
            kind switch
            {
                RenderFailureKind.TooLong => $"The {Name} of this message is longer than {MergeWriter.MaxLength(_part)} characters.",
                RenderFailureKind.TooManySteps =>
                    $"The loops of the {Name} take more than {MergeWriter.MaxLoopSteps} steps for this recipient.",
                _ => $"The {Name} takes longer than {_options.TimeBudget.TotalMilliseconds} ms to render for this recipient.",
            }
        );
}
