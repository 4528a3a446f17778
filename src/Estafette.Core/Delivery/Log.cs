using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery;

/// <summary>What the delivery engine logs.</summary>
internal static partial class Log
{
    [LoggerMessage(5001, LogLevel.Error, "The sender of server {Server} failed unexpectedly")]
    public static partial void SenderFailed(ILogger logger, long server, Exception failure);

    [LoggerMessage(5002, LogLevel.Warning, "The health of server {Server} could not be stored")]
    public static partial void HealthNotStored(ILogger logger, long server, Exception failure);

    [LoggerMessage(5003, LogLevel.Error, "{Loop} failed and goes on in a moment")]
    public static partial void LoopFailed(ILogger logger, string loop, Exception failure);

    [LoggerMessage(
        5004,
        LogLevel.Warning,
        "Recovery: {Stored} results stored from the journal, {InDoubt} in doubt, {GivenBack} given back"
    )]
    public static partial void Recovered(ILogger logger, int stored, int inDoubt, int givenBack);

    [LoggerMessage(5005, LogLevel.Error, "{Count} results could not be written; trying again")]
    public static partial void ResultsNotWritten(ILogger logger, int count, Exception failure);

    [LoggerMessage(5006, LogLevel.Warning, "Campaign {Campaign} runs but cannot be sent: {Problem}")]
    public static partial void CampaignBlocked(ILogger logger, long campaign, string problem);

    [LoggerMessage(5007, LogLevel.Warning, "{Count} results of lane {Lane} came after it was lost and are kept as events")]
    public static partial void Fenced(ILogger logger, int count, long lane);

    [LoggerMessage(5008, LogLevel.Error, "Sending server {Server} cannot be used: {Problem}")]
    public static partial void ServerUnusable(ILogger logger, long server, string problem);

    [LoggerMessage(5009, LogLevel.Information, "Campaign {Campaign} is finished")]
    public static partial void CampaignFinished(ILogger logger, long campaign);
}
