using System.Diagnostics;
using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Web.Campaigns;
using Estafette.Web.Grids;
using Microsoft.AspNetCore.Http;

namespace Estafette.Benchmarks.Report;

/// <summary>
/// The recipients of a campaign as a workbook, as the page sends it, in a process of its own: how long it takes and how much more memory the
/// process has at its peak than before.
/// </summary>
internal static class WorkbookExport
{
    private const double Megabyte = 1 << 20;

    public static async Task PrintAsync(TestApplication app, CampaignId campaign, string suffix)
    {
        var figures = await Child.RunAsync("report-xlsx", app.DataDirectory, $"{app.Customer}", $"{campaign}");
        Figure.Print($"report.xlsx_s{suffix}", figures[0], "s");
        Figure.Print($"report.xlsx_mb{suffix}", figures[1], "MB");
        Figure.Print($"report.xlsx_file_mb{suffix}", figures[2], "MB");
    }

    /// <summary>Arguments: directory of the database, customer, campaign.</summary>
    public static async Task ChildAsync(string[] args)
    {
        await using var store = new Store(new DatabaseOptions(), new DataOptions { Directory = args[0] });
        var customer = new CustomerId(long.Parse(args[1], CultureInfo.InvariantCulture));
        var grid = new DeliveriesGrid(new CampaignId(long.Parse(args[2], CultureInfo.InvariantCulture)), 0);
        // The list reads by statements of its own, without the object mapper.
        var scope = new GridScope(customer, null!, store, TimeProvider.System, TimeZoneInfo.Utc, CancellationToken.None);
        var http = new DefaultHttpContext();
        await using var file = new CountingStream();
        http.Response.Body = file;
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        var began = Stopwatch.GetTimestamp();
        await GridExport.SendAsync(http, grid, GridQuery.Read(grid, http.Request.Query), scope, "xlsx");
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        process.Refresh();
        Child.Print(seconds, (process.PeakWorkingSet64 - before) / Megabyte, file.Written / Megabyte);
    }

    /// <summary>Counts what is written and forgets it, as a client does that takes everything at once.</summary>
    private sealed class CountingStream : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => Written;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return ValueTask.CompletedTask;
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
