namespace Estafette.Web.Public;

/// <summary>
/// Sign-up forms <c>/f/</c>, each followed by the form's token; the page of people who want to leave and have no link at hand <c>/out/</c>, followed by
/// the customer's; reports of abuse <c>/abuse</c>, or beside the unsubscribe page of a message. Like the tracking addresses they run right after routing: nobody signs in here,
/// and neither cookie nor antiforgery token is involved.
/// </summary>
internal static class FormEndpoints
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    public static void MapPublicForms(this WebApplication app)
    {
        var forms = ActivatorUtilities.CreateInstance<FormRequests>(app.Services);
        app.MapMethods("/f/{token}", Reading, forms.ShowAsync).ShortCircuit();
        app.MapPost("/f/{token}", forms.SubmitAsync).ShortCircuit();
        var confirmations = ActivatorUtilities.CreateInstance<ConfirmRequests>(app.Services);
        app.MapMethods("/f/{token}/c/{proof}", Reading, confirmations.ShowAsync).ShortCircuit();
        app.MapPost("/f/{token}/c/{proof}", confirmations.ConfirmAsync).ShortCircuit();
        var leave = ActivatorUtilities.CreateInstance<LeaveRequests>(app.Services);
        app.MapMethods("/out/{token}", Reading, leave.ShowAsync).ShortCircuit();
        app.MapPost("/out/{token}", leave.AskAsync).ShortCircuit();
        app.MapMethods("/out/{token}/c/{proof}", Reading, leave.ShowConfirmAsync).ShortCircuit();
        app.MapPost("/out/{token}/c/{proof}", leave.ConfirmAsync).ShortCircuit();
        var abuse = ActivatorUtilities.CreateInstance<AbuseRequests>(app.Services);
        app.MapMethods("/abuse", Reading, abuse.ShowAsync).ShortCircuit();
        app.MapPost("/abuse", abuse.TakeAsync).ShortCircuit();
        app.MapMethods("/u/{token}/abuse", Reading, abuse.ShowAsync).ShortCircuit();
        app.MapPost("/u/{token}/abuse", abuse.TakeAsync).ShortCircuit();
    }
}
