namespace Estafette.Core.Accounts;

/// <summary>The order of roles: each may do everything that the weaker ones may.</summary>
public static class UserRoles
{
    /// <summary>From the weakest: looks; prepares; sends; sets up sending; runs the account.</summary>
    public static IReadOnlyList<UserRole> Ranked { get; } =
    [UserRole.Reader, UserRole.Editor, UserRole.Sender, UserRole.Manager, UserRole.Administrator];

    /// <summary>Whether this role may do what is open to <paramref name="needed"/>.</summary>
    public static bool AtLeast(this UserRole role, UserRole needed) => Rank(role) >= Rank(needed);

    private static int Rank(UserRole role) =>
        role switch
        {
            UserRole.Reader => 0,
            UserRole.Editor => 1,
            UserRole.Sender => 2,
            UserRole.Manager => 3,
            UserRole.Administrator => 4,
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "There is no such role."),
        };
}
