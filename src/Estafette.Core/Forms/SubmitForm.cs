using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Forms;

/// <summary>Where a sign-up came from: part of the proof.</summary>
internal sealed record Visitor(System.Net.IPAddress? Address, string? UserAgent)
{
    private const int MaxUserAgent = 256;

    public string? Ip => (Address?.IsIPv4MappedToIPv6 == true ? Address.MapToIPv4() : Address)?.ToString();

    public string? Program => UserAgent is { Length: > MaxUserAgent } long_ ? long_[..MaxUserAgent] : UserAgent;
}

/// <summary>
/// Takes a sign-up. The answer to the person is the same whether the address was known, subscribed, opted out or new; what differs goes to
/// the mailbox, where only its owner sees it.
/// <para>A contact is created when there is none, with its address and language only; its subscription is unconfirmed. With double opt-in off, the
/// subscription counts at once, except for an address that unsubscribed: whoever types it may be somebody else, so its owner is asked.</para>
/// </summary>
internal static class SubmitForm
{
    /// <summary>How long a confirmation link works.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(3);

    // Confirmed or expired requests stay a while, so that a second press of the button gets a sensible answer.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public static async Task<SignUpResult> RunAsync(
        PublicForm form,
        SignUpAnswers answers,
        string language,
        Visitor visitor,
        SignUpWork work,
        CancellationToken ct
    )
    {
        var (db, now) = (work.Db, work.Clock.GetUtcNow());
        // Without a mail there is no proof: then nothing is stored, and the answer is the same for every address.
        if (
            form.Form.Design.DoubleOptIn
            && await FormHealth.CheckAsync(form, db, work.Clock, ct) is not SystemMailOutcome.Queued and var lack
        )
            return await TurnAwayAsync(form, lack, work, ct);
        FormRequest request;
        bool asks;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var customer = form.Customer.Id;
            var (contact, isNew) = await SignUpContact.FindOrAddAsync(customer, answers, db, now, ct);
            db.Add(request = Request(form, contact.Id, answers, language, now));
            asks = form.Form.Design.DoubleOptIn || await HasLeftAsync(customer, contact.Id, answers, db, ct);
            // Of somebody we know already, an unproven request changes no more than the subscription.
            var given = asks || isNew ? answers : answers with { Tracking = false };
            var step = new SignUpStep(form.Form, contact.Id, given, visitor, now);
            await step.SubscribeAsync(asks ? SubscriptionStatus.Unconfirmed : SubscriptionStatus.Confirmed, db, ct);
            if (!asks && isNew)
                SignUpContact.Apply(contact, answers, now);
            await db.SaveChangesAsync(ct);
            if (!asks)
                await db.Of<FormRequest>(customer)
                    .Where(r => r.Id == request.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(r => r.ConfirmedAt, now), ct);
            var confirmed = asks ? 0 : 1;
            await db.Of<SignUpForm>(customer)
                .Where(f => f.Id == form.Form.Id)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(f => f.Submitted, f => f.Submitted + 1).SetProperty(f => f.Confirmed, f => f.Confirmed + confirmed),
                    ct
                );
            var old = now - Kept;
            await db.Set<FormRequest>().Where(r => r.ExpiresAt < old).ExecuteDeleteAsync(ct);
            await write.CommitAsync(ct);
        }
        if (!asks)
            return SignUpResult.Subscribed;
        // Counted for every address, so that the limit tells nothing about it either.
        if (!work.Limits.TakeMail(new SubmissionLimits.CustomerKey(form.Customer.Id.Value, answers.Key)))
            return SignUpResult.MailedEnough;
        if (!await MayBeMailedAsync(form, answers, db, ct))
            return SignUpResult.Asked;
        var outcome = await work.Mail.SendAsync(form, request, db, ct);
        return outcome == SystemMailOutcome.Queued ? SignUpResult.Asked : await TurnAwayAsync(form, outcome, work, ct);
    }

    private static async Task<SignUpResult> TurnAwayAsync(PublicForm form, SystemMailOutcome why, SignUpWork work, CancellationToken ct)
    {
        Log.TurnedAway(work.Logger, form.Form.Id, form.Customer.Id.Value, why.ToString());
        await FormHealth.TurnedAwayAsync(form, why, work.Db, work.Clock, ct);
        return SignUpResult.TurnedAway;
    }

    private static FormRequest Request(PublicForm form, ContactId contact, SignUpAnswers answers, string language, DateTimeOffset now) =>
        new()
        {
            CustomerId = form.Customer.Id,
            FormId = form.Form.Id,
            ContactId = contact,
            Answers = answers,
            Language = language,
            WordingVersion = form.Form.WordingVersion,
            SubmittedAt = now,
            ExpiresAt = now + Validity,
        };

    // Unsubscribed from one of the lists, or from everything.
    private static async Task<bool> HasLeftAsync(
        CustomerId customer,
        ContactId contact,
        SignUpAnswers answers,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var lists = answers.Lists.Select(l => new ListId(l)).ToList();
        return await db.Of<Subscription>(customer)
                .AnyAsync(s => s.ContactId == contact && lists.Contains(s.ListId) && s.Status == SubscriptionStatus.Unsubscribed, ct)
            || await db.Of<SuppressedAddress>(customer).AnyAsync(s => s.Channel == Channel.Email && s.AddressKey == answers.Key, ct);
    }

    // Not an address that bounced or complained.
    private static async Task<bool> MayBeMailedAsync(PublicForm form, SignUpAnswers answers, EstafetteDb db, CancellationToken ct) =>
        !await db.Of<SuppressedAddress>(form.Customer.Id)
            .AnyAsync(s => s.Channel == Channel.Email && s.AddressKey == answers.Key && s.Reason != SuppressionReason.OptOut, ct);
}

/// <summary>What the steps of a sign-up work with.</summary>
internal sealed record SignUpWork(EstafetteDb Db, FormMail Mail, SubmissionLimits Limits, TimeProvider Clock, ILogger Logger);

/// <summary>What became of a sign-up, as far as its visitor may know.</summary>
internal enum SignUpResult
{
    /// <summary>The subscription counts.</summary>
    Subscribed,

    /// <summary>Its mail is on the way, if the address can be written to.</summary>
    Asked,

    /// <summary>The address was sent enough mails for now.</summary>
    MailedEnough,

    /// <summary>The customer cannot send the mail; somebody is told.</summary>
    TurnedAway,
}
