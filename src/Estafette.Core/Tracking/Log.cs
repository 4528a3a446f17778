using Microsoft.Extensions.Logging;

namespace Estafette.Core.Tracking;

/// <summary>Log messages of the Tracking module (events 3100-3199).</summary>
internal static partial class Log
{
    [LoggerMessage(
        3101,
        LogLevel.Error,
        "Writing {Count} opens or clicks to the journal in '{Directory}' failed; they are lost. Check space and rights of the disk"
    )]
    public static partial void JournalWriteFailed(ILogger logger, int count, string directory, Exception fault);

    [LoggerMessage(3102, LogLevel.Error, "Journal segment {Segment} is damaged at byte {Offset}; the rest of it is skipped")]
    public static partial void JournalDamaged(ILogger logger, long segment, long offset);

    [LoggerMessage(3103, LogLevel.Warning, "Counting opens and clicks failed; they stay in the journal and are tried again in {Seconds} s")]
    public static partial void FoldFailed(ILogger logger, double seconds, Exception fault);

    [LoggerMessage(
        3104,
        LogLevel.Error,
        "Syncing the journal in '{Directory}' to the disk failed; events of this second may be lost at a power cut"
    )]
    public static partial void JournalSyncFailed(ILogger logger, string directory, Exception fault);
}
