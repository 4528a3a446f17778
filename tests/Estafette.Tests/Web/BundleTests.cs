using System.Net;
using Estafette.Testing;
using Estafette.Web;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class BundleTests(WebHostFixture web)
{
    private const int MostBytesOfFirstPage = 150_000;
    private static readonly Bundle Bundle = new();

    [Fact]
    public void First_page_needs_less_than_150_kilobytes_of_script_and_style()
    {
        Asset[] first = [Get("app.css"), Get("theme.js"), .. WithImports(Get("app.js"))];
        first.Sum(a => a.Gzip).ShouldBeLessThan(MostBytesOfFirstPage);
    }

    [Fact]
    public void Every_island_is_a_file_of_its_own_that_the_first_page_does_not_load()
    {
        var first = WithImports(Get("app.js")).Select(a => a.File).ToHashSet(StringComparer.Ordinal);
        foreach (var island in Directory.GetFiles(Path.Combine(Assets, "islands"), "*.ts"))
            first.ShouldNotContain(Get(Path.GetFileNameWithoutExtension(island) + ".js").File);
    }

    [Fact]
    public void Every_island_that_a_page_names_exists()
    {
        var pages = Directory.EnumerateFiles(Path.GetDirectoryName(Assets)!, "*.razor", SearchOption.AllDirectories);
        foreach (var page in pages)
        foreach (
            System.Text.RegularExpressions.Match named in System.Text.RegularExpressions.Regex.Matches(
                File.ReadAllText(page),
                "data-island=\"([a-z-]+)\""
            )
        )
            Bundle.Find(named.Groups[1].Value + ".js").ShouldNotBeNull($"{Path.GetFileName(page)}: {named.Groups[1].Value}");
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("identity", null)]
    public async Task Script_comes_in_the_encoding_that_the_browser_takes(string accepted, string? encoding)
    {
        using var visitor = web.Host.Visit();
        using var request = new HttpRequestMessage(HttpMethod.Get, Bundle.Url("live.js"));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using var answer = await visitor.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        answer.Content.Headers.ContentEncoding.SingleOrDefault().ShouldBe(encoding);
    }

    private static string Assets => Path.Combine(Repository.Root, "src", "Estafette", "Web", "assets");

    private static Asset Get(string name) => Bundle.Find(name) ?? throw new InvalidOperationException($"The bundle has no '{name}'.");

    private static IEnumerable<Asset> WithImports(Asset asset) =>
        asset.Imports.SelectMany(file => WithImports(Get(file))).Append(asset).DistinctBy(a => a.File);
}
