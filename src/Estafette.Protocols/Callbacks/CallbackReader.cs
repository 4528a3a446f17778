using System.Collections.Frozen;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// Reads what a provider calls us with and says whether it was the provider. Steps: bound the size, parse, check the signature or
/// password over the raw bytes, translate each event through the provider's table. Nothing a stranger sends raises an exception.
/// </summary>
/// <remarks>
/// The events of a call that is not authentic are read all the same, because a diagnostic command shows them; a door looks at
/// <see cref="CallbackResult.Accepted"/> first. Repeated calls are the caller's to recognise, by <see cref="CallbackEvent.ProviderEventId"/>.
/// </remarks>
public sealed class CallbackReader
{
    /// <summary>Largest body read, in bytes.</summary>
    public const int MaxBodyBytes = 10 * 1024 * 1024;

    /// <summary>Most events of one call; a call with more is refused whole.</summary>
    public const int MaxEvents = 10_000;

    private static readonly FrozenDictionary<string, CallbackReader> _readers = new CallbackReader[]
    {
        new("sendgrid", SendGridSignature.Refusal, SendGridEvents.Read),
        new("mailgun", MailgunSignature.Refusal, MailgunEvents.Read),
        new("postmark", BasicCredentials.Refusal, PostmarkEvents.Read),
        new("brevo", BasicCredentials.Refusal, BrevoEvents.Read),
        new("mailjet", BasicCredentials.Refusal, MailjetEvents.Read),
        new("sparkpost", BasicCredentials.Refusal, SparkPostEvents.Read),
        new("ses", SnsAuthentication.OfAmazon.Refusal, SesEvents.Read) { Sns = SnsAuthentication.OfAmazon },
        new("scaleway", SnsAuthentication.OfScaleway.Refusal, ScalewayEvents.Read) { Sns = SnsAuthentication.OfScaleway },
        new("twilio", TwilioSignature.Refusal, TwilioEvents.Read),
    }.ToFrozenDictionary(r => r.Provider, StringComparer.OrdinalIgnoreCase);

    private static readonly string TooLarge = $"The body is larger than {MaxBodyBytes} bytes.";

    private readonly Func<CallbackCall, CallbackSecret, string?> _authenticate;
    private readonly Func<CallbackCall, CallbackEventList, string?> _read;
    private SnsAuthentication? Sns { get; init; }

    private CallbackReader(
        string provider,
        Func<CallbackCall, CallbackSecret, string?> authenticate,
        Func<CallbackCall, CallbackEventList, string?> read
    )
    {
        Provider = provider;
        _authenticate = authenticate;
        _read = read;
    }

    /// <summary>Names of the providers that can be read.</summary>
    public static IReadOnlyList<string> Providers { get; } = [.. _readers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Name of the provider, lower case.</summary>
    public string Provider { get; }

    /// <summary>The reader of a provider, or null when the name is none; case does not matter.</summary>
    public static CallbackReader? For(string provider) => _readers.GetValueOrDefault(provider);

    /// <summary>Reads one call.</summary>
    /// <param name="request">The call, its body untouched.</param>
    /// <param name="secret">What the provider and we agreed on.</param>
    public CallbackResult Read(CallbackRequest request, CallbackSecret secret)
    {
        if (request.Body.Length > MaxBodyBytes)
            return new CallbackResult(Authenticated: false, TooLarge, []) { Fault = TooLarge };
        var call = CallbackCall.Open(request, isForm: Provider == "twilio");
        var doubt = secret.Values.Count == 0 ? "No secret is configured: the route is disabled." : _authenticate(call, secret);
        var events = new CallbackEventList();
        var fault = call.Fault ?? _read(call, events);
        return new CallbackResult(doubt is null, doubt ?? fault, events.Events)
        {
            Fault = fault,
            Subscription = Sns?.Subscription(call, secret),
            OneTimeToken = Provider == "mailgun" ? MailgunSignature.Token(call) : null,
        };
    }

    /// <summary>Where the certificate lies that signed this call, so that it can be fetched before <see cref="Read"/>.</summary>
    /// <returns>An https address of the provider itself; null when the call has none or it leads elsewhere.</returns>
    public Uri? CertificateUrl(CallbackRequest request) =>
        Sns is null || request.Body.Length > MaxBodyBytes ? null : Sns.CertificateUrl(CallbackCall.Open(request, isForm: false));
}
