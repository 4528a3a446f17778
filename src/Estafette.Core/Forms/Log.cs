using Microsoft.Extensions.Logging;

namespace Estafette.Core.Forms;

/// <summary>What the Forms module logs; events 9100 to 9199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        9100,
        LogLevel.Error,
        "Form {Form} of customer {Customer} turned a sign-up away: its confirmation mail cannot be sent ({Outcome}); check the customer's sender, sending servers and limits."
    )]
    public static partial void TurnedAway(ILogger logger, long form, long customer, string outcome);
}
