using Estafette.Core.Delivery;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Forms;

internal static partial class Log
{
    [LoggerMessage(
        9101,
        LogLevel.Warning,
        "The confirmation mail of form {Form} could not be queued ({Outcome}): people who sign up wait in vain"
    )]
    public static partial void ConfirmationNotQueued(ILogger logger, long form, SystemMailOutcome outcome);
}
