using System.Globalization;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Protocols.Csv;
using Estafette.Web.Account;
using static Estafette.Web.Words;

namespace Estafette.Web.Settings;

/// <summary>The audit log as a file, exactly what the filter of the page shows.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this WebApplication app) =>
        app.MapGet("/settings/audit.csv", ExportAsync).WithAllow(UserRole.Administrator);

    private static async Task ExportAsync(HttpContext http, CurrentUser me, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById((await me.CustomerAsync(ct)).TimeZone);
        var filter = AuditQuery.Read(http.Request.Query, zone);
        await AuditLog.WriteAsync(me.Actor, "audit.exported", "audit log", db, clock, ct);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"audit.csv\"";
        await using var output = new StreamWriter(http.Response.Body, new UTF8Encoding(true));
        var csv = new CsvRowWriter(output);
        csv.Row(T("audit.at"), T("audit.who"), T("audit.what"), T("audit.action"), T("audit.object"), T("audit.detail"), T("audit.ip"));
        await foreach (var entry in AuditSearch.AllAsync(me.CustomerId, filter, db, ct))
        {
            csv.Row(
                TimeZoneInfo.ConvertTime(entry.At, zone).ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture),
                entry.UserName,
                AuditWords.Of(entry.Action),
                entry.Action,
                entry.Object,
                entry.Detail,
                entry.Ip
            );
            await output.FlushAsync(ct);
        }
    }
}

/// <summary>The filter of the audit log as it stands in an address.</summary>
internal static class AuditQuery
{
    private const int MaxText = 200;

    public static AuditFilter Read(IQueryCollection query, TimeZoneInfo zone) =>
        new()
        {
            User = Text(query, "user"),
            Action = Text(query, "action"),
            Object = Text(query, "object"),
            From = Day(query, "from", 0, zone),
            To = Day(query, "to", 1, zone),
        };

    private static string? Text(IQueryCollection query, string name) =>
        query[name] is [{ Length: > 0 and <= MaxText } value, ..] && value.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Midnight of the customer's zone at the beginning of a day, so many days later.</summary>
    private static DateTimeOffset? Day(IQueryCollection query, string name, int later, TimeZoneInfo zone)
    {
        if (
            !DateOnly.TryParseExact(query[name], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || day.Year is < 1971 or > 9990
        )
            return null;
        var local = day.AddDays(later).ToDateTime(TimeOnly.MinValue);
        // Midnight may be skipped by a change of the clock; the hour after it exists.
        return new DateTimeOffset(local, zone.IsInvalidTime(local) ? zone.GetUtcOffset(local.AddHours(1)) : zone.GetUtcOffset(local));
    }
}
