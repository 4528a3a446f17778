using System.Security.Cryptography;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Forms;

/// <summary>
/// The proofs that public forms hand out, signed with the keys of the tracking tokens: that a form was shown, and when; that the link of a
/// confirmation mail is ours, and until when.
/// </summary>
internal sealed class FormTokens(TrackingTokens tokens, TimeProvider clock)
{
    /// <summary>Nobody reads a form and fills it faster; programs do.</summary>
    public static readonly TimeSpan LeastFillTime = TimeSpan.FromSeconds(2);

    /// <summary>A form left open longer is shown again.</summary>
    public static readonly TimeSpan MostFillTime = TimeSpan.FromHours(24);

    /// <summary>Proof that the form is shown now.</summary>
    public async ValueTask<string> ShownAsync(long form, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        return tokens.Text(TokenPurpose.FormShown, form, new ContentId(clock.GetUtcNow().ToUnixTimeSeconds()));
    }

    /// <summary>Whether the form was shown long enough ago, and not too long.</summary>
    public async ValueTask<bool> WasShownAsync(string? text, long form, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        if (!tokens.TryRead(text, out var token) || token.Purpose != TokenPurpose.FormShown || token.Subject != form)
            return false;
        var age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(token.Content, 0, MaxSeconds));
        return age >= LeastFillTime && age <= MostFillTime;
    }

    /// <summary>The end of a confirmation link.</summary>
    public ValueTask<string> ConfirmAsync(long request, DateTimeOffset expires, CancellationToken ct) =>
        UntilAsync(TokenPurpose.FormConfirm, request, expires, ct);

    /// <summary>The request of a confirmation link; null when it is not ours or has expired.</summary>
    public ValueTask<long?> ReadConfirmAsync(string? text, CancellationToken ct) => ReadUntilAsync(TokenPurpose.FormConfirm, text, ct);

    /// <summary>The end of the address of a customer's page for people without a link; it works as long as there are keys.</summary>
    public async ValueTask<string> OptOutPageAsync(CustomerId customer, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        return tokens.Text(TokenPurpose.OptOutPage, customer.Value, default);
    }

    /// <summary>The customer of that address; null when it is not ours.</summary>
    public async ValueTask<CustomerId?> ReadOptOutPageAsync(string? text, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        return tokens.TryRead(text, out var token) && token.Purpose == TokenPurpose.OptOutPage ? new CustomerId(token.Subject) : null;
    }

    /// <summary>The end of the link that proves an address.</summary>
    public ValueTask<string> OptOutConfirmAsync(long request, DateTimeOffset expires, CancellationToken ct) =>
        UntilAsync(TokenPurpose.OptOutConfirm, request, expires, ct);

    /// <summary>The request of such a link; null when it is not ours or has expired.</summary>
    public ValueTask<long?> ReadOptOutConfirmAsync(string? text, CancellationToken ct) =>
        ReadUntilAsync(TokenPurpose.OptOutConfirm, text, ct);

    /// <summary>The address of a new form: 80 bits, nothing to guess.</summary>
    public static string NewName() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));

    // The last second of year 9999.
    private const long MaxSeconds = 253_402_300_799;

    private async ValueTask<string> UntilAsync(TokenPurpose purpose, long request, DateTimeOffset expires, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        return tokens.Text(purpose, request, new ContentId(expires.ToUnixTimeSeconds()));
    }

    private async ValueTask<long?> ReadUntilAsync(TokenPurpose purpose, string? text, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        return tokens.TryRead(text, out var token) && token.Purpose == purpose && token.Content >= clock.GetUtcNow().ToUnixTimeSeconds()
            ? token.Subject
            : null;
    }
}
