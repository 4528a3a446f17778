using System.Security.Cryptography;
using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Api.V1;
using Estafette.Core.Accounts;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Web;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V3;

/// <summary>The door that programs written for SendGrid's v3 API know: one mail to some people.</summary>
internal static class MailSendEndpoints
{
    /// <summary>Largest body in bytes, files included.</summary>
    public const int MaxBytes = 30 * 1024 * 1024;

    private const int MaxKey = 255;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    private static readonly ApiBody Body = new(
        ApiField.Ref("from", "V3Address").Required(),
        new ApiField(
            "personalizations",
            """{"type":"array","minItems":1,"items":{"type":"object","required":["to"],"properties":{"to":{"type":"array","items":{"$ref":"#/components/schemas/V3Address"}},"cc":{"type":"array","items":{"$ref":"#/components/schemas/V3Address"}},"bcc":{"type":"array","items":{"$ref":"#/components/schemas/V3Address"}},"subject":{"type":"string"},"substitutions":{"type":"object"},"dynamic_template_data":{"type":"object"},"custom_args":{"type":"object"},"headers":{"type":"object"},"send_at":{"type":"integer"}}}}"""
        ).Required(),
        ApiField.Line("subject", MailFields.MaxSubject),
        new ApiField(
            "content",
            """{"type":"array","items":{"type":"object","required":["type","value"],"properties":{"type":{"enum":["text/plain","text/html"]},"value":{"type":"string"}}}}"""
        ),
        ApiField.Line("template_id", 200, "Number or name of a template, in the place of content"),
        ApiField.Ref("reply_to", "V3Address"),
        new ApiField("reply_to_list", """{"type":"array","items":{"$ref":"#/components/schemas/V3Address"}}"""),
        new ApiField(
            "attachments",
            """{"type":"array","items":{"type":"object","required":["content","filename"],"properties":{"content":{"type":"string","contentEncoding":"base64"},"filename":{"type":"string"},"type":{"type":"string"},"disposition":{"enum":["attachment","inline"]},"content_id":{"type":"string"}}}}"""
        ),
        ApiField.Texts("categories"),
        ApiField.Number("send_at", "Unix time before which it waits"),
        ApiField.Object("headers"),
        ApiField.Object("custom_args"),
        ApiField.Object("tracking_settings"),
        ApiField.Object("mail_settings"),
        ApiField.Object("asm")
    )
    {
        Name = "V3Mail",
    };

    public static void MapV3(this WebApplication app)
    {
        var group = app.MapGroup(V3Answers.Path).AddEndpointFilter(V1Door.CheckAsync);
        group
            .MapPost("/mail/send", SendAsync)
            .WithScope(ApiScopes.MessagesSend)
            .Describe(
                new ApiDoc("Messages", "Send single messages")
                {
                    Body = Body,
                    Statuses = [202, 200],
                    IsV3 = true,
                    MayConflict = true,
                    Remarks =
                        "In the shape of SendGrid's v3 API. The header Idempotency-Key repeats a call safely; 200 answers the sandbox mode.",
                }
            );
    }

    private static async Task<IResult> SendAsync(
        HttpContext http,
        EstafetteDb db,
        SenderPermits permits,
        AcceptMail accept,
        TimeProvider clock
    )
    {
        // More than is taken, so that a caller who sends too much hears why instead of a broken connection.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = 2 * MaxBytes;
        if (await RequestBody.BytesAsync(http, MaxBytes) is not { } body)
            return V3Answers.Error(StatusCodes.Status413PayloadTooLarge, Texts.Get("api.too-large", MaxBytes >> 20));
        var faults = new V3Faults();
        var key = KeyOf(http, body, faults);
        var read = Read(body, http.Caller(), faults, clock);
        if (read is null || faults.Any)
            return faults.Answer();
        var permit = await permits.AskAsync(read.Mail.Customer, read.Mail.From.Address, http.RequestAborted);
        if (!permit.MaySend)
            return Refusal(permit, read.Mail.From.Address.Address);
        var mail = read.Mail with { Key = key };
        if (read.TemplateId is { } template)
        {
            if (await FindAsync(mail.Customer, template, db, http.RequestAborted) is not { } found)
                return faults.AddText("template_id", "mail-template", MailFields.Printable(template)).Answer();
            var own = mail.Text.Subject.Length > 0 ? mail.Text.Subject : null;
            mail = mail with
            {
                Text = Of(found, mail.Text),
                Letters = [.. mail.Letters.Select(l => l with { Subject = l.Subject ?? own })],
            };
        }
        if (read.IsSandbox)
            return Results.StatusCode(StatusCodes.Status200OK);
        return Answer(http, await accept.RunAsync(mail, http.RequestAborted), faults);
    }

    private static IResult Answer(HttpContext http, AcceptedMailResult result, V3Faults faults)
    {
        if (result.IsKeyReused)
            return V3Answers.Error(StatusCodes.Status409Conflict, Texts.Get("api.mail-key-reused"), "Idempotency-Key");
        if (result.MessageId is not { } id)
        {
            foreach (var fault in result.Faults ?? [])
                faults.Add(fault.Part == "subject" ? "subject" : "content", fault.Message);
            return faults.Answer();
        }
        http.Response.Headers["X-Message-Id"] = id;
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static ReadMail? Read(ReadOnlyMemory<byte> body, ApiCaller caller, V3Faults faults, TimeProvider clock)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Strict);
            return new MailSendReader(faults, clock).Read(json.RootElement, caller.Customer, caller.Application);
        }
        catch (JsonException wrong)
        {
            faults.AddText(null, "json", (wrong.LineNumber ?? 0) + 1, (wrong.BytePositionInLine ?? 0) + 1);
            return null;
        }
    }

    private static CallKey? KeyOf(HttpContext http, ReadOnlyMemory<byte> body, V3Faults faults)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0)
            return null;
        if (key.Length > MaxKey || key.Any(c => c is < ' ' or > '~'))
        {
            faults.AddText("Idempotency-Key", "mail-key", MaxKey);
            return null;
        }
        return new("v3:" + key, Convert.ToHexStringLower(SHA256.HashData(body.Span)));
    }

    private static IResult Refusal(SenderPermit permit, string address)
    {
        var faults = new V3Faults();
        if (!permit.IsKnown)
            faults.AddText("from", "mail-sender", address);
        foreach (var finding in permit.Faults)
            faults.AddText("from", finding.Code, finding.Domain);
        return faults.Answer(StatusCodes.Status403Forbidden);
    }

    /// <summary>A template of the customer by its id or its name.</summary>
    private static async Task<Template?> FindAsync(CustomerId customer, string idOrName, EstafetteDb db, CancellationToken ct)
    {
        var templates = db.Of<Template>(customer).AsNoTracking();
        if (TemplateId.TryParse(idOrName, null, out var id) && await templates.SingleOrDefaultAsync(t => t.Id == id, ct) is { } known)
            return known;
        return await templates.SingleOrDefaultAsync(t => t.Name == idOrName, ct);
    }

    /// <summary>What the template says; a subject in the request comes first.</summary>
    private static MailText Of(Template template, MailText asked) =>
        asked with
        {
            Subject = template.Subject,
            Html = template.Html.Length > 0 ? template.Html : null,
            Plain = template.Text,
            Preheader = template.Preheader,
            IsTemplate = true,
        };
}
