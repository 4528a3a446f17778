using System.Globalization;
using System.Resources;
using Estafette.Protocols.UserAgents;

namespace Estafette.Core.Statistics;

/// <summary>One figure of a sheet: its name, its value, its rate and what the rate is made of.</summary>
internal sealed record SheetFigure(string Name, string Value, string? Rate, string? Formula);

/// <summary>A row of a table of a sheet: a name, what stands below it, a bar of so many percent, cells.</summary>
internal sealed record SheetRow(string Name, string? More, double Share, IReadOnlyList<string> Cells);

/// <summary>A table of a sheet.</summary>
internal sealed record SheetTable(string Title, IReadOnlyList<string> Headings, IReadOnlyList<SheetRow> Rows);

/// <summary>What a sheet says, in its language, with numbers, rates and times as they are written in it: SheetTexts.resx and SheetTexts.fr.resx.</summary>
internal sealed class SheetWords(ReportSheet sheet)
{
    private const int MaxRows = 12;
    private static readonly ResourceManager Resources = new("Estafette.Core.Statistics.Texts.SheetTexts", typeof(SheetWords).Assembly);
    private readonly CultureInfo _culture = CultureInfo.GetCultureInfo(sheet.Language == "fr" ? "fr-FR" : "en-GB");

    public string Get(string key, params object[] values) =>
        string.Format(_culture, Resources.GetString(key, _culture) ?? throw new MissingManifestResourceException(key), values);

    public string Number(long value) => value.ToString("N0", _culture);

    public string Percent(decimal? rate, int decimals = 1) =>
        rate is { } value ? value.ToString($"N{decimals}", _culture) + (sheet.Language == "fr" ? "\u202f%" : "%") : "–";

    public string Time(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, sheet.Zone).ToString("g", _culture);

    /// <summary>"Sent on 3 March 2026 …": when it ran.</summary>
    public string When() =>
        (sheet.LaunchedAt, sheet.FinishedAt) switch
        {
            ({ } launched, { } finished) => Get("sent-between", Time(launched), Time(finished)),
            ({ } launched, null) => Get("sent-since", Time(launched)),
            _ => Get("not-sent"),
        };

    public IReadOnlyList<SheetFigure> Figures()
    {
        var f = sheet.Report.Figures;
        return
        [
            new(Get("audience"), Number(f.Audience), null, null),
            new(Get("sent"), Number(f.Sent), Percent(CampaignFigures.Percent(f.Sent, f.Audience)), Get("sent-formula")),
            new(Get("opened"), Number(f.Opened), Percent(f.OpenRate), Get("opened-formula", Number(f.AttemptedTracked))),
            new(Get("clicked"), Number(f.Clicked), Percent(f.ClickRate), Get("clicked-formula", Number(f.AttemptedTracked))),
            new(Get("reaction"), Percent(f.ReactivityRate), null, Get("reaction-formula")),
            new(Get("bounced"), Number(f.Bounced), Percent(f.BounceRate), Get("bounced-formula", Number(f.Attempted))),
            new(
                Get("unsubscribed"),
                Number(f.Unsubscribed),
                Percent(f.UnsubscribeRate, 2),
                Get("unsubscribed-formula", Number(f.Attempted))
            ),
            new(Get("machines"), Number(f.MachineOpens + f.MachineClicks), null, Get("machines-formula")),
        ];
    }

    /// <summary>Links, devices and domains; without those that are empty.</summary>
    public IReadOnlyList<SheetTable> Tables() => [.. new[] { Links(), Devices(), Domains() }.Where(t => t.Rows.Count > 0)];

    /// <summary>At most 48 steps of the time line: hours, or days when there are more.</summary>
    public IReadOnlyList<(string Label, long Sent, long Opened, long Clicked)> Steps()
    {
        var hours = sheet.Report.Hours;
        if (hours.Count == 0)
            return [];
        var span = (hours[^1].Start - hours[0].Start).TotalHours + 1;
        var step = span <= 48 ? TimeSpan.FromHours(1) : TimeSpan.FromDays(Math.Ceiling(span / 24 / 31));
        var start = step.TotalHours > 1 ? StartOfDay(hours[0].Start) : hours[0].Start;
        return
        [
            .. Enumerable
                .Range(0, (int)((hours[^1].Start - start) / step) + 1)
                .Select(i =>
                {
                    var at = start + (i * step);
                    var part = hours.Where(h => h.Start >= at && h.Start < at + step).ToList();
                    var local = TimeZoneInfo.ConvertTime(at, sheet.Zone);
                    return (
                        local.ToString(step.TotalHours > 1 ? "d MMM" : "HH:mm", _culture),
                        part.Sum(h => h.Sent),
                        part.Sum(h => h.Opened),
                        part.Sum(h => h.Clicked)
                    );
                }),
        ];
    }

    private DateTimeOffset StartOfDay(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, sheet.Zone);
        return local - local.TimeOfDay;
    }

    private SheetTable Links()
    {
        var total = sheet.Report.Links.Sum(l => l.AllClicks);
        return new(
            Get("links"),
            [Get("recipients"), Get("clicks"), Get("share")],
            [
                .. sheet
                    .Report.Links.Where(l => l.AllClicks > 0)
                    .OrderByDescending(l => l.AllClicks)
                    .Take(MaxRows)
                    .Select(l =>
                        Row(
                            l.Label is { Length: > 0 } label ? label : l.Url,
                            l.Url,
                            l.AllClicks,
                            total,
                            Number(l.Clickers),
                            Number(l.AllClicks)
                        )
                    ),
            ]
        );
    }

    private SheetTable Devices()
    {
        var total = sheet.Devices.Sum(d => d.Recipients);
        return new(
            Get("devices"),
            [Get("recipients"), Get("share")],
            [
                .. sheet
                    .Devices.GroupBy(d => (d.Device, Os: d.Os is null or UserAgent.Unknown ? null : d.Os))
                    .OrderByDescending(g => g.Sum(d => d.Recipients))
                    .Take(MaxRows)
                    .Select(g =>
                        Row(
                            g.Key.Os is { } os ? $"{Get($"device-{(int)g.Key.Device}")} · {os}" : Get("unknown"),
                            null,
                            g.Sum(d => d.Recipients),
                            total,
                            Number(g.Sum(d => d.Recipients))
                        )
                    ),
            ]
        );
    }

    private SheetTable Domains()
    {
        var total = sheet.Providers.Sum(p => p.Total.Attempted);
        return new(
            Get("domains"),
            [Get("attempted"), Get("bounced"), Get("opened"), Get("share")],
            [
                .. sheet
                    .Providers.Take(MaxRows)
                    .Select(p =>
                        Row(
                            p.Provider ?? p.Total.Domain ?? Get("other-domains"),
                            null,
                            p.Total.Attempted,
                            total,
                            Number(p.Total.Attempted),
                            Percent(p.Total.BounceRate),
                            Percent(p.Total.OpenRate)
                        )
                    ),
            ]
        );
    }

    private SheetRow Row(string name, string? more, long part, long whole, params string[] cells) =>
        new(
            name,
            more == name ? null : more,
            whole == 0 ? 0 : 100.0 * part / whole,
            [.. cells, Percent(CampaignFigures.Percent(part, whole))]
        );
}
