using System.Buffers;
using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Features;
using HandlebarsDotNet.IO;
using HandlebarsDotNet.Iterators;
using HandlebarsDotNet.MemberAccessors;
using HandlebarsDotNet.ObjectDescriptors;
using HandlebarsDotNet.PathStructure;

namespace Estafette.Core.Messages.Content;

/// <summary>Where the text of a template goes, which decides how values are escaped.</summary>
internal enum MergeMode
{
    Html,
    Text,
    Subject,
}

/// <summary>Makes the Handlebars environment of one template: our escaping, our helpers, and no way from a path into a CLR object.</summary>
internal static class MergeEnvironment
{
    public static IHandlebars Create(MergeMode mode, CultureInfo culture, IReadOnlyList<object> constants, bool isInterpreted)
    {
        var configuration = new HandlebarsConfiguration
        {
            TextEncoder = new MergeEncoder(mode),
            FormatProvider = culture,
            ThrowOnUnresolvedBindingExpression = false,
            PartialRecursionDepthLimit = 0,
        };
        if (isInterpreted)
            configuration.CompileTimeConfiguration.Features.Add(new ExpressionInterpreter());
        configuration.FormatterProviders.Add(new MergeFormatterProvider(culture));
        configuration.ObjectDescriptorProviders.Add(new DataObjects());
        var environment = Handlebars.Create(configuration);
        MergeFunctions.Register(environment, culture, constants);
        return environment;
    }

    /// <summary>Escapes values: HTML special characters in html; control characters nowhere pass; no line ends in a subject.</summary>
    private sealed class MergeEncoder(MergeMode mode) : ITextEncoder
    {
        private static readonly SearchValues<char> HtmlSpecial = SearchValues.Create("&<>\"'`" + Controls(keep: "\t\r\n"));
        private static readonly SearchValues<char> TextSpecial = SearchValues.Create(Controls(keep: "\t\r\n"));
        private static readonly SearchValues<char> SubjectSpecial = SearchValues.Create(Controls(keep: "") + "\u2028\u2029");
        private readonly SearchValues<char> _special = mode switch
        {
            MergeMode.Html => HtmlSpecial,
            MergeMode.Text => TextSpecial,
            _ => SubjectSpecial,
        };

        public void Encode(StringBuilder? text, TextWriter target) => Encode(text?.ToString(), target);

        public void Encode(string? text, TextWriter target) => Encode(text.AsSpan(), target);

        public void Encode<T>(T? text, TextWriter target)
            where T : IEnumerator<char>
        {
            var collected = new StringBuilder();
            while (text?.MoveNext() == true)
                collected.Append(text.Current);
            Encode(collected.ToString().AsSpan(), target);
        }

        private void Encode(ReadOnlySpan<char> text, TextWriter target)
        {
            while (!text.IsEmpty)
            {
                var run = text.IndexOfAny(_special);
                if (run < 0)
                {
                    target.Write(text);
                    return;
                }
                if (run > 0)
                    target.Write(text[..run]);
                target.Write(Replacement(text[run]).AsSpan());
                text = text[(run + 1)..];
            }
        }

        private string Replacement(char c) =>
            c switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '`' => "&#96;",
                _ => mode == MergeMode.Subject ? " " : "",
            };

        private static string Controls(string keep) =>
            string.Concat(Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(c => char.IsControl(c) && !keep.Contains(c)));
    }

    /// <summary>Runs the expressions of a template as they are, without making machine code of them.</summary>
    private sealed class ExpressionInterpreter : IExpressionCompiler, IFeatureFactory, IFeature
    {
        public IFeature CreateFeature() => this;

        // Comes after the library's own compiler, which it replaces.
        public void OnCompiling(ICompiledHandlebarsConfiguration configuration) => configuration.ExpressionCompiler = this;

        public void CompilationCompleted() { }

        public T Compile<T>(Expression<T> expression)
            where T : class, Delegate => expression.Compile(preferInterpretation: true);
    }

    private sealed class MergeFormatterProvider(CultureInfo culture) : IFormatterProvider, IFormatter
    {
        public bool TryCreateFormatter(Type type, out IFormatter formatter)
        {
            formatter = this;
            return true;
        }

        public void Format<T>(T value, in EncodedTextWriter writer)
        {
            if (MergeValue.ToText(value, culture) is { } text)
                writer.Write(text, true);
        }
    }

    /// <summary>Lists have items by number, a length and an order; string dictionaries are left to the library; all else has no members.</summary>
    private sealed class DataObjects : IObjectDescriptorProvider
    {
        public bool TryGetDescriptor(Type type, out ObjectDescriptor value)
        {
            value = ObjectDescriptor.Empty;
            if (typeof(IReadOnlyDictionary<string, object?>).IsAssignableFrom(type))
                return false;
            value =
                type == typeof(List<object?>)
                    ? new ObjectDescriptor(
                        type,
                        new ListMembers(),
                        (_, _) => Array.Empty<object>(),
                        _ => new ListIterator<List<object?>, object?>()
                    )
                    : new ObjectDescriptor(type, new NoMembers(), (_, _) => Array.Empty<object>(), _ => new NothingToRepeat());
            return true;
        }
    }

    private sealed class ListMembers : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object? value)
        {
            var items = (List<object?>)instance;
            var name = memberName.TrimmedValue;
            var isLength = name == "length";
            var isItem = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count;
            value =
                isLength ? items.Count
                : isItem ? items[index]
                : null;
            return isLength || isItem;
        }
    }

    /// <summary>A loop over something that is no list writes its else part.</summary>
    private sealed class NothingToRepeat : IIterator
    {
        public void Iterate(
            in EncodedTextWriter writer,
            BindingContext context,
            ChainSegment[] blockParamsVariables,
            object input,
            TemplateDelegate template,
            TemplateDelegate ifEmpty
        ) => ifEmpty(writer, context);
    }

    private sealed class NoMembers : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object? value)
        {
            value = null;
            return false;
        }
    }
}
