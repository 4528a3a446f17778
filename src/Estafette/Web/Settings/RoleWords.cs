using Estafette.Core.Accounts;
using Estafette.Web.Layout;

namespace Estafette.Web.Settings;

/// <summary>The roles in the order of what they may do.</summary>
internal static class RoleWords
{
    public static IEnumerable<(string Value, string Text)> Options() =>
        UserRoles.Ranked.Select(role => (role.ToString(), StatusWords.Of("users.role", role)));
}
