using Estafette.Core.Campaigns.Review;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>Says how long a campaign would take.</summary>
internal static class ForecastWords
{
    /// <param name="time">Writes a moment in the customer's zone.</param>
    public static string Of(Forecast forecast, Func<DateTimeOffset, string> time) =>
        forecast.Finish is not { } finish ? T("review.never")
        : forecast.Days <= 1 ? T("review.finish", Formats.Duration(forecast.Duration!.Value), time(finish))
        : T("review.finish-days", Formats.Number(forecast.Days), time(finish));
}
