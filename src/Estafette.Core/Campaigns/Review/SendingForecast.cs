using Estafette.Core.Campaigns.Schedule;

namespace Estafette.Core.Campaigns.Review;

/// <summary>What one sending server can do for a campaign.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Priority">Lower goes first; the next take over when the first have used up their day.</param>
/// <param name="PerSecond">Rate, the smaller of the server's and the campaign's.</param>
/// <param name="LeftToday">Messages still allowed today; null: no limit.</param>
/// <param name="PerDay">Messages allowed on any later day; null: no limit.</param>
public sealed record ServerCapacity(string Name, int Priority, double PerSecond, long? LeftToday, long? PerDay);

/// <summary>When a campaign would be through.</summary>
/// <param name="Start">First message.</param>
/// <param name="Finish">Last message; null when it would take more than a year, or nothing can be sent at all.</param>
/// <param name="Days">Civil days on which messages leave.</param>
public sealed record Forecast(DateTimeOffset Start, DateTimeOffset? Finish, int Days)
{
    public TimeSpan? Duration => Finish - Start;
}

/// <summary>
/// Plays a campaign through day by day: within the sending hours of each civil day the servers of the best priority send at the sum of their rates until
/// their daily maximums are used up, then the next ones. Retries, pauses and other campaigns are not known beforehand.
/// </summary>
public static class SendingForecast
{
    /// <summary>Counted for a server without a limit of its own: what an ordinary relay takes, per connection.</summary>
    public const double UnlimitedPerConnection = 20;
    private const int MostDays = 366;

    public static Forecast Of(
        long messages,
        IReadOnlyList<ServerCapacity> servers,
        SendingHours hours,
        DateTimeOffset from,
        DateTimeOffset today,
        TimeZoneInfo zone
    )
    {
        var start = hours.NextOpening(from, zone);
        var (now, left, days) = (start, (double)messages, 0);
        while (left > 0 && days < MostDays)
        {
            var day = TimeZoneInfo.ConvertTime(now, zone).Date;
            var quotas = servers.Select(s => Quota(s, day == TimeZoneInfo.ConvertTime(today, zone).Date)).ToArray();
            var midnight = CivilTime.Of(day.AddDays(1), zone).Instant;
            var sent = left;
            while (left > 0 && now < midnight)
            {
                var closing = hours.Closing(now, zone) is { } end && end < midnight ? end : midnight;
                (now, left) = Play(servers, quotas, left, now, closing);
                if (left > 0)
                    now = hours.NextOpening(closing, zone);
            }
            if (left < sent)
                days++;
            else if (servers.Count == 0 || !quotas.Any(q => q > 0) && servers.All(s => s.PerDay <= 0))
                return new Forecast(start, null, days);
            if (now - start > TimeSpan.FromDays(MostDays))
                break;
        }
        return new Forecast(start, left > 0 ? null : now, days);
    }

    private static double Quota(ServerCapacity server, bool isToday) =>
        (isToday ? server.LeftToday : server.PerDay) is { } most ? Math.Max(0, most) : double.PositiveInfinity;

    /// <summary>Sends from one moment to another, or until nothing is left; returns when and what is left.</summary>
    private static (DateTimeOffset Now, double Left) Play(
        IReadOnlyList<ServerCapacity> servers,
        double[] quotas,
        double left,
        DateTimeOffset now,
        DateTimeOffset until
    )
    {
        while (left > 1e-6 && now < until)
        {
            var able = Enumerable.Range(0, servers.Count).Where(i => quotas[i] > 1e-6 && servers[i].PerSecond > 0).ToList();
            if (able.Count == 0)
                return (until, left);
            var best = able.Min(i => servers[i].Priority);
            able.RemoveAll(i => servers[i].Priority != best);
            var rate = able.Sum(i => servers[i].PerSecond);
            var seconds = Math.Min((until - now).TotalSeconds, left / rate);
            seconds = Math.Min(seconds, able.Min(i => quotas[i] / servers[i].PerSecond));
            foreach (var i in able)
                quotas[i] -= servers[i].PerSecond * seconds;
            left -= rate * seconds;
            now += TimeSpan.FromSeconds(Math.Max(seconds, 1e-3));
        }
        return (now, left > 1e-6 ? left : 0);
    }
}
