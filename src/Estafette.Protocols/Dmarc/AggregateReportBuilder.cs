using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;

namespace Estafette.Protocols.Dmarc;

/// <summary>Puts a report together as its elements begin and end.</summary>
internal sealed class AggregateReportBuilder
{
    /// <summary>Rows at most.</summary>
    public const int MaxRows = 100_000;

    private const int MaxText = 1000;
    private const int MaxParts = 20;
    private const int MaxErrors = 100;

    private readonly StringBuilder _text = new();
    private readonly char[] _piece = new char[1024];
    private readonly List<AggregateRow> _rows = [];
    private readonly List<string> _errors = [];
    private AggregateReport _report = new();
    private AggregatePolicy _policy = new();
    private AggregateRow _row = new();
    private List<AggregateReason> _reasons = [];
    private List<AggregateSignature> _signatures = [];
    private List<AggregateSpf> _checks = [];
    private Dictionary<string, string> _part = [];

    /// <summary>Whether it says who reports, or which domain it is about.</summary>
    public bool HasMetadata => _report.Organization.Length + _report.ReportId.Length + _policy.Domain.Length > 0;

    public bool IsFull => _rows.Count > MaxRows;

    public AggregateReport Build() => _report with { Errors = _errors, Policy = _policy, Rows = _rows };

    public void Begin(string name, string parent)
    {
        _text.Clear();
        if (name == "record")
        {
            _row = new AggregateRow();
            (_reasons, _signatures, _checks) = ([], [], []);
        }
        else if (IsPart(name, parent))
        {
            _part = new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }

    public void AddText(XmlReader xml)
    {
        int read;
        while ((read = xml.ReadValueChunk(_piece, 0, _piece.Length)) > 0)
            _text.Append(_piece, 0, Math.Min(read, Math.Max(0, MaxText - _text.Length)));
    }

    public void End(string name, string parent)
    {
        var text = _text.ToString().Trim();
        _text.Clear();
        switch (parent)
        {
            case "report_metadata" or "date_range":
                SetMetadata(name, text);
                break;
            case "policy_published":
                SetPolicy(name, text);
                break;
            case "row" or "policy_evaluated" or "identifiers" or "identities" when !IsPart(name, parent):
                SetRow(name, text);
                break;
            case "reason" or "dkim" or "spf" when _part.Count < MaxParts:
                _part.TryAdd(name, text);
                break;
        }
        if (IsPart(name, parent))
            AddPart(name);
        else if (name == "record")
            _rows.Add(_row with { Reasons = _reasons, Signatures = _signatures, Spf = _checks });
    }

    private static bool IsPart(string name, string parent) =>
        (name == "reason" && parent == "policy_evaluated") || (name is "dkim" or "spf" && parent == "auth_results");

    private void AddPart(string name)
    {
        if (name == "reason" && _reasons.Count < MaxParts)
            _reasons.Add(new AggregateReason(Lower("type"), Part("comment")));
        else if (name == "dkim" && _signatures.Count < MaxParts)
            _signatures.Add(new AggregateSignature(Lower("domain"), Part("selector"), Lower("result"), Part("human_result")));
        else if (name == "spf" && _checks.Count < MaxParts)
            _checks.Add(new AggregateSpf(Lower("domain"), Lower("scope"), Lower("result")));
    }

    private string Part(string name) => _part.GetValueOrDefault(name, "");

    private string Lower(string name) => Part(name).ToLowerInvariant();

    private void SetMetadata(string name, string text)
    {
        if (name == "error" && _errors.Count < MaxErrors)
            _errors.Add(text);
        _report = name switch
        {
            "org_name" => _report with { Organization = text },
            "email" => _report with { Email = text },
            "extra_contact_info" => _report with { ExtraContact = text },
            "report_id" => _report with { ReportId = text },
            "begin" => _report with { Begin = Time(text) },
            "end" => _report with { End = Time(text) },
            _ => _report,
        };
    }

    private void SetPolicy(string name, string text) =>
        _policy = name switch
        {
            "domain" => _policy with { Domain = text.ToLowerInvariant() },
            "p" => _policy with { Policy = DmarcRecordReader.ActionOf(text) },
            "sp" => _policy with { SubdomainPolicy = DmarcRecordReader.ActionOf(text) },
            "adkim" => _policy with { DkimAlignment = Alignment(text) },
            "aspf" => _policy with { SpfAlignment = Alignment(text) },
            "pct" => _policy with { Percent = (int)Math.Min(100, Number(text) ?? 100) },
            _ => _policy,
        };

    private void SetRow(string name, string text) =>
        _row = name switch
        {
            "source_ip" => _row with { Source = IPAddress.TryParse(text, out var address) ? address : null },
            "count" => _row with { Count = Math.Min(Number(text) ?? 0, int.MaxValue) },
            "disposition" => _row with { Disposition = DmarcRecordReader.ActionOf(text) },
            "dkim" => _row with { DkimAligned = IsPass(text) },
            "spf" => _row with { SpfAligned = IsPass(text) },
            "header_from" => _row with { HeaderFrom = text.ToLowerInvariant() },
            "envelope_from" => _row with { EnvelopeFrom = text.ToLowerInvariant() },
            "envelope_to" => _row with { EnvelopeTo = text.ToLowerInvariant() },
            _ => _row,
        };

    private static bool IsPass(string text) => text.Equals("pass", StringComparison.OrdinalIgnoreCase);

    private static DmarcAlignment Alignment(string text) => text is "s" or "S" ? DmarcAlignment.Strict : DmarcAlignment.Relaxed;

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Seconds since 1970; up to the year 9999.
    private static DateTimeOffset? Time(string text) =>
        Number(text) is { } seconds and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
