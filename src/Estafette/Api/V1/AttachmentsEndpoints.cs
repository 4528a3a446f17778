using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Platform;
using Estafette.Web;
using Estafette.Web.Campaigns;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>An attachment as v1 shows it (interfaces §1.13).</summary>
internal sealed record AttachmentView(string Url, long Id, string Filename, string ContentType, long Size)
{
    public static readonly string[] Columns = ["url", "id", "filename", "content_type", "size"];

    public static AttachmentView Of(CampaignAttachment row, V1Links links) =>
        new(links.Attachment(row.CampaignId, row.Id), row.Id, row.Filename, row.ContentType, row.Size);
}

/// <summary>Files that go with every message of a campaign.</summary>
internal static class AttachmentsEndpoints
{
    private const string Field = "file";

    public static void MapAttachments(this RouteGroupBuilder group)
    {
        group
            .MapGet("/campaigns/{id:long}/attachments", ListAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(
                new ApiDoc("Attachments", "List the attachments of a campaign")
                {
                    Answer = typeof(AttachmentView),
                    IsList = true,
                    Query = [ApiField.Line("filename", 255)],
                }
            );
        group
            .MapPost("/campaigns/{id:long}/attachments", AddAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(
                new ApiDoc("Attachments", "Attach a file")
                {
                    Answer = typeof(AttachmentView),
                    Body = new ApiBody { Name = "AttachmentFile", IsForm = true },
                    Statuses = [201],
                    MayConflict = true,
                }
            );
        group
            .MapGet("/campaigns/{id:long}/attachments/{aid:long}", ShowAsync)
            .WithScope(ApiScopes.CampaignsRead)
            .Describe(new ApiDoc("Attachments", "Read an attachment") { Answer = typeof(AttachmentView) });
        group
            .MapDelete("/campaigns/{id:long}/attachments/{aid:long}", RemoveAsync)
            .WithScope(ApiScopes.CampaignsWrite)
            .Describe(new ApiDoc("Attachments", "Take an attachment away") { Statuses = [204], MayConflict = true });
    }

    private static async Task<IResult> ListAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        if (await CampaignView.FindAsync(customer, new(id), db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        var shape = new ListShape<CampaignAttachment>
        {
            DefaultOrder = rows => rows.OrderBy(a => a.Id),
            After = (rows, last) => rows.Where(a => a.Id > last.Id),
            Filters = new(StringComparer.Ordinal) { ["filename"] = (rows, value) => rows.Where(a => a.Filename == value) },
            Columns = AttachmentView.Columns,
            Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(a => AttachmentView.Of(a, links))]),
        };
        return await V1List.WriteAsync(http, AttachmentFiles.Of(customer, new(id), db), shape);
    }

    private static async Task<IResult> ShowAsync(long id, long aid, HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        var campaign = await CampaignView.FindAsync(customer, new(id), db, http.RequestAborted);
        var row = campaign is null
            ? null
            : await AttachmentFiles.Of(customer, campaign.Id, db).SingleOrDefaultAsync(a => a.Id == aid, http.RequestAborted);
        return row is null ? ApiAnswers.NotFound() : ApiAnswers.Ok(AttachmentView.Of(row, links));
    }

    private static async Task<IResult> AddAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        VirusScan scan,
        V1Links links,
        TimeProvider clock
    )
    {
        var caller = http.Caller();
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        var (upload, refusal) = await ReadAsync(http);
        if (upload is null)
            return refusal!;
        var added = await AddAttachment.RunAsync(caller.Actor, new(id), upload, db, scan, clock, http.RequestAborted);
        if (added.IsForbidden)
            return ApiAnswers.Detail(StatusCodes.Status403Forbidden, Texts.Get("problems.attachment-right"));
        if (added.Attachment is not { } row)
            return Refusal(added.Outcome);
        var view = AttachmentView.Of(row, links);
        return ApiAnswers.Created(http, view.Url, view);
    }

    private static async Task<IResult> RemoveAsync(long id, long aid, HttpContext http, EstafetteDb db, TimeProvider clock)
    {
        var caller = http.Caller();
        if (await CampaignView.FindAsync(caller.Customer, new(id), db, http.RequestAborted) is null)
            return ApiAnswers.NotFound();
        var outcome = await RemoveAttachment.RunAsync(caller.Actor, new(id), aid, db, clock, http.RequestAborted);
        return outcome is CampaignOutcome.Done ? Results.NoContent() : Refusal(outcome);
    }

    private static IResult Refusal(CampaignOutcome outcome)
    {
        if (outcome is not CampaignOutcome.Invalid invalid)
            return outcome switch
            {
                CampaignOutcome.NotFound => ApiAnswers.NotFound(),
                CampaignOutcome.WrongStatus => ApiAnswers.Conflict(Texts.Get("api.started")),
                _ => ApiAnswers.Conflict(ProblemWords.Of(outcome) ?? ""),
            };
        var faults = new FieldFaults();
        foreach (var problem in invalid.Problems)
            faults.Add(problem.Field, V1Problems.TextOf(problem));
        return ApiAnswers.Invalid(faults);
    }

    /// <summary>The one file of a form in parts, or the answer that refuses it.</summary>
    private static async Task<(AttachmentUpload? Upload, IResult? Refusal)> ReadAsync(HttpContext http)
    {
        var type = http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type != "multipart/form-data")
            return (null, ApiAnswers.Detail(StatusCodes.Status415UnsupportedMediaType, Texts.Get("api.media-type-form", type ?? "–")));
        if (http.Request.ContentLength > RequestBody.MaxBytes)
            return (null, ApiAnswers.Detail(StatusCodes.Status413PayloadTooLarge, Texts.Get("api.too-large", RequestBody.MaxBytes >> 20)));
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = RequestBody.MaxBytes;
        IFormFileCollection files;
        try
        {
            files = (await http.Request.ReadFormAsync(http.RequestAborted)).Files;
        }
        catch (Exception broken) when (broken is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            return (null, ApiAnswers.Detail(StatusCodes.Status400BadRequest, Texts.Get("api.form")));
        }
        if (files.GetFiles(Field) is not [var file])
            return (null, ApiAnswers.Invalid(new FieldFaults().AddText(Field, files.Count == 0 ? "required" : "one-file")));
        // A file that is too large need not be read to be refused.
        var bytes = new byte[Math.Min(file.Length, AttachmentRules.MaxFileBytes + 1)];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(bytes, http.RequestAborted);
        return (new AttachmentUpload(file.FileName, file.ContentType, bytes), null);
    }
}
