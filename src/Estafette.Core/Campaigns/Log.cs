using Microsoft.Extensions.Logging;

namespace Estafette.Core.Campaigns;

/// <summary>What campaigns log.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Error, "Freezing audiences failed and goes on in a moment")]
    public static partial void ExpansionFailed(ILogger logger, Exception failure);

    [LoggerMessage(4002, LogLevel.Error, "Launching scheduled campaigns failed and goes on in a moment")]
    public static partial void ScheduleFailed(ILogger logger, Exception failure);

    [LoggerMessage(4003, LogLevel.Warning, "Scheduled campaign {Campaign} was not launched: {Reasons}")]
    public static partial void ScheduledNotLaunched(ILogger logger, long campaign, string reasons);

    [LoggerMessage(4004, LogLevel.Error, "Moving A/B tests on failed and goes on in a moment")]
    public static partial void AbTestFailed(ILogger logger, Exception failure);

    [LoggerMessage(4005, LogLevel.Error, "Asking links failed and goes on in a moment")]
    public static partial void LinkCheckFailed(ILogger logger, Exception failure);
}
