using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>
/// Whether a form can send its confirmations, asked before anything of a sign-up is stored: the answer is about the customer and says nothing
/// about the address.
/// </summary>
internal static class FormHealth
{
    /// <summary><see cref="SystemMailOutcome.Queued"/> when a mail would go, else what is in its way.</summary>
    public static async Task<SystemMailOutcome> CheckAsync(PublicForm form, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var customer = form.Customer.Id;
        var can = await SendSystemMail.CheckAsync(customer, form.Form.Design.Sender, db, ct);
        if (can != SystemMailOutcome.Queued)
            return can;
        // A mail that waits for the next month comes after its link has expired.
        return await MonthlyRoom.ReadAsync(customer, db, clock, ct) is { Left: 0 } ? SystemMailOutcome.LimitReached : can;
    }

    /// <summary>Writes down that a sign-up was turned away: the page of the form and a notice tell it.</summary>
    public static Task TurnedAwayAsync(PublicForm form, SystemMailOutcome why, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        DateTimeOffset? now = clock.GetUtcNow();
        SystemMailOutcome? reason = why;
        return db.Of<SignUpForm>(form.Customer.Id)
            .Where(f => f.Id == form.Form.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(f => f.Refused, f => f.Refused + 1)
                        .SetProperty(f => f.RefusedAt, now)
                        .SetProperty(f => f.RefusedWhy, reason),
                ct
            );
    }
}
