using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Mvc;

namespace Estafette.Web.Operator;

/// <summary>One click ends an operator's work for another customer.</summary>
internal static class OperatorEndpoints
{
    public static void MapOperator(this WebApplication app) =>
        app.MapPost("/operator/leave", LeaveAsync).RequireAuthorization().WithMetadata(new OperatorsAttribute());

    private static async Task<IResult> LeaveAsync(
        [FromForm] string? back,
        CurrentUser me,
        SessionKeeper sessions,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var customer = me.CustomerId;
        await OperateCustomers.LeaveAsync(me.OwnActor, me.Session, db, sessions, clock, ct);
        return TypedResults.LocalRedirect(customer == me.Session.Home ? "/operator" : $"/operator/customers/{customer}");
    }
}
