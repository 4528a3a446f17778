using Estafette.Core.Accounts;
using static Estafette.Web.Words;

namespace Estafette.Web.Account;

/// <summary>What is wrong with a new password, in words.</summary>
internal static class PasswordFaults
{
    public static string Text(string code) =>
        code switch
        {
            "PasswordTooShort" => T("account.too-short", AccountsModule.PasswordLength),
            "PasswordTooLong" => T("account.too-long", AccountsModule.LongestPassword),
            "DuplicateUserName" or "DuplicateEmail" => T("account.address-taken"),
            "Expired" => T("account.link-over"),
            _ => T("account.too-simple"),
        };
}
