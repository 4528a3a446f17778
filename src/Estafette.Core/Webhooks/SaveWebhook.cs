using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Webhooks;

/// <summary>What somebody says about a webhook.</summary>
public sealed record WebhookInput(string Url, IReadOnlyCollection<string> Events, bool Active = true);

/// <summary>The webhook with the secret that is readable this one time, or the wrong fields: url, events, number.</summary>
public sealed record SavedWebhook(Webhook? Webhook, string? Secret, IReadOnlyList<string> Wrong);

/// <summary>Adds, changes and removes the webhooks of a customer.</summary>
public static class SaveWebhook
{
    public const int MaxUrl = 500;
    public const int MaxWebhooks = 20;

    /// <summary>How long calls are signed with the old secret too after it was replaced.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    /// <summary>Begins every secret, so that people and scanners of leaked keys know it.</summary>
    private const string Mark = "whsec_";

    public static async Task<SavedWebhook> AddAsync(
        Actor actor,
        WebhookInput input,
        EstafetteDb db,
        Secrets secrets,
        NetworkOptions network,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var wrong = Check(input, network);
        if (wrong.Count == 0 && await db.Of<Webhook>(actor.Customer).CountAsync(ct) >= MaxWebhooks)
            wrong.Add("number");
        if (wrong.Count > 0)
            return new(null, null, wrong);
        var secret = Mark + SecretToken.Create();
        var webhook = new Webhook
        {
            CustomerId = actor.Customer,
            Url = input.Url.Trim(),
            Events = Joined(input),
            ProtectedSecret = secrets.Protect(secret),
            Active = input.Active,
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = actor.UserName,
        };
        db.Add(webhook);
        db.Add(actor, "webhook.created", webhook.Url, clock.GetUtcNow(), webhook.Events);
        await db.SaveChangesAsync(ct);
        return new(webhook, secret, []);
    }

    /// <summary>Changes one; null when the customer has no such webhook. Switching it on forgets its failures.</summary>
    public static async Task<SavedWebhook?> ChangeAsync(
        Actor actor,
        long id,
        WebhookInput input,
        EstafetteDb db,
        NetworkOptions network,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Webhook>(actor.Customer).SingleOrDefaultAsync(w => w.Id == id, ct) is not { } webhook)
            return null;
        var wrong = Check(input, network);
        if (wrong.Count > 0)
            return new(webhook, null, wrong);
        if (!webhook.Active || webhook.Url != input.Url.Trim())
            (webhook.FailingSince, webhook.DisabledAt) = (null, null);
        (webhook.Url, webhook.Events, webhook.Active) = (input.Url.Trim(), Joined(input), input.Active);
        db.Add(actor, "webhook.changed", webhook.Url, clock.GetUtcNow(), $"{webhook.Events} {(webhook.Active ? "on" : "off")}");
        await db.SaveChangesAsync(ct);
        return new(webhook, null, []);
    }

    /// <summary>A new secret, readable this one time; for <see cref="Overlap"/> the old one signs too. Null when the customer has no such webhook.</summary>
    public static async Task<string?> RenewSecretAsync(
        Actor actor,
        long id,
        EstafetteDb db,
        Secrets secrets,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Webhook>(actor.Customer).SingleOrDefaultAsync(w => w.Id == id, ct) is not { } webhook)
            return null;
        var secret = Mark + SecretToken.Create();
        (webhook.OldSecret, webhook.OldSecretUntil) = (webhook.ProtectedSecret, clock.GetUtcNow() + Overlap);
        webhook.ProtectedSecret = secrets.Protect(secret);
        db.Add(actor, "webhook.secret-renewed", webhook.Url, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return secret;
    }

    /// <summary>Removes it with its log; false when the customer has no such webhook.</summary>
    public static async Task<bool> DeleteAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Webhook>(actor.Customer).SingleOrDefaultAsync(w => w.Id == id, ct) is not { } webhook)
            return false;
        await db.Of<WebhookDelivery>(actor.Customer).Where(d => d.WebhookId == id).ExecuteDeleteAsync(ct);
        db.Remove(webhook);
        db.Add(actor, "webhook.deleted", webhook.Url, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    private static string Joined(WebhookInput input) => string.Join(' ', WebhookEventNames.All.Where(input.Events.Contains));

    private static List<string> Check(WebhookInput input, NetworkOptions network)
    {
        var wrong = new List<string>();
        if (!IsAddress(input.Url.Trim(), network))
            wrong.Add("url");
        if (input.Events.Count == 0 || input.Events.Any(e => !WebhookEventNames.All.Contains(e, StringComparer.Ordinal)))
            wrong.Add("events");
        return wrong;
    }

    /// <summary>An https address without user name and fragment; http only where the operator allows private networks. Where it leads is judged at each call.</summary>
    private static bool IsAddress(string text, NetworkOptions network) =>
        text.Length <= MaxUrl
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && network.AllowPrivateAddresses))
        && url.UserInfo.Length == 0
        && url.Fragment.Length == 0
        && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
        && (url.HostNameType is UriHostNameType.Dns || IsAllowedLiteral(url, network));

    private static bool IsAllowedLiteral(Uri url, NetworkOptions network) =>
        System.Net.IPAddress.TryParse(url.Host.Trim('[', ']'), out var literal)
        && AddressGuard.Allows(literal, network.AllowPrivateAddresses);
}
