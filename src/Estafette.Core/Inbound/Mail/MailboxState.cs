namespace Estafette.Core.Inbound.Mail;

/// <summary>How the reading of the mailbox goes, for the operators.</summary>
internal sealed class MailboxState
{
    private volatile MailboxLook? _last;

    /// <summary>The last look; null before the first, and where no mailbox is read.</summary>
    public MailboxLook? Last => _last;

    public void Read(DateTimeOffset at) => _last = new MailboxLook(at, null);

    public void Failed(string problem, DateTimeOffset at) => _last = new MailboxLook(at, problem);
}

/// <summary>One look into the mailbox.</summary>
/// <param name="At">When.</param>
/// <param name="Problem">What went wrong, in the words of the far end; null: nothing.</param>
internal sealed record MailboxLook(DateTimeOffset At, string? Problem);
