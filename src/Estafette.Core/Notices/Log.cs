using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>What the Notices module logs; events 9000 to 9099.</summary>
internal static partial class Log
{
    [LoggerMessage(9001, LogLevel.Warning, "A notice for user {User} could not be sent ({Outcome}); it waits.")]
    public static partial void MailWaits(ILogger logger, long user, string outcome);
}
