using System.Collections.Frozen;
using Estafette.Core.Deliverability;
using Estafette.Protocols.Dns;

namespace Estafette.Inspection;

/// <summary>What inspections ask of the world.</summary>
/// <param name="Clock">Time of signatures.</param>
/// <param name="Dns">Who answers questions about names, given the "dns" of a request; null when that cannot be read.</param>
/// <param name="Spam">Who makes the spam test.</param>
internal sealed record InspectionSources(TimeProvider Clock, Func<string?, IDnsLookup?> Dns, Func<SpamScorer> Spam);

/// <summary>Explains one document at a time: what came back, an address, a message, a call of a provider. Safe for several threads.</summary>
internal sealed class Inspections
{
    private readonly FrozenDictionary<string, Inspector> _inspectors;

    private delegate ValueTask<Inspected> Inspector(InspectionRequest request, CancellationToken ct);

    public Inspections(InspectionSources sources)
    {
        var templates = new TemplateInspection();
        _inspectors = new Dictionary<string, Inspector>(StringComparer.Ordinal)
        {
            ["bounce"] = (r, _) => new(BounceInspection.Read(r)),
            ["address"] = (r, _) => new(ContactInspection.Address(r)),
            ["phone"] = (r, _) => new(ContactInspection.Phone(r)),
            ["useragent"] = (r, _) => new(ContactInspection.UserAgent(r)),
            ["sms"] = (r, _) => new(ContactInspection.Sms(r)),
            ["spf"] = (r, ct) => SenderInspection.SpfAsync(r, sources, ct),
            ["dkim"] = (r, ct) => SenderInspection.DkimAsync(r, sources, ct),
            ["spam"] = (r, ct) => SenderInspection.SpamAsync(r, sources, ct),
            ["html"] = (r, _) => new(ContentInspection.Html(r)),
            ["text"] = (r, _) => new(ContentInspection.Text(r)),
            ["template"] = (r, _) => new(templates.Render(r)),
            ["webhook"] = (r, _) => new(WebhookInspection.Read(r, sources.Clock)),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>What can be inspected, in the order of the documentation.</summary>
    public static IReadOnlyList<string> Names { get; } =
    ["bounce", "address", "phone", "useragent", "sms", "spf", "dkim", "spam", "html", "text", "template", "webhook"];

    /// <summary>These wait for others, so many of them can be under way at once.</summary>
    public static bool Waits(string what) => what is "spf" or "dkim" or "spam";

    /// <summary>Whether there is nothing to inspect without a document; SPF looks at options alone.</summary>
    public static bool NeedsInput(string what) => what != "spf";

    /// <summary>Inspects one document; whatever is wrong with it, or with the program, becomes the error of this one.</summary>
    public async ValueTask<Inspected> RunAsync(string what, InspectionRequest request, CancellationToken ct)
    {
        try
        {
            return await _inspectors[what](request, ct);
        }
        catch (InspectionFaultException fault)
        {
            return Inspected.Fault(fault.Message);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // One document of a million must not end the run, whatever it does to us.
            return Inspected.Fault($"Unexpected fault: {bug.GetType().Name}: {bug.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Reads the tables that an inspection needs, so that the first document does not wait for them.</summary>
    public async Task WarmUpAsync(string what)
    {
        var request = new InspectionRequest
        {
            Input = Sample(what),
            Provider = "sendgrid",
            Secret = "x",
        };
        if (!Waits(what))
            await RunAsync(what, request, CancellationToken.None);
        else if (what == "spam")
            Protocols.Spam.SpamRules.Check(request.Input, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static byte[] Sample(string what) =>
        what switch
        {
            "bounce" =>
                """
                From: MAILER-DAEMON@mx.example
                Subject: Undelivered Mail
                Content-Type: multipart/report; report-type=delivery-status; boundary=b

                --b

                The mail system
                --b
                Content-Type: message/delivery-status

                Reporting-MTA: dns; mx.example

                Final-Recipient: rfc822; a@example.org
                Action: failed
                Status: 5.1.1
                Diagnostic-Code: smtp; 550 5.1.1 unknown user
                --b--
                """u8.ToArray(),
            "address" => "Anne@exämple.org"u8.ToArray(),
            "phone" => "06 12 34 56 78"u8.ToArray(),
            "spam" => "From: a@example.org\nSubject: x\nContent-Type: text/html\n\n<p>x</p>"u8.ToArray(),
            "html" or "text" => "<style>p{color:red}</style><p>x <a href='https://example.org/'>y</a>"u8.ToArray(),
            "template" => "{{#if a}}{{a}}{{/if}}"u8.ToArray(),
            "webhook" => "[]"u8.ToArray(),
            _ => "x"u8.ToArray(),
        };
}
