using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Forms;

/// <summary>Registers the services of the Forms module.</summary>
public static class FormsModule
{
    public static IServiceCollection AddFormsModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<FormTokens>();
        services.AddSingleton<SubmissionLimits>();
        services.AddSingleton<FormMail>();
        services.AddSingleton<OptOut.AskToOptOut>();
        services.AddSingleton<OptOut.ConfirmOptOut>();
        return services;
    }
}
