using System.Buffers;
using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Deliverability;
using Estafette.Inspection;
using Estafette.Protocols.Dns;
using Estafette.Web;

namespace Estafette.Api.V1;

/// <summary>Explains documents as <c>estafette inspect</c> does: one object, or an array of them.</summary>
/// <remarks>The member <c>dns</c> is not followed here: a stranger's resolver would let callers reach into the network of the installation.</remarks>
internal static class InspectEndpoints
{
    public const int MaxBatch = 1000;
    private const int AtOnce = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static void MapInspect(this RouteGroupBuilder group) =>
        group
            .MapPost("/inspect/{what}", InspectAsync)
            .WithScope(null)
            .Describe(
                new ApiDoc("Inspect", "Explain a document, or up to 1,000")
                {
                    AnswerSchema = "Inspection",
                    Body = new ApiBody { Name = "InspectionInput", Array = ApiArray.Also },
                    Remarks = "What can be inspected is told in docs/inspect.md.",
                }
            );

    private static async Task<IResult> InspectAsync(string what, HttpContext http, Inspections inspections)
    {
        if (!Inspections.Names.Contains(what, StringComparer.Ordinal))
            return ApiAnswers.NotFound();
        using var body = await RequestBody.ReadAsync(http);
        if (body.Refusal is { } refusal)
            return refusal;
        if (body.Root.ValueKind == JsonValueKind.Array)
            return body.Root.GetArrayLength() <= MaxBatch
                ? await ManyAsync(inspections, what, body.Root, http.RequestAborted)
                : ApiAnswers.Detail(StatusCodes.Status400BadRequest, Texts.Get("api.inspect-batch", MaxBatch));
        var inspected = await OneAsync(inspections, what, body.Root, http.RequestAborted);
        return inspected.Result is { } result
            ? Json(json => InspectionJson.Write(json, result))
            : ApiAnswers.Detail(StatusCodes.Status400BadRequest, inspected.Error!);
    }

    private static async Task<IResult> ManyAsync(Inspections inspections, string what, JsonElement items, CancellationToken ct)
    {
        var answers = new (byte[] Id, Inspected Inspected)[items.GetArrayLength()];
        // What computes takes one core of the server; what waits for name servers may wait together.
        var pace = new ParallelOptions { MaxDegreeOfParallelism = Inspections.Waits(what) ? AtOnce : 1, CancellationToken = ct };
        await Parallel.ForAsync(
            0,
            answers.Length,
            pace,
            async (i, stop) => answers[i] = (InspectionReader.IdOf(items[i]), await OneAsync(inspections, what, items[i], stop))
        );
        return Json(json =>
        {
            json.WriteStartArray();
            foreach (var (id, inspected) in answers)
                InspectionJson.Write(json, id, inspected);
            json.WriteEndArray();
        });
    }

    private static async Task<Inspected> OneAsync(Inspections inspections, string what, JsonElement item, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            return await inspections.RunAsync(what, InspectionReader.Read(item, what, new InspectionRequest()), limit.Token);
        }
        catch (InspectionFaultException fault)
        {
            return Inspected.Fault(fault.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Inspected.Fault($"The inspection took longer than {Limit.TotalSeconds:0} s.");
        }
    }

    private static IResult Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, InspectionJson.Line))
            write(json);
        return Results.Bytes(buffer.WrittenMemory, "application/json; charset=utf-8");
    }

    /// <summary>Inspections with the resolvers and the spam test of the installation.</summary>
    public static Inspections Create(IServiceProvider services) =>
        new(
            new InspectionSources(
                services.GetRequiredService<TimeProvider>(),
                _ => services.GetRequiredService<IDnsLookup>(),
                services.GetRequiredService<SpamScorer>
            )
        );
}
