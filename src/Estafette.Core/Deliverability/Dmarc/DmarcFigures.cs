using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability.Dmarc;

/// <summary>Messages of a day or of an address.</summary>
/// <param name="Passed">SPF or DKIM passed for a domain that stands for that of From.</param>
/// <param name="Failed">Neither did, and they were delivered all the same.</param>
/// <param name="Quarantined">They failed and were put with the spam.</param>
/// <param name="Rejected">They failed and were refused.</param>
public sealed record DmarcCounts(long Passed, long Failed, long Quarantined, long Rejected)
{
    public long Total => Passed + Failed + Quarantined + Rejected;
}

/// <summary>Messages of a day, in UTC as reporters count.</summary>
public sealed record DmarcDay(DateOnly Day, DmarcCounts Counts);

/// <summary>Messages of an address.</summary>
/// <param name="Source">The address.</param>
/// <param name="Counts">Its messages.</param>
/// <param name="DkimAligned">Of these, those with an aligned signature.</param>
/// <param name="SpfAligned">Of these, those with an aligned return path.</param>
public sealed record DmarcSource(string Source, DmarcCounts Counts, long DkimAligned, long SpfAligned);

/// <summary>A report that was imported.</summary>
public sealed record DmarcReportRow(
    string Organization,
    DateTimeOffset BeginAt,
    DateTimeOffset EndAt,
    long Messages,
    DateTimeOffset ImportedAt
);

/// <summary>What receivers reported of the messages that claim to come from a domain.</summary>
/// <param name="Days">Days that have messages, oldest first.</param>
/// <param name="Sources">The addresses with most messages, 50 at most.</param>
/// <param name="Reports">The latest reports, 20 at most.</param>
public sealed record DmarcFigures(IReadOnlyList<DmarcDay> Days, IReadOnlyList<DmarcSource> Sources, IReadOnlyList<DmarcReportRow> Reports)
{
    private const int MostSources = 50;
    private const int MostReports = 20;

    /// <summary>How far back the figures go.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromDays(90);

    private sealed record Group(
        DateTimeOffset BeginAt,
        string Source,
        DmarcDisposition Disposition,
        bool DkimAligned,
        bool SpfAligned,
        long Count
    );

    /// <summary>Figures of the last 90 days of a domain with those below it.</summary>
    public static async Task<DmarcFigures> ReadAsync(
        CustomerId customer,
        string domain,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var since = clock.GetUtcNow() - Span;
        var below = "." + domain;
        var rows =
            from row in db.Of<DmarcRow>(customer)
            join report in db.Of<DmarcReport>(customer) on row.DmarcReportId equals report.Id
            where report.BeginAt >= since && (row.HeaderFrom == domain || row.HeaderFrom.EndsWith(below))
            select new { row, report };
        var groups = await rows.GroupBy(r => new
            {
                r.report.BeginAt,
                r.row.Source,
                r.row.Disposition,
                r.row.DkimAligned,
                r.row.SpfAligned,
            })
            .Select(g => new Group(
                g.Key.BeginAt,
                g.Key.Source,
                g.Key.Disposition,
                g.Key.DkimAligned,
                g.Key.SpfAligned,
                g.Sum(r => r.row.Count)
            ))
            .ToListAsync(ct);
        var shown = rows.Select(r => r.report.Id);
        var reports = await db.Of<DmarcReport>(customer)
            .Where(r => shown.Contains(r.Id))
            .OrderByDescending(r => r.BeginAt)
            .ThenByDescending(r => r.Id)
            .Take(MostReports)
            .Select(r => new DmarcReportRow(r.Organization, r.BeginAt, r.EndAt, r.Messages, r.ImportedAt))
            .ToListAsync(ct);
        return new(
            [
                .. groups
                    .GroupBy(g => DateOnly.FromDateTime(g.BeginAt.UtcDateTime))
                    .OrderBy(g => g.Key)
                    .Select(g => new DmarcDay(g.Key, Count(g))),
            ],
            [
                .. groups
                    .GroupBy(g => g.Source, StringComparer.Ordinal)
                    .Select(g => new DmarcSource(
                        g.Key,
                        Count(g),
                        g.Where(r => r.DkimAligned).Sum(r => r.Count),
                        g.Where(r => r.SpfAligned).Sum(r => r.Count)
                    ))
                    .OrderByDescending(s => s.Counts.Total)
                    .ThenBy(s => s.Source, StringComparer.Ordinal)
                    .Take(MostSources),
            ],
            reports
        );
    }

    private static DmarcCounts Count(IEnumerable<Group> rows)
    {
        long passed = 0,
            failed = 0,
            quarantined = 0,
            rejected = 0;
        foreach (var row in rows)
            if (row.DkimAligned || row.SpfAligned)
                passed += row.Count;
            else if (row.Disposition == DmarcDisposition.Reject)
                rejected += row.Count;
            else if (row.Disposition == DmarcDisposition.Quarantine)
                quarantined += row.Count;
            else
                failed += row.Count;
        return new(passed, failed, quarantined, rejected);
    }
}
