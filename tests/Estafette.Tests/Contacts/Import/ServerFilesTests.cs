using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

public sealed class ServerFilesTests : IDisposable
{
    private static readonly CustomerId One = new(1);
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Customer_sees_the_files_of_its_own_folder_alone()
    {
        await PutAsync("1", "mine.csv");
        await PutAsync("1", ".hidden.csv");
        await PutAsync("2", "theirs.csv");
        await PutAsync("1/below", "deeper.csv");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "1", "link.csv"), Path.Combine(_folder.Path, "2", "theirs.csv"));
        var files = new ServerFiles(new ImportOptions { Folder = _folder.Path });
        files.Of(One).Select(f => f.Name).ShouldBe(["mine.csv"]);
        await using var opened = files.Open(One, "mine.csv");
        opened.ShouldNotBeNull();
        foreach (var name in new[] { "../2/theirs.csv", "theirs.csv", "link.csv", "below/deeper.csv", "", null })
            files.Open(One, name).ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_offered_without_a_folder()
    {
        new ServerFiles(new ImportOptions()).AreOffered.ShouldBeFalse();
        new ServerFiles(new ImportOptions()).Of(One).ShouldBeEmpty();
        new ServerFiles(new ImportOptions { Folder = _folder.Path }).Of(One).ShouldBeEmpty();
    }

    private Task PutAsync(string folder, string name) =>
        File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, folder)).FullName, name),
            "ana@example.test\n"
        );
}
