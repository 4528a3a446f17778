using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms.OptOut;

/// <summary>Carries out what the link of the mail proves: the address gets nothing more of the customer. Repeats change nothing.</summary>
internal sealed class ConfirmOptOut(FormTokens tokens, WriteQueue writes, TimeProvider clock)
{
    /// <summary>The request behind a link; null when it is not ours, of another customer, or too old.</summary>
    public async Task<OptOutRequest?> FindAsync(CustomerId customer, string? proof, EstafetteDb db, CancellationToken ct) =>
        await tokens.ReadOptOutConfirmAsync(proof, ct) is { } id
            ? await db.Of<OptOutRequest>(customer).AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct)
            : null;

    public Task RunAsync(OptOutRequest request, Visitor visitor, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(request.Address, out var address, out var problem))
            throw new InvalidOperationException($"The stored address of opt-out request {request.Id} cannot be read: {problem}");
        var now = clock.GetUtcNow();
        var evidence = string.Create(
            CultureInfo.InvariantCulture,
            $"unsubscribe form, mail answered, asked {request.AskedAt:u}, {now:u}, {visitor.Ip ?? "-"}, {visitor.Program ?? "-"}"
        );
        var wish = new SuppressAddressRequest(Channel.Email, address.Key, SuppressionReason.OptOut, SuppressionOrigin.Web, evidence);
        return writes.RunAsync(
            async session =>
            {
                var first = await session
                    .Prepare("UPDATE opt_out_requests SET confirmed_at = @at WHERE id = @id AND confirmed_at IS NULL")
                    .Set("@at", now.ToUnixTimeMilliseconds())
                    .Set("@id", request.Id)
                    .ExecuteNonQueryAsync(ct);
                if (first > 0)
                    await SuppressAddress.WriteAsync(session, request.CustomerId, wish, address.Key, now, ct);
            },
            ct
        );
    }
}
