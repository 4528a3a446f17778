using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Encodings.Web;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Estafette.Api.Authentication;

/// <summary>
/// Proves who calls the API: by a client certificate, by HTTP Basic with the user "api" and a key as password (RFC 7617), or by the key as bearer
/// token (RFC 6750). A key that was presented and is wrong is refused even beside a good certificate.
/// </summary>
internal sealed class ApiAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    EstafetteDb db,
    KeyUses keys,
    CertificateUses certificates,
    CallerCertificates callerCertificates,
    TimeProvider clock
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Api";
    private const string Realm = "Basic realm=\"api\", charset=\"UTF-8\"";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var caller = await FindAsync();
        if (caller is null)
            return AuthenticateResult.NoResult();
        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Actor.UserName)], Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }

    private async Task<ApiCaller?> FindAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length > 0)
            return await ApiKeys.AuthenticateAsync(KeyIn(header), db, keys, clock, Context.RequestAborted);
        using var presented = await callerCertificates.ReadAsync(Context);
        return presented is null
            ? null
            : await ClientCertificates.AuthenticateAsync(
                presented.Certificate,
                presented.BySubject,
                db,
                certificates,
                clock,
                Context.RequestAborted
            );
    }

    /// <summary>The key in a Basic or Bearer header; null when there is none.</summary>
    internal static string? KeyIn(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return header[7..].Trim();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) || header.Length > 1000)
            return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair.StartsWith("api:", StringComparison.Ordinal) ? pair[4..] : null;
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Realm;
        await ApiAnswers.Detail(StatusCodes.Status401Unauthorized, Texts.Get("api.unauthorized")).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ApiAnswers.Detail(StatusCodes.Status403Forbidden, Texts.Get("api.forbidden")).ExecuteAsync(Context);
}

/// <summary>A certificate a caller presented; whether its subject alone says who calls, since a trusted authority issued it.</summary>
internal sealed record PresentedCertificate(X509Certificate2 Certificate, bool BySubject) : IDisposable
{
    public void Dispose() => Certificate.Dispose();
}
