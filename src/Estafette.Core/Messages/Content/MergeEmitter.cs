using System.Globalization;
using System.Text;

namespace Estafette.Core.Messages.Content;

/// <summary>Writes parsed tokens again as a template for Handlebars.Net, in which every run of literals and markers is one short sentinel.</summary>
/// <remarks>
/// A sentinel is a private-use character, a random number of 128 bits made for this template alone, and the index of its run of steps.
/// Handlebars.Net passes it to the writer as one string on every render; the writer knows it by that number and writes the steps. The
/// number never leaves the process, so no value can imitate a sentinel, and the library never sees (nor trims, nor unescapes) the text itself.
/// </remarks>
internal sealed class MergeEmitter(IReadOnlyDictionary<string, string> defaults, MergeMode mode)
{
    private readonly StringBuilder _template = new();
    private readonly List<MergeStep> _pending = [];

    /// <summary>The runs, by index.</summary>
    public List<MergeStep[]> Runs { get; } = [];

    /// <summary>Constants reached through <see cref="MergeFunctions.Constant"/>.</summary>
    public List<object> Constants { get; } = [];
    public MergeSentinel Sentinel { get; } = MergeSentinel.Create();

    public string Emit(IEnumerable<MergeToken> tokens)
    {
        foreach (var token in tokens)
        {
            if (token.Kind is MergeTokenKind.Literal)
                AddStep(MergeStep.Of(new ContentLiteral(token.Text)));
            else if (token.Kind is MergeTokenKind.Marker)
                AddStep(MergeStep.Of(token.Marker, token.Number));
            else
                EmitExpression(token);
        }
        FlushRun();
        return _template.ToString();
    }

    private void AddStep(MergeStep step)
    {
        if (step.Literal is { } added && _pending is [.., { Literal: { } last }])
            _pending[^1] = MergeStep.Of(new ContentLiteral(last.Text + added.Text));
        else
            _pending.Add(step);
    }

    private void FlushRun()
    {
        if (_pending.Count == 0)
            return;
        _template.Append(Sentinel.Text(Runs.Count));
        Runs.Add([.. _pending]);
        _pending.Clear();
    }

    private void EmitExpression(MergeToken token)
    {
        FlushRun();
        switch (token.Kind)
        {
            case MergeTokenKind.Value:
                var isRaw = token.Raw && mode == MergeMode.Html;
                _template.Append(isRaw ? "{{{" : "{{");
                Append(token.Scopes == 0 ? WithDefault(token.Expression!) : token.Expression!);
                _template.Append(isRaw ? "}}}" : "}}");
                break;
            case MergeTokenKind.Open:
                _template.Append("{{#");
                AppendHead(BlockName(token), token.Expression!);
                if (token.BlockParameters.Count > 0)
                    _template.Append(" as |").AppendJoin(' ', token.BlockParameters).Append('|');
                _template.Append("}}");
                if (token is { Block: "each" or "", Inverted: false })
                    AddStep(MergeStep.Tick);
                break;
            case MergeTokenKind.Else:
                _template.Append("{{else");
                if (token.Expression is not null)
                    AppendHead(' ' + token.Block, token.Expression);
                _template.Append("}}");
                break;
            default:
                _template.Append("{{/").Append(BlockName(token)).Append("}}");
                break;
        }
    }

    private static string BlockName(MergeToken token) =>
        token switch
        {
            { Block: "", Inverted: false } => MergeFunctions.Section,
            { Block: "unless", Inverted: true } => "if",
            { Inverted: true } => "unless",
            _ => token.Block,
        };

    private void AppendHead(string name, MergeExpression argument)
    {
        _template.Append(name);
        if (name.Length > 0)
            _template.Append(' ');
        Append(argument);
    }

    private MergeExpression WithDefault(MergeExpression expression) =>
        expression switch
        {
            PathExpression { Ups: 0, DataName: null or "@root" } path when defaults.TryGetValue(path.Name, out var value) =>
                new CallExpression("default", [path, new ConstantExpression(value)]),
            CallExpression call => call with { Arguments = [.. call.Arguments.Select(WithDefault)] },
            _ => expression,
        };

    private void Append(MergeExpression expression)
    {
        switch (expression)
        {
            case PathExpression path:
                AppendPath(path);
                break;
            case ConstantExpression { Value: string text }:
                _template.Append(CultureInfo.InvariantCulture, $"({MergeFunctions.Constant} {Constants.Count})");
                Constants.Add(text);
                break;
            case ConstantExpression { Value: double number }:
                _template.Append(CultureInfo.InvariantCulture, $"({MergeFunctions.Constant} {Constants.Count})");
                Constants.Add(number);
                break;
            case ConstantExpression constant:
                _template.Append(
                    constant.Value is bool flag
                        ? flag
                            ? "true"
                            : "false"
                        : "null"
                );
                break;
            case CallExpression call:
                var isNested = _template[^1] != '{';
                _template.Append(isNested ? "(" : "").Append(call.Helper);
                foreach (var argument in call.Arguments)
                {
                    _template.Append(' ');
                    Append(argument);
                }
                _template.Append(isNested ? ")" : "");
                break;
        }
    }

    private void AppendPath(PathExpression path)
    {
        for (var i = 0; i < path.Ups; i++)
            _template.Append("../");
        var names = path.DataName is null ? path.Segments.Select(Quote) : path.Segments.Select(Quote).Prepend(path.DataName);
        if (path is { DataName: null, Ups: 0, Segments: [var first, ..] } && IsTaken(first))
            names = names.Prepend("this");
        var joined = string.Join('.', names);
        _template.Append(joined.Length > 0 ? joined : "this");
    }

    /// <summary>A field may be called as a helper is.</summary>
    private static bool IsTaken(string name) =>
        MergeFunctions.IsKnown(name)
        || name is "if" or "unless" or "each" or "with" or "else" or "lookup" or "log" or "null" or "undefined" or "this";

    private static string Quote(string segment) =>
        char.IsAsciiLetter(segment[0]) && segment.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? segment : $"[{segment}]";
}
