using System.Text;
using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class MergeTemplateTests
{
    private static readonly Dictionary<string, object?> Alice = new(StringComparer.Ordinal)
    {
        ["email"] = "alice@example.com",
        ["first_name"] = "Zoé <b>",
        ["empty"] = "",
        ["city"] = "Évry",
        ["points"] = 1234.5,
        ["count"] = 3L,
        ["vip"] = true,
        ["date"] = "2026-11-22T10:00:00+01:00",
        ["élan"] = "accent",
        ["two words"] = "spaced",
        ["sender"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "Le Club" },
        ["items"] = new List<object?>
        {
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "Pain", ["price"] = 2L },
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "Thé & lait", ["price"] = 12L },
        },
        ["tags"] = new List<object?> { "a", "b" },
    };

    [Theory]
    [InlineData("Hello {{first_name}}!", "Hello Zoé &lt;b&gt;!")]
    [InlineData("{{{first_name}}}", "Zoé <b>")]
    [InlineData("{{&first_name}}", "Zoé <b>")]
    [InlineData("{{ city }}", "Évry")]
    [InlineData("[{{unknown}}{{empty}}{{sender.unknown.deep}}]", "[]")]
    [InlineData("{{sender.name}}/{{sender/name}}/{{this.sender.name}}/{{./city}}", "Le Club/Le Club/Le Club/Évry")]
    [InlineData("{{élan}} {{[two words]}}", "accent spaced")]
    [InlineData("{{default empty \"ami(e) & co }} x\"}}", "ami(e) &amp; co }} x")]
    [InlineData("{{default unknown 'l\"ami'}}", "l&quot;ami")]
    [InlineData("{{default city \"x\"}}", "Évry")]
    [InlineData("{{upper city}} {{lower city}} {{capitalize \"jean-paul DU pont\"}}", "ÉVRY évry Jean-Paul Du Pont")]
    [InlineData("{{upper (default unknown \"été\")}}", "ÉTÉ")]
    [InlineData("{{date this.date \"d MMMM yyyy\"}}", "22 novembre 2026")]
    [InlineData("{{date}}", "2026-11-22T10:00:00+01:00")]
    [InlineData("{{number points \"0.00\"}}", "1234,50")]
    [InlineData("{{count}} {{vip}} {{points}}", "3 true 1234,5")]
    [InlineData("{{tags}}", "a, b")]
    [InlineData("{{sender}}", "")]
    [InlineData("{{urlencode first_name}}", "Zo%C3%A9%20%3Cb%3E")]
    [InlineData("{{#if (eq city \"Évry\")}}oui{{else}}non{{/if}}", "oui")]
    [InlineData("{{#if (and vip (gt count 2))}}oui{{else}}non{{/if}}", "oui")]
    [InlineData("{{#if (lt count 3)}}a{{else if (eq count 3)}}b{{else}}c{{/if}}", "b")]
    [InlineData("{{#unless empty}}rien{{/unless}}", "rien")]
    [InlineData(
        "{{#each items}}{{@index}}:{{name}} {{../city}}{{#unless @last}}, {{/unless}}{{/each}}",
        "0:Pain Évry, 1:Thé &amp; lait Évry"
    )]
    [InlineData("{{#each items as |item i|}}{{i}}{{item.name}};{{/each}}", "0Pain;1Thé &amp; lait;")]
    [InlineData("{{#each tags}}{{this}}{{@root.city}}{{/each}}", "aÉvrybÉvry")]
    [InlineData("{{#each unknown}}x{{else}}vide{{/each}}", "vide")]
    [InlineData("{{#each city}}x{{else}}vide{{/each}}{{#each count}}x{{/each}}", "vide")]
    [InlineData("{{#each sender}}{{@key}}={{this}}{{/each}} {{items.length}}", "name=Le Club 2")]
    [InlineData("{{#with sender}}{{name}}{{/with}}", "Le Club")]
    [InlineData("{{#sender}}{{name}}{{/sender}}{{^unknown}}rien{{/unknown}}", "Le Clubrien")]
    [InlineData("{{items.[1].price}} {{items.0.name}}", "12 Pain")]
    [InlineData("a{{! note }}b{{!-- {{no}} --}}c", "abc")]
    [InlineData("\\{{first_name}} \\\\{{city}}", "{{first_name}} \\Évry")]
    [InlineData("a  {{~city~}}  b", "aÉvryb")]
    [InlineData("{{default unknown &quot;ami&quot;}} {{#if (gt count&nbsp;2)}}y{{/if}}", "ami y")]
    [InlineData("a } b { c {{city}} }}", "a } b { c Évry }}")]
    [InlineData("start\n  {{#if vip}}  \n  x\n{{/if}}\nend", "start\n  x\nend")]
    public void Html_template_renders(string template, string expected)
    {
        var compiled = MergeTemplate.Compile(template, MergeMode.Html, new MergeOptions(), out var error);
        error.ShouldBeNull();
        compiled!.Render(Alice).ShouldBe((expected, null));
    }

    [Theory]
    [InlineData("ok\n  {{#if x}}", 2, 3, "never closed")]
    [InlineData("{{#if x}}{{#each y}}{{/if}}", 1, 21, "must be closed before")]
    [InlineData("a{{/if}}", 1, 2, "never opened")]
    [InlineData("{{> header}}", 1, 1, "partials")]
    [InlineData("{{#> layout}}{{/layout}}", 1, 1, "partials")]
    [InlineData("{{#*inline \"a\"}}{{/inline}}", 1, 1, "definitions")]
    [InlineData("{{{{raw}}}}x{{{{/raw}}}}", 1, 1, "four braces")]
    [InlineData("{{frobnicate name}}", 1, 1, "not a known helper")]
    [InlineData("{{upper (frobnicate name)}}", 1, 1, "not a known helper")]
    [InlineData("{{#frob name}}{{/frob}}", 1, 1, "not a known block")]
    [InlineData("{{upper}} {{upper a b}}", 1, 11, "takes 1 arguments, not 2")]
    [InlineData("{{name", 1, 1, "never closed")]
    [InlineData("{{}}", 1, 1, "empty")]
    [InlineData("{{else}}", 1, 1, "outside")]
    [InlineData("{{__link 3}}", 1, 1, "reserved")]
    [InlineData("{{{__open}}}", 1, 1, "reserved")]
    [InlineData("{{upper __str}}", 1, 1, "not a field name")]
    [InlineData("{{a.__b}}", 1, 1, "not a field name")]
    [InlineData("{{lookup a 'b'}}", 1, 1, "not a known helper")]
    [InlineData("{{log a}}", 1, 1, "not a known helper")]
    [InlineData("{{@partial-block}}", 1, 1, "not known")]
    [InlineData("{{(upper a)", 1, 1, "never closed")]
    [InlineData("{{upper (lower a}}", 1, 1, "parenthesis")]
    [InlineData("{{number a 'N999999999'}}", 1, 1, "not a format")]
    [InlineData("{{#if a b}}{{/if}}", 1, 1, "not a known block")]
    [InlineData("{{#if}}{{/if}}", 1, 1, "needs an argument")]
    public void Faulty_template_is_refused_with_its_place(string template, int line, int column, string part)
    {
        MergeTemplate.Compile(template, MergeMode.Html, new MergeOptions(), out var error).ShouldBeNull();
        error!.Message.ShouldContain(part);
        (error.Line, error.Column).ShouldBe((line, column));
    }

    [Fact]
    public void Path_never_reaches_into_a_clr_object()
    {
        foreach (
            var path in new[]
            {
                "email.Length",
                "items.Count",
                "items.Capacity",
                "sender.Keys",
                "sender.Count",
                "this.Comparer",
                "vip.GetType",
                "tags.Length",
                "points.Sign",
            }
        )
            Text("[{{" + path + "}}]", Alice).ShouldBe("[]", path);
        var opaque = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x"] = new Version(1, 2), ["y"] = new Uri("http://h/") };
        Text("[{{x}}{{x.Major}}{{y.Host}}{{#each y}}{{this}}{{/each}}]", opaque).ShouldBe("[]");
    }

    [Fact]
    public void Value_with_braces_is_never_evaluated()
    {
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = "{{email}} {{{__unsubscribe}}}", ["email"] = "x" };
        Text("{{a}} {{{a}}}", data).ShouldBe("{{email}} {{{__unsubscribe}}} {{email}} {{{__unsubscribe}}}");
    }

    [Fact]
    public void Subject_holds_no_line_end_or_control_character_of_a_value()
    {
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = "x\r\nBcc: b@example.com\0\u0085\u2028y" };
        var compiled = MergeTemplate.Compile("Hi {{a}} {{{a}}}", MergeMode.Subject, new MergeOptions(), out _)!;
        var subject = compiled.Render(data).Text!;
        subject.Any(c => char.IsControl(c) || c is '\u2028').ShouldBeFalse();
        subject.ShouldStartWith("Hi x  Bcc: b@example.com");
    }

    [Fact]
    public void English_template_writes_english_dates_and_numbers()
    {
        var compiled = MergeTemplate.Compile(
            "{{date d 'd MMMM'}} {{number n}}",
            MergeMode.Text,
            new MergeOptions { Language = "en" },
            out _
        )!;
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["d"] = "2026-08-02", ["n"] = 1234567.25 };
        compiled.Render(data).Text.ShouldBe("2 August 1,234,567.25");
    }

    [Fact]
    public void Loops_beyond_the_limit_fail_alone()
    {
        var many = Enumerable.Range(0, 1000).Select(i => (object?)(long)i).ToList();
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = many };
        // The steps are to end it, not the clock of a busy machine.
        var patient = new MergeOptions { TimeBudget = TimeSpan.FromSeconds(10) };
        var poison = MergeTemplate.Compile(
            "{{#each a}}{{#each ../a}}{{#each ../../a}}{{/each}}{{/each}}{{/each}}",
            MergeMode.Text,
            patient,
            out _
        )!;
        poison.Render(data).Failure!.Kind.ShouldBe(RenderFailureKind.TooManySteps);
        var sections = MergeTemplate.Compile(
            "{{#a}}{{#@root.a}}{{#@root.a}}{{/@root.a}}{{/@root.a}}{{/a}}",
            MergeMode.Text,
            patient,
            out _
        )!;
        sections.Render(data).Failure!.Kind.ShouldBe(RenderFailureKind.TooManySteps);
        Text("{{#each a}}{{/each}}ok", data).ShouldBe("ok");
    }

    [Fact]
    public void Output_beyond_the_limit_fails_alone()
    {
        var data = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["a"] = Enumerable.Range(0, 100).Cast<object?>().ToList(),
            ["big"] = new string('x', 100_000),
        };
        var compiled = MergeTemplate.Compile("{{#each a}}{{@root.big}}{{/each}}", MergeMode.Text, new MergeOptions(), out _)!;
        compiled.Render(data).Failure!.Kind.ShouldBe(RenderFailureKind.TooLong);
    }

    [Fact]
    public void Slow_render_is_stopped()
    {
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = Enumerable.Range(0, 9000).Cast<object?>().ToList() };
        var options = new MergeOptions { TimeBudget = TimeSpan.Zero };
        MergeTemplate
            .Compile("{{#each a}}x{{/each}}", MergeMode.Text, options, out _)!
            .Render(data)
            .Failure!.Kind.ShouldBe(RenderFailureKind.TooSlow);
    }

    [Fact]
    public void Blocks_and_calls_nested_too_deeply_are_refused()
    {
        var blocks = string.Concat(Enumerable.Repeat("{{#if a}}", 21)) + string.Concat(Enumerable.Repeat("{{/if}}", 21));
        MergeTemplate.Compile(blocks, MergeMode.Text, new MergeOptions(), out var error).ShouldBeNull();
        error!.Message.ShouldContain("nested deeper than 20");
        var calls = "{{" + string.Concat(Enumerable.Repeat("upper (", 5000)) + "a" + new string(')', 5000) + "}}";
        MergeTemplate.Compile(calls, MergeMode.Text, new MergeOptions(), out error).ShouldBeNull();
        error!.Message.ShouldContain("nested deeper than 10");
        MergeTemplate
            .Compile("{{" + string.Join('.', Enumerable.Repeat("a", 30)) + "}}", MergeMode.Text, new MergeOptions(), out error)
            .ShouldBeNull();
    }

    [Fact]
    public void Attributes_nested_1000_deep_render_without_harm()
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":[", 1000)) + "1" + string.Concat(Enumerable.Repeat("]}", 1000));
        var data = MergeData.Create(new MergeContact("a@example.com"), Encoding.UTF8.GetBytes(json), null);
        Text("{{a}}{{#each a}}{{a}}{{/each}}{{email}}", data).ShouldBe("a@example.com");
        object? deep = "x";
        for (var i = 0; i < 1000; i++)
            deep = new List<object?> { deep };
        Text("[{{a}}]", new Dictionary<string, object?>(StringComparer.Ordinal) { ["a"] = deep }).ShouldBe("[]");
    }

    [Fact]
    public void Fields_tell_which_have_defaults_and_which_are_required()
    {
        var source = "{{first_name}} {{default city 'x'}} {{#if vip}}{{sender.name}}{{/if}} {{#each items}}{{name}} {{../email}}{{/each}}";
        var fields = MergeTemplate.Compile(source, MergeMode.Text, new MergeOptions(), out _)!.Fields;
        fields.Where(f => f.IsRequired).Select(f => f.Name).ShouldBe(["first_name"]);
        fields.Where(f => f.HasDefault).Select(f => f.Name).ShouldBe(["city"]);
        fields.Select(f => f.Name).ShouldBe(["first_name", "city", "vip", "sender.name", "items", "email"]);
    }

    [Fact]
    public void Missing_field_skips_the_recipient_or_takes_the_campaign_default()
    {
        var none = new Dictionary<string, object?>(StringComparer.Ordinal) { ["first_name"] = "" };
        var skip = new MergeOptions { Missing = MissingFieldPolicy.SkipRecipient };
        var failure = MergeTemplate.Compile("Hi {{first_name}}", MergeMode.Text, skip, out _)!.Render(none).Failure!;
        (failure.Kind, failure.Field).ShouldBe((RenderFailureKind.MissingField, "first_name"));
        var defaults = skip with { Defaults = new Dictionary<string, string>(StringComparer.Ordinal) { ["first_name"] = "vous \"}}" } };
        MergeTemplate
            .Compile("Hi {{first_name}} {{upper first_name}}", MergeMode.Text, defaults, out _)!
            .Render(none)
            .Text.ShouldBe("Hi vous \"}} VOUS \"}}");
    }

    [Fact]
    public void Attributes_fill_empty_fields_but_never_replace_fields()
    {
        var json =
            "{\"email\":\"evil@example.com\",\"prenom\":\"Luc\",\"last_name\":\"Faux\",\"unsubscribe_url\":\"http://evil/\",\"sender\":{\"name\":\"evil\"},\"n\":12}"u8;
        var data = MergeData.Create(
            new MergeContact("a@example.com", null, "Vrai"),
            json,
            new MergeCampaign("C", "L", "S", "s@example.com")
        );
        Text("{{email}} {{first_name}} {{prenom}} {{last_name}} {{nom}} {{sender.name}} {{campaign.name}} {{n}}", data)
            .ShouldBe("a@example.com Luc Luc Vrai Vrai S C 12");
        MergeData.Create(new MergeContact("a@example.com"), "{\"cut\":"u8, null)["email"].ShouldBe("a@example.com");
        MergeData.Create(new MergeContact("a@example.com"), "{\"x\":\"\\ud800\"}"u8, null)["email"].ShouldBe("a@example.com");
    }

    [Fact]
    public void One_template_renders_on_many_threads_at_once()
    {
        var compiled = MergeTemplate.Compile("{{#each items}}{{name}}{{/each}} {{n}}", MergeMode.Text, new MergeOptions(), out _)!;
        Parallel.For(
            0,
            2000,
            i =>
            {
                var data = new Dictionary<string, object?>(Alice, StringComparer.Ordinal) { ["n"] = (long)i };
                compiled.Render(data).Text.ShouldBe("PainThé & lait " + i);
            }
        );
    }

    private static string? Text(string template, Dictionary<string, object?> data)
    {
        var compiled = MergeTemplate.Compile(template, MergeMode.Text, new MergeOptions(), out var error);
        error.ShouldBeNull();
        var (text, failure) = compiled!.Render(data);
        failure.ShouldBeNull();
        return text;
    }
}
