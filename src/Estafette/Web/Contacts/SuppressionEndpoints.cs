using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Suppression.Import;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;

namespace Estafette.Web.Contacts;

/// <summary>The upload of a file of addresses that get nothing more, written to disk as it arrives.</summary>
internal static class SuppressionEndpoints
{
    public static void MapSuppressions(this WebApplication app) => app.MapPost("/suppressions/upload", UploadAsync).RequireAuthorization();

    private static Task<IResult> UploadAsync(
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        IAntiforgery antiforgery,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        StreamedUpload.RunAsync(
            http,
            antiforgery,
            "/suppressions/add?error=no-file",
            async arriving =>
            {
                var reason = Enum.TryParse<SuppressionReason>(arriving.Fields.GetValueOrDefault("file-reason"), out var chosen)
                    ? chosen
                    : SuppressionReason.OptOut;
                var note = arriving.Fields.GetValueOrDefault("file-note")?.Replace("\0", "", StringComparison.Ordinal).Trim();
                var file = new SuppressionFile(arriving.Name, arriving.Body, reason, note is { Length: > 0 } ? note : null);
                var (id, error) = await StartSuppressionImport.RunAsync(user.Actor, file, db, files, signals, clock, ct);
                return TypedResults.LocalRedirect(
                    id is { } import
                        ? $"/suppressions/imports/{import}"
                        : $"/suppressions/add?error={error!.Code}&file={Uri.EscapeDataString(arriving.Name)}"
                );
            },
            ct
        );
}
