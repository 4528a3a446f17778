using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms.OptOut;

/// <summary>What became of the wish to get nothing more, as far as its visitor may know: nothing in it depends on the address being known.</summary>
internal enum AskedToOptOut
{
    /// <summary>A mail with the link is on its way, where the address can be written to.</summary>
    Mailed,

    /// <summary>The address was sent enough of these mails for now.</summary>
    MailedEnough,

    /// <summary>The customer cannot send mail at present.</summary>
    CannotMail,
}

/// <summary>
/// Takes the wish of somebody who has no link at hand, and sends the link to the address that was typed. Every address is treated alike, known or
/// not, so that the answer and its time tell nothing.
/// </summary>
internal sealed class AskToOptOut(
    FormTokens tokens,
    SubmissionLimits limits,
    TrackingUrls urls,
    WriteQueue writes,
    Signals signals,
    TimeProvider clock
)
{
    /// <summary>The merge field that must be in the mail.</summary>
    public const string LinkField = "link";

    /// <summary>How long the link works.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(7);

    /// <summary>The path of a customer's page.</summary>
    public async ValueTask<string> PathAsync(CustomerId customer, CancellationToken ct) =>
        "/out/" + await tokens.OptOutPageAsync(customer, ct);

    /// <summary>The address of a customer's page, to be written on other sites and in letters.</summary>
    public async ValueTask<string> UrlAsync(Customer customer, CancellationToken ct) =>
        urls.BaseOf(customer) + await PathAsync(customer.Id, ct);

    /// <param name="customer">Whose messages.</param>
    /// <param name="to">What was typed.</param>
    /// <param name="language">Of the page.</param>
    /// <param name="body">The mail in that language, with the merge fields link and brand.</param>
    /// <param name="db">A context of the request.</param>
    /// <param name="ct">Stops before anything is stored.</param>
    public async Task<AskedToOptOut> RunAsync(
        Customer customer,
        EmailAddress to,
        string language,
        SystemMailBody body,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        // Without a mail there is no proof: then nothing is stored, and the answer is the same for every address.
        if (await SendSystemMail.CheckAsync(customer.Id, null, db, ct) != SystemMailOutcome.Queued)
            return AskedToOptOut.CannotMail;
        if (!limits.TakeMail(new SubmissionLimits.CustomerKey(customer.Id.Value, to.Key)))
            return AskedToOptOut.MailedEnough;
        var now = clock.GetUtcNow();
        var request = new OptOutRequest
        {
            CustomerId = customer.Id,
            Address = to.Address,
            Language = language,
            AskedAt = now,
            ExpiresAt = now + Validity,
        };
        db.Add(request);
        await db.SaveChangesAsync(ct);
        await db.Set<OptOutRequest>().Where(r => r.ExpiresAt < now).ExecuteDeleteAsync(ct);
        var link = $"{await UrlAsync(customer, ct)}/c/{await tokens.OptOutConfirmAsync(request.Id, request.ExpiresAt, ct)}";
        var mail = new SystemMail(customer.Id, to.Address, body)
        {
            Data = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [LinkField] = link,
                ["brand"] = CustomerBrand.Of(customer).Name,
            },
        };
        var sent = await SendSystemMail.RunAsync(mail, db, writes, signals, clock, ct);
        return sent.Outcome == SystemMailOutcome.Queued ? AskedToOptOut.Mailed : AskedToOptOut.CannotMail;
    }
}
