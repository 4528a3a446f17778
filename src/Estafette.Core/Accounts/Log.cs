using Microsoft.Extensions.Logging;

namespace Estafette.Core.Accounts;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 1901,
        Level = LogLevel.Error,
        Message = "The upkeep of sessions, keys and links failed; it is tried again in a minute"
    )]
    public static partial void UpkeepFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 1902, Level = LogLevel.Error, Message = "Something of an account that was to be done after the answer failed")]
    public static partial void ErrandFailed(ILogger logger, Exception failure);
}
