using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Protocols.Dmarc;
using Estafette.Protocols.Dns;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability.Dmarc;

/// <summary>What an import came to.</summary>
/// <param name="Organization">Who reported.</param>
/// <param name="Messages">How many messages the report is about.</param>
/// <param name="IsNew">False when the same report was there already: it counts once.</param>
public sealed record DmarcImport(string Organization, long Messages, bool IsNew);

/// <summary>Takes in an aggregate report about a sender domain, or a domain of the same organisation: XML, gzip, zip, or the mail that brought it.</summary>
public static class ImportDmarcReport
{
    /// <summary>Octets of a file at most. RFC 7489 sets no limit; reports of large domains have some hundreds of kilobytes.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private const string File = nameof(Request.File);
    private const int LongestText = 255;

    public sealed record Request(CustomerId Customer, long DomainId, ReadOnlyMemory<byte> File);

    public static async Task<Outcome<DmarcImport>> RunAsync(Request request, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var domain = await db.Of<SenderDomain>(request.Customer)
            .Where(d => d.Id == request.DomainId)
            .Select(d => d.Domain)
            .SingleOrDefaultAsync(ct);
        if (domain is null)
            return Outcome<DmarcImport>.Missing;
        if (request.File.Length > MaxBytes)
            return Fault("dmarc.too-large", MaxBytes / 1024 / 1024);
        var reading = Read(request.File);
        if (reading.Report is not { } report)
            return Fault("dmarc.unreadable", reading.Problem);
        if (report.Begin is not { } begin || report.End is not { } end || report.Organization.Length == 0 || report.ReportId.Length == 0)
            return Fault("dmarc.incomplete");
        if (DnsName.FromText(report.Policy.Domain) is not { } about || !DmarcEvaluation.AreAligned(about, domain, DmarcAlignment.Relaxed))
            return Fault("dmarc.other-domain", report.Policy.Domain, domain);
        var kept = new DmarcReport
        {
            CustomerId = request.Customer,
            Domain = about,
            Organization = Cut(report.Organization),
            ReportId = Cut(report.ReportId),
            BeginAt = begin,
            EndAt = end,
            Policy = report.Policy.Policy?.ToString().ToLowerInvariant(),
            Messages = report.Messages,
            ImportedAt = clock.GetUtcNow(),
        };
        return new DmarcImport(kept.Organization, kept.Messages, await KeepAsync(kept, report.Rows, db, ct));
    }

    // A mail begins with a header field; everything else is told by its first octets. Reporters name files as they like.
    private static AggregateReading Read(ReadOnlyMemory<byte> file)
    {
        var reading = AggregateReportReader.Read(file);
        if (reading.Report is not null)
            return reading;
        var mail = AggregateReportReader.ReadMessage(file);
        return mail.Report is not null ? mail : reading;
    }

    /// <returns>False when the report was there already.</returns>
    private static async Task<bool> KeepAsync(DmarcReport report, IReadOnlyList<AggregateRow> rows, EstafetteDb db, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await IsKnownAsync(report, db, ct))
            return false;
        try
        {
            db.Add(report);
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException)
        {
            // On PostgreSQL somebody else may have imported it between the question and the write; anything else is a fault.
            await write.DisposeAsync();
            db.ChangeTracker.Clear();
            if (await IsKnownAsync(report, db, ct))
                return false;
            throw;
        }
        db.AddRange(rows.Where(r => r.Count > 0).Select(r => RowOf(report, r)));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    private static Task<bool> IsKnownAsync(DmarcReport report, EstafetteDb db, CancellationToken ct) =>
        db.Of<DmarcReport>(report.CustomerId).AnyAsync(r => r.Organization == report.Organization && r.ReportId == report.ReportId, ct);

    private static DmarcRow RowOf(DmarcReport report, AggregateRow row) =>
        new()
        {
            CustomerId = report.CustomerId,
            DmarcReportId = report.Id,
            Source = row.Source?.ToString() ?? "?",
            HeaderFrom = Cut(row.HeaderFrom.Length > 0 ? row.HeaderFrom.ToLowerInvariant() : report.Domain),
            Count = row.Count,
            Disposition = row.Disposition switch
            {
                DmarcAction.Quarantine => DmarcDisposition.Quarantine,
                DmarcAction.Reject => DmarcDisposition.Reject,
                _ => DmarcDisposition.None,
            },
            DkimAligned = row.DkimAligned,
            SpfAligned = row.SpfAligned,
        };

    // PostgreSQL takes no NUL in a text.
    private static string Cut(string text)
    {
        var plain = text.Replace("\0", "", StringComparison.Ordinal).Trim();
        return plain.Length <= LongestText ? plain : plain[..LongestText];
    }

    private static Faults Fault(string key, params object?[] values)
    {
        var faults = new Faults();
        faults.Add(File, string.Format(CultureInfo.CurrentCulture, DeliverabilityTexts.Get(key), values));
        return faults;
    }
}
