namespace Estafette.Protocols.Bounces;

/// <summary>Recognises a mail that asks for no more mail: by the address it came to, its subject, or a short text that says nothing else.</summary>
/// <remarks>
/// Who is meant is told by the token in the address (interfaces.md §1.11: never by From alone); From is given for the other two forms, where a
/// person answered one of our addresses.
/// </remarks>
internal static class OptOutMail
{
    /// <summary>A longer text says more than "no more": a person has to read it.</summary>
    private const int LongestRequest = 400;

    internal static ReturnedMail? Read(IncomingMail mail)
    {
        foreach (var address in mail.ReturnAddresses)
        {
            if (BounceSigns.OptOutAddress.Match(ReplyText.Fold(MailAddresses.LocalPart(address))) is not null)
                return OptOut(mail, "address");
        }
        if (mail.IsListMail)
            return null;
        if (BounceSigns.OptOutSubject.Match(BounceSigns.Bare(mail.FoldedSubject)) is not null)
            return OptOut(mail, "subject");
        return mail.Own.Length is > 0 and <= LongestRequest && BounceSigns.OptOutText.Match(mail.Own.Opening) is not null
            ? OptOut(mail, "text")
            : null;
    }

    private static ReturnedMail OptOut(IncomingMail mail, string format)
    {
        var described = mail.Describe(ReturnedKind.Unsubscribe);
        return described with { Recipients = [new ReturnedRecipient { Address = described.From }], Format = format };
    }
}
