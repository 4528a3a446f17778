using Microsoft.Extensions.Logging;

namespace Estafette.Core.Campaigns;

/// <summary>What campaigns log.</summary>
internal static partial class Log
{
    [LoggerMessage(4003, LogLevel.Warning, "Scheduled campaign {Campaign} was not launched: {Reasons}")]
    public static partial void ScheduledNotLaunched(ILogger logger, long campaign, string reasons);
}
