using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Spectre.Console;

namespace Estafette.Cli;

/// <summary>Shows the progress of an import: a bar on a terminal, lines elsewhere.</summary>
internal sealed class ImportFollower(CommandSession session, CustomerId customer, ImportId id)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    /// <summary>Shows how far it is until it is over; Ctrl-C cancels it.</summary>
    /// <param name="work">The import itself, when this process does it.</param>
    public async Task<ImportProgress> RunAsync(Task work, CancellationToken ct)
    {
        await using var cancel = ct.Register(() => _ = CancelAsync());
        if (!session.Console.IsRich)
            return await FollowLinesAsync(work);
        ImportProgress? end = null;
        await session
            .Console.Ansi.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("0 rows", maxValue: 1);
                end = await FollowAsync(
                    work,
                    now =>
                    {
                        bar.Value = now.Share;
                        bar.Description = Markup.Escape(Line(now));
                    }
                );
            });
        return end!;
    }

    private async Task<ImportProgress> FollowLinesAsync(Task work)
    {
        var last = session.Clock.GetTimestamp();
        return await FollowAsync(
            work,
            now =>
            {
                if (session.Clock.GetElapsedTime(last) < LineEvery)
                    return;
                last = session.Clock.GetTimestamp();
                session.Console.Note($"{now.Share:P0} {Line(now)}");
            }
        );
    }

    private async Task<ImportProgress> FollowAsync(Task work, Action<ImportProgress> show)
    {
        while (true)
        {
            var over = work.IsCompleted;
            if (work.IsFaulted)
                await work;
            var now =
                await ImportProgress.GetAsync(customer, id, session.Db, CancellationToken.None)
                ?? throw new CommandException("The import was removed while it ran.");
            show(now);
            // Paused or undone by somebody else: nothing more comes here.
            if (now.IsOver || now.Status is ImportStatus.Paused or ImportStatus.Undoing)
                return now;
            if (!session.InServer && over)
                throw new CommandException(
                    $"Import {id} was left in the status {now.Status}. Start the server: it goes on where it stood."
                );
            await Task.Delay(Poll, CancellationToken.None);
        }
    }

    private static string Line(ImportProgress now) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{now.Counts.Read:N0} rows, {now.RowsPerSecond:N0} rows/s")
        + (now.Remaining is { } rest ? $", {Printing.Duration(rest)} left" : "");

    /// <summary>The person pressed Ctrl-C: what is stored stays, the rest is left. On a context of its own, since the other is in use.</summary>
    private async Task CancelAsync()
    {
        await using var db = await session
            .Get<Microsoft.EntityFrameworkCore.IDbContextFactory<EstafetteDb>>()
            .CreateDbContextAsync(CancellationToken.None);
        await CancelImport.RunAsync(customer, id, db, session.Get<Signals>(), session.Clock, CancellationToken.None);
    }
}
