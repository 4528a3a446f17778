using Microsoft.Extensions.Logging;

namespace Estafette.Core.Webhooks;

/// <summary>What webhooks log.</summary>
internal static partial class Log
{
    [LoggerMessage(9701, LogLevel.Error, "Webhook {Webhook} could not be called; it is tried again")]
    public static partial void CallFailed(ILogger logger, long webhook, Exception failure);

    [LoggerMessage(9702, LogLevel.Warning, "Webhook {Webhook} has not answered for three days and is switched off: {Answer}")]
    public static partial void Disabled(ILogger logger, long webhook, string answer);
}
