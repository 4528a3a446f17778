using Microsoft.Extensions.Logging;

namespace Estafette.Core.Automations;

/// <summary>What automations log.</summary>
internal static partial class Log
{
    [LoggerMessage(7002, LogLevel.Error, "Automation {Automation} failed and is tried again in a moment")]
    public static partial void AutomationFailed(ILogger logger, long automation, Exception failure);

    [LoggerMessage(7003, LogLevel.Warning, "A webhook call of automation {Automation} was given up after {Attempts} attempts: {Answer}")]
    public static partial void WebhookGivenUp(ILogger logger, long automation, int attempts, string answer);

    [LoggerMessage(7004, LogLevel.Warning, "Feed {Feed} was not mailed: {Problem}")]
    public static partial void FeedFailed(ILogger logger, long feed, string problem);
}
