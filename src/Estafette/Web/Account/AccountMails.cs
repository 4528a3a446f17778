using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Account;

/// <summary>
/// Writes the mails about accounts. Their links begin with the address of the installation as it was configured, never with what a request
/// says about its host: a forged Host header must not send a token elsewhere.
/// </summary>
internal sealed class AccountMails(EstafetteDb db, WriteQueue writes, Signals signals, PageAddress site, TimeProvider clock)
{
    /// <summary>The address of a page of ours as it stands in a mail.</summary>
    public string Link(string path, string token) => site.Of($"{path}/{token}");

    /// <summary>False when nothing of the customer can send mail.</summary>
    public async Task<bool> InvitationAsync(AccountLink invitation, string token, string by, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == invitation.CustomerId, ct);
        return await SendAsync(
            customer,
            invitation.Email,
            "invitation",
            Link("/invitation", token),
            invitation.Language,
            Invitations.Lasts.Days,
            by,
            ct
        );
    }

    public async Task<bool> PasswordAsync(PasswordLink asked, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == asked.User.CustomerId, ct);
        return await SendAsync(
            customer,
            asked.User.Email!,
            "password",
            Link("/sign-in/new-password", asked.Token),
            asked.User.Language,
            PasswordResets.Lasts.Hours,
            "",
            ct
        );
    }

    public async Task<bool> EmailChangeAsync(AccountLink change, string token, User user, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == change.CustomerId, ct);
        return await SendAsync(
            customer,
            change.Email,
            "email",
            Link("/sign-in/new-address", token),
            user.Language,
            (int)EmailChanges.Lasts.TotalHours,
            user.Email!,
            ct
        );
    }

    /// <summary>Tells the old address that it is not the one to sign in with any more.</summary>
    public async Task EmailChangedAsync(CustomerId owner, string before, string? language, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == owner, ct);
        await SendAsync(customer, before, "moved", null, language, 0, "", ct);
    }

    private async Task<bool> SendAsync(
        Customer customer,
        string to,
        string kind,
        string? link,
        string? language,
        int lasts,
        string person,
        CancellationToken ct
    )
    {
        var before = CultureInfo.CurrentUICulture;
        SystemMailBody body;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo((language ?? customer.Language) == "fr" ? "fr-FR" : "en-GB");
            body = SystemMailBody.Letter(
                T($"mails.{kind}-subject"),
                [T($"mails.{kind}-text"), .. link is null ? Array.Empty<string>() : [T($"mails.{kind}-lasts", lasts)]],
                "{{brand}}",
                link is null ? null : (T($"mails.{kind}-button"), "{{link}}"),
                T($"mails.{kind}-small")
            );
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
        var mail = new SystemMail(customer.Id, to, body)
        {
            Data = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["brand"] = CustomerBrand.Of(customer).Name,
                ["customer"] = customer.Name,
                ["person"] = person,
                ["link"] = link,
            },
        };
        return (await SendSystemMail.RunAsync(mail, db, writes, signals, clock, ct)).Outcome == SystemMailOutcome.Queued;
    }
}
