using Estafette.Core.Contacts.Import;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Contacts;

/// <summary>Log messages of the module; event ids 2000 to 2099.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Import {Import} runs from byte {Offset} on")]
    public static partial void ImportStarted(ILogger log, long import, long offset);

    [LoggerMessage(2001, LogLevel.Information, "Import {Import} ended: {Status}")]
    public static partial void ImportEnded(ILogger log, long import, ImportStatus status);

    [LoggerMessage(2002, LogLevel.Error, "Import {Import} failed")]
    public static partial void ImportFailed(ILogger log, long import, Exception failure);

    [LoggerMessage(2003, LogLevel.Error, "The loop of imports could not reach the database and tries again")]
    public static partial void ImportLoopFailed(ILogger log, Exception failure);

    [LoggerMessage(2010, LogLevel.Error, "The index on attribute {Attribute} could not be made")]
    public static partial void IndexFailed(ILogger log, long attribute, Exception failure);
}
