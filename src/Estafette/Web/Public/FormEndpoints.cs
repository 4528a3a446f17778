namespace Estafette.Web.Public;

/// <summary>
/// Sign-up forms <c>/f/</c>, each followed by the form's token. Like the tracking addresses they run right after routing: nobody signs in here,
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
    }
}
