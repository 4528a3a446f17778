using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Components;
using static Estafette.Web.Words;

namespace Estafette.Web;

/// <summary>What every page works with: the request, the signed-in user, the database, the clock, the words and the faults of its form.</summary>
public abstract class Page : ComponentBase
{
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    [Inject]
    internal EstafetteDb Db { get; set; } = null!;

    [Inject]
    internal TimeProvider Clock { get; set; } = null!;

    [Inject]
    internal CurrentUser Me { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    /// <summary>Faults of the posted form, by field; "" holds those of the whole form.</summary>
    internal Dictionary<string, string> Errors { get; } = new(StringComparer.Ordinal);

    private bool _loaded;

    internal TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    internal CancellationToken Gone => Http.RequestAborted;

    internal CustomerId Customer => Me.CustomerId;

    internal IFormCollection Form => Http.Request.Form;

    internal bool IsPost => HttpMethods.IsPost(Http.Request.Method);

    /// <summary>
    /// Loads first and renders then, once. A component that loads in OnInitializedAsync is also rendered at its first real wait, which may be any
    /// of its queries: with half of what it shows.
    /// </summary>
    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        if (Me.IsSignedIn && NeedsCustomer && !_loaded)
            await StartAsync();
        _loaded = true;
        await base.SetParametersAsync(ParameterView.Empty);
    }

    private async Task StartAsync()
    {
        try
        {
            var customer = await Me.CustomerAsync(Gone);
            Zone = TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone);
            await LoadAsync();
        }
        catch (OperationCanceledException cancelled) when (Gone.IsCancellationRequested)
        {
            // The renderer passes over a cancelled component and renders what is there; this ends the request without a word in the log.
            throw new IOException("The visitor went away.", cancelled);
        }
    }

    /// <summary>Writes into the audit log what the user did.</summary>
    internal Task RecordAsync(string action, string subject, string? detail = null) =>
        AuditLog.WriteAsync(Me.Actor, action, subject, Db, Clock, Gone, detail);

    /// <summary>Whether the customer is read before the page.</summary>
    internal virtual bool NeedsCustomer => true;

    /// <summary>Reads what the page shows.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <summary>The fault of a field, or null.</summary>
    internal string? Fault(string field) => Errors.GetValueOrDefault(field);

    /// <summary>Answers 404: the object does not exist for this customer.</summary>
    internal void Missing()
    {
        IsMissing = true;
        Navigation.NotFound();
    }

    /// <summary>The page gives way to the one that says "not found" and renders nothing of its own.</summary>
    internal bool IsMissing { get; private set; }

    /// <summary>Whether the user's role allows an action of a page that others may post to; when not, the answer is the page that says so.</summary>
    internal bool May(UserRole needed)
    {
        if (Me.Can(needed))
            return true;
        Go("/forbidden");
        return false;
    }

    /// <summary>Sends the browser on after a form was accepted.</summary>
    internal void Go(string path) => Navigation.NavigateTo(path);

    /// <summary>A parameter of the query string.</summary>
    internal string? Query(string name) => Http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    /// <summary>How long the page waits for a figure that has to be counted: where it does not come at once, the page asks for it with count=all.</summary>
    internal TimeSpan Patience => IsPost || Query("count") == "all" ? QueryTime.Asked : QueryTime.Glance;

    /// <summary>The page does not wait for what has to be counted.</summary>
    internal bool IsGlance => Patience == QueryTime.Glance;

    /// <summary>This page with everything counted.</summary>
    internal string Counted => $"{Http.Request.Path}{Http.Request.QueryString.Add("count", "all")}";

    /// <summary>A number of the query string, or 0.</summary>
    internal long QueryNumber(string name) =>
        long.TryParse(Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    /// <summary>A posted text, trimmed; null when empty.</summary>
    internal string? Posted(string field) => Form[field] is [{ } value, ..] && value.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A posted text as it was typed, for contents where white space counts.</summary>
    internal string? PostedRaw(string field) => Form[field] is [{ Length: > 0 } value, ..] ? value.ReplaceLineEndings("\n") : null;

    internal bool PostedFlag(string field) => Form[field] is [{ Length: > 0 }, ..];

    /// <summary>A posted whole number; null when empty. A text that is no number, or one out of range, is a fault of the field.</summary>
    internal int? PostedNumber(string field, int least, int most)
    {
        if (Posted(field) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        Errors[field] = T("shared.number-between", N(least), N(most));
        return null;
    }

    /// <summary>Posted ids of check boxes.</summary>
    internal HashSet<long> PostedIds(string field) =>
        Form[field]
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToHashSet();

    /// <summary>Posted choice of an enumeration; the fallback when it is none of its values.</summary>
    internal TEnum PostedChoice<TEnum>(string field, TEnum fallback)
        where TEnum : struct, Enum =>
        Enum.TryParse<TEnum>(Posted(field), ignoreCase: false, out var value) && Enum.IsDefined(value) ? value : fallback;

    /// <summary>A time in the customer's zone, with its date.</summary>
    internal string Time(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).ToString("g", CultureInfo.CurrentCulture);

    internal string Time(DateTimeOffset? at) => at is { } known ? Time(known) : "–";

    /// <summary>A time to the second, for logs.</summary>
    internal string TimeExact(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).ToString("G", CultureInfo.CurrentCulture);

    /// <summary>"5 min ago" when recent, the date otherwise.</summary>
    internal string Ago(DateTimeOffset at)
    {
        var age = Clock.GetUtcNow() - at;
        return age < TimeSpan.Zero ? Time(at)
            : age < TimeSpan.FromMinutes(1) ? T("shared.just-now")
            : age < TimeSpan.FromHours(1) ? T("shared.minutes-ago", (int)age.TotalMinutes)
            : age < TimeSpan.FromHours(24) ? T("shared.hours-ago", (int)age.TotalHours)
            : Time(at);
    }
}
