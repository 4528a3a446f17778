using System.Globalization;
using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Microsoft.AspNetCore.DataProtection;

namespace Estafette.Web.Account;

/// <summary>
/// Two cookies that only this server can write: who gave the right password and owes a code (five minutes), and on which device a code was
/// given (thirty days). Both hold the security stamp, so that a new password or a changed second factor makes them worthless.
/// </summary>
internal sealed class DeviceCookies(IDataProtectionProvider protection, TimeProvider clock)
{
    private const string PendingCookie = "estafette.pending";
    private const string DeviceCookie = "estafette.device";

    /// <summary>How long a right password waits for its code.</summary>
    public static readonly TimeSpan PendingFor = TimeSpan.FromMinutes(5);

    /// <summary>How long a device is remembered.</summary>
    public static readonly TimeSpan DeviceFor = TimeSpan.FromDays(30);

    private readonly IDataProtector _pending = protection.CreateProtector("Estafette.SignIn.Pending.v1");
    private readonly IDataProtector _device = protection.CreateProtector("Estafette.SignIn.Device.v1");

    public void SetPending(HttpContext http, User user) => Set(http, PendingCookie, _pending, user, PendingFor, "/sign-in");

    /// <summary>Id and stamp of who owes a code, or null.</summary>
    public (long UserId, string Stamp)? Pending(HttpContext http) => Read(http, PendingCookie, _pending);

    public void ClearPending(HttpContext http) => http.Response.Cookies.Delete(PendingCookie, new CookieOptions { Path = "/sign-in" });

    public void Remember(HttpContext http, User user) => Set(http, DeviceCookie, _device, user, DeviceFor, "/sign-in");

    /// <summary>Whether this user gave a code on this device and nothing about the sign-in changed since.</summary>
    public bool IsKnown(HttpContext http, User user) =>
        Read(http, DeviceCookie, _device) is { } known && known.UserId == user.Id && known.Stamp == user.SecurityStamp;

    private void Set(HttpContext http, string name, IDataProtector protector, User user, TimeSpan lasts, string path) =>
        http.Response.Cookies.Append(
            name,
            protector.Protect($"{user.Id}|{(clock.GetUtcNow() + lasts).ToUnixTimeSeconds()}|{user.SecurityStamp}"),
            new CookieOptions
            {
                MaxAge = lasts,
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = http.Request.IsHttps,
                Path = path,
                IsEssential = true,
            }
        );

    private (long UserId, string Stamp)? Read(HttpContext http, string name, IDataProtector protector)
    {
        if (http.Request.Cookies[name] is not { Length: > 0 and < 2000 } value)
            return null;
        try
        {
            var parts = protector.Unprotect(value).Split('|', 3);
            var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[1], CultureInfo.InvariantCulture));
            return expires > clock.GetUtcNow() ? (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[2]) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
