using System.Text.Json.Serialization;
using Estafette.Api.OpenApi;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A message that a program handed over, as v1 shows it.</summary>
internal sealed record SingleMessageView(
    string Url,
    long Id,
    string To,
    string FromEmail,
    string? FromName,
    string Subject,
    string Kind,
    string State,
    DateTimeOffset Date,
    DateTimeOffset? DueDate,
    DateTimeOffset? SentDate,
    int Attempts,
    MailStatus LastStatus,
    string? ProviderId
)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MailTracking? Tracking { get; init; }

    /// <summary>Everything that happened to it; when one message is read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MessageEventView>? Events { get; init; }

    public static readonly string[] Columns =
    [
        "url",
        "id",
        "to",
        "from_email",
        "from_name",
        "subject",
        "kind",
        "state",
        "date",
        "due_date",
        "sent_date",
        "attempts",
        "last_status.status",
        "last_status.date",
        "last_status.raw_msg",
        "provider_id",
    ];
}

/// <summary>One fact of a message: an attempt with the far end's words, a report, an open or a click.</summary>
internal sealed record MessageEventView(
    DateTimeOffset Date,
    string Kind,
    string? Outcome,
    string? Server,
    string? Phase,
    int? Code,
    string? Text,
    string? Link
)
{
    public static MessageEventView Of(DeliveryFact fact) =>
        fact switch
        {
            { Attempt: { } attempt } => new(
                fact.At,
                "attempt",
                V1Words.Of(attempt.Outcome),
                fact.Server,
                V1Words.Of(attempt.Phase),
                attempt.Code,
                attempt.Text,
                null
            ),
            { Event: { } told } => new(fact.At, "report", V1Words.Of(told.Status), null, null, null, told.Text, null),
            { Tracking: { } tracked } => new(fact.At, V1Words.Of(tracked.Kind), null, null, null, null, fact.UserAgent, fact.Url),
            _ => new(fact.At, V1Words.Of(fact.Kind), null, null, null, null, null, null),
        };
}

/// <summary>Messages that programs handed over one by one: what became of them, and holding them back.</summary>
internal static class MessagesEndpoints
{
    private const string Tag = "Messages";

    public static void MapSingleMessages(this RouteGroupBuilder group)
    {
        const string one = "/messages/{id:long}";
        group
            .MapGet("/messages", ListAsync)
            .WithScope(ApiScopes.MessagesRead)
            .Describe(
                new ApiDoc(Tag, "List single messages")
                {
                    Remarks = "Those handed over by /v3/mail/send or by SMTP; the newest first.",
                    Answer = typeof(SingleMessageView),
                    IsList = true,
                    Orders = ["date"],
                    Query =
                    [
                        ApiField.Line("to", 254),
                        ApiField.Choice("last_status", V1Status.MailWords),
                        ApiField.Choice("state", V1Words.All<DeliveryStatus>()),
                    ],
                }
            );
        group
            .MapGet(one, ShowAsync)
            .WithScope(ApiScopes.MessagesRead)
            .Describe(new ApiDoc(Tag, "Read a message with everything that happened to it") { Answer = typeof(SingleMessageView) });
        group
            .MapPost(one + "/cancel", CancelAsync)
            .WithScope(ApiScopes.MessagesSend)
            .Describe(
                new ApiDoc(Tag, "Hold a message back")
                {
                    Remarks = "While it waits: planned for later, for its turn or for another try. 409 when it is on its way or over.",
                    Answer = typeof(SingleMessageView),
                    MayConflict = true,
                }
            );
    }

    private static Task<IResult> ListAsync(HttpContext http, EstafetteDb db, V1Links links)
    {
        var customer = http.Caller().Customer;
        var shape = new ListShape<DeliveryRecord>
        {
            DefaultOrder = rows => rows.OrderByDescending(d => d.Id),
            After = (rows, last) => rows.Where(d => d.Id < last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["date"] = (rows, back) => back ? rows.OrderByDescending(d => d.Id) : rows.OrderBy(d => d.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["to"] = (rows, value) =>
                    V1Addresses.KeyOf(value) is { } key ? rows.Where(d => d.Channel == Channel.Email && d.AddressKey == key) : null,
                ["last_status"] = (rows, word) =>
                {
                    var states = V1Status.MailsThatAre(word);
                    return states.Count == 0 ? null : rows.Where(d => states.Contains(d.Status));
                },
                ["state"] = (rows, word) => V1Words.Read<DeliveryStatus>(word) is { } state ? rows.Where(d => d.Status == state) : null,
            },
            Columns = SingleMessageView.Columns,
            Rows = async (rows, ct) => [.. await ViewsAsync(customer, rows, db, links, ct)],
        };
        return V1List.WriteAsync(http, ProgramMessages.Of(customer, db).AsNoTracking(), shape);
    }

    private static async Task<List<SingleMessageView>> ViewsAsync(
        CustomerId customer,
        IReadOnlyList<DeliveryRecord> rows,
        EstafetteDb db,
        V1Links links,
        CancellationToken ct
    )
    {
        var heads = await ProgramMessages.HeadsAsync(customer, [.. rows.Select(r => r.Id)], db, ct);
        var said = await MailsEndpoints.LastWordsAsync(rows, db, ct);
        return
        [
            .. rows.Select(row =>
            {
                var head = heads[row.Id];
                return new SingleMessageView(
                    links.Message(row.Id),
                    row.Id.Value,
                    row.Address,
                    head.FromEmail,
                    head.FromName,
                    head.Subject,
                    V1Words.Of(head.Kind),
                    V1Words.Of(row.Status),
                    row.CreatedAt,
                    head.Due,
                    row.SentAt,
                    row.Attempts,
                    MailsEndpoints.StatusOf(row, said.GetValueOrDefault(row.Id)),
                    row.ProviderId
                )
                {
                    Tracking = row.Tracking == DeliveryTracking.Individual ? new MailTracking(row.OpenedAt, row.ClickedAt) : null,
                };
            }),
        ];
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext http, EstafetteDb db, V1Links links)
    {
        var (customer, delivery, ct) = (http.Caller().Customer, new DeliveryId(id), http.RequestAborted);
        var rows = await ProgramMessages.Of(customer, db).AsNoTracking().Where(d => d.Id == delivery).ToListAsync(ct);
        if (rows.Count == 0 || await ShowDelivery.RunAsync(customer, delivery, db, ct) is not { } details)
            return ApiAnswers.NotFound();
        var view = (await ViewsAsync(customer, rows, db, links, ct))[0];
        return ApiAnswers.Ok(view with { Events = [.. details.Timeline.Select(MessageEventView.Of)] });
    }

    private static async Task<IResult> CancelAsync(
        long id,
        HttpContext http,
        EstafetteDb db,
        WriteQueue writes,
        V1Links links,
        TimeProvider clock
    ) =>
        await CancelProgramMessage.RunAsync(http.Caller().Actor, new(id), db, writes, clock, http.RequestAborted) switch
        {
            CancelMessageOutcome.Cancelled => await ShowAsync(id, http, db, links),
            CancelMessageOutcome.NotFound => ApiAnswers.NotFound(),
            _ => ApiAnswers.Conflict(Texts.Get("api.message-left")),
        };
}
