using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>A sign-up that its owner confirms, with its form.</summary>
internal sealed record WaitingSignUp(FormRequest Request, PublicForm Form);

/// <summary>
/// Carries out a sign-up whose owner pressed the button behind the link of the mail: fields, consent, subscriptions. The opt-out of the
/// address is lifted, since its owner asks anew; a bounce, a complaint or a suppression by a user stays.
/// </summary>
internal static class ConfirmSignUp
{
    /// <summary>The sign-up a link names; null when it is gone.</summary>
    public static async Task<WaitingSignUp?> FindAsync(string formToken, long request, EstafetteDb db, CancellationToken ct)
    {
        if (await FindForm.RunAsync(formToken, db, ct) is not { } form)
            return null;
        var found = await db.Of<FormRequest>(form.Customer.Id)
            .AsNoTracking()
            .SingleOrDefaultAsync(r => r.Id == request && r.FormId == form.Form.Id, ct);
        return found is null ? null : new WaitingSignUp(found, form);
    }

    /// <summary>A second press changes nothing.</summary>
    public static async Task RunAsync(WaitingSignUp waiting, Visitor visitor, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var (request, form, now) = (waiting.Request, waiting.Form.Form, clock.GetUtcNow());
        await using var write = await db.BeginWriteAsync(ct);
        var first = await db.Of<FormRequest>(request.CustomerId)
            .Where(r => r.Id == request.Id && r.ConfirmedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.ConfirmedAt, now), ct);
        if (first == 0)
            return;
        var (contact, _) = await SignUpContact.FindOrAddAsync(request.CustomerId, request.Answers, db, now, ct);
        SignUpContact.Apply(contact, request.Answers, now);
        await LiftOptOutAsync(waiting, visitor, now, db, ct);
        var step = new SignUpStep(form, contact.Id, request.Answers, visitor, now) { WordingVersion = request.WordingVersion };
        await step.SubscribeAsync(SubscriptionStatus.Confirmed, db, ct);
        await db.Of<SignUpForm>(request.CustomerId)
            .Where(f => f.Id == form.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.Confirmed, f => f.Confirmed + 1), ct);
        await write.CommitAsync(ct);
    }

    private static async Task LiftOptOutAsync(
        WaitingSignUp waiting,
        Visitor visitor,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (customer, key) = (waiting.Request.CustomerId, waiting.Request.Answers.Key);
        var optOut = await db.Of<SuppressedAddress>(customer)
            .SingleOrDefaultAsync(s => s.Channel == Channel.Email && s.AddressKey == key && s.Reason == SuppressionReason.OptOut, ct);
        if (optOut is null or { Origin: SuppressionOrigin.FeedbackLoop or SuppressionOrigin.Bounce or SuppressionOrigin.Abuse })
            return;
        db.Remove(optOut);
        db.Add(
            new Actor(customer, $"form {waiting.Form.Form.Name}"),
            "suppression.lifted",
            $"{optOut.Channel} {key}",
            now,
            $"new consent of the person, {visitor.Ip ?? "-"}, {visitor.Program ?? "-"} (was {optOut.Origin}, {optOut.CreatedAt:yyyy-MM-dd}: {optOut.Evidence})"
        );
        await db.SaveChangesAsync(ct);
    }
}
