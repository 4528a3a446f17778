using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Accounts;

/// <summary>Registers the services of the Accounts module.</summary>
public static class AccountsModule
{
    /// <summary>Fewest characters of a password; length is the one rule, as NIST SP 800-63B §5.1.1.2 recommends.</summary>
    public const int PasswordLength = 12;

    /// <summary>Most characters of a password; more are refused.</summary>
    public const int LongestPassword = 500;

    public static IServiceCollection AddAccountsModule(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddIdentityCore<User>(identity =>
            {
                identity.User.RequireUniqueEmail = true;
                identity.User.AllowedUserNameCharacters = "";
                identity.Password.RequiredLength = PasswordLength;
                identity.Password.RequiredUniqueChars = 5;
                identity.Password.RequireDigit = false;
                identity.Password.RequireLowercase = false;
                identity.Password.RequireUppercase = false;
                identity.Password.RequireNonAlphanumeric = false;
                identity.Lockout.MaxFailedAccessAttempts = 5;
                identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(10);
            })
            .AddUserStore<AccountStore>();
        services.AddSingleton<SessionKeeper>();
        services.AddSingleton<AttemptLimiter>();
        services.AddSingleton<KeyUses>();
        services.AddSingleton<CertificateUses>();
        services.AddSingleton<AccountErrands>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountErrands>());
        services.AddHostedService<AccountsUpkeep>();
        return services;
    }
}
