using System.Security.Cryptography;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Platform;

public sealed class SecretsTests
{
    [Fact]
    public async Task Secret_survives_a_restart_and_is_not_stored_in_clear()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var stored = app.Get<Secrets>().Protect("mot de passe é");
        await app.RestartAsync();

        stored.ShouldNotContain("mot de passe");
        app.Get<Secrets>().Unprotect(stored).ShouldBe("mot de passe é");
    }

    [Fact]
    public async Task Secret_of_another_installation_cannot_be_read()
    {
        await using var one = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var other = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var stored = one.Get<Secrets>().Protect("secret");

        Should.Throw<CryptographicException>(() => other.Get<Secrets>().Unprotect(stored));
    }
}
