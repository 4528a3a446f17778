using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>
/// Mails of the product itself may carry links that open an account: a reader who could look at what was sent would become whoever asked for a
/// new password. Their content is for administrators only.
/// </summary>
public static class SystemMailSecrets
{
    /// <summary>Whether a delivery is such a mail.</summary>
    public static async Task<bool> HoldsAsync(DeliveryId delivery, EstafetteDb db, CancellationToken ct)
    {
        var (id, kind) = (delivery.Value, (short)SingleMessageKind.System);
        return await db
                .Database.SqlQuery<long>(
                    $"SELECT count(*) AS \"Value\" FROM single_messages WHERE delivery_id = {id} AND kind = {kind} AND merge_data LIKE '%\"link\"%'"
                )
                .SingleAsync(ct) > 0;
    }
}
