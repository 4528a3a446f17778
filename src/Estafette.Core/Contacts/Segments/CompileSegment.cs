using System.Data.Common;
using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Contacts.Segments;

/// <summary>How a predicate will be used.</summary>
internal enum SegmentUse
{
    /// <summary>All contacts of the customer are asked: sets are read once.</summary>
    Whole,

    /// <summary>A few thousand contacts, chosen before, are asked: each is looked up.</summary>
    Batch,
}

/// <summary>What a definition is compiled for.</summary>
/// <param name="Now">Relative dates count from here, campaigns launched at or after it do not exist.</param>
/// <param name="Indexed">Attributes with an index of their own, as (name, kind).</param>
internal sealed record SegmentScope(
    DatabaseKind Database,
    CustomerId Customer,
    TimeZoneInfo Zone,
    DateTimeOffset Now,
    SegmentUse Use,
    IReadOnlySet<(string, AttributeKind)> Indexed
);

/// <summary>A condition over contacts under the alias "c", with its parameters.</summary>
/// <param name="Selective">Part of it can be read from an index of the customer's contacts.</param>
internal sealed record SegmentPredicate(string Text, IReadOnlyList<KeyValuePair<string, object>> Parameters, bool Selective)
{
    public DbCommand AddTo(DbCommand command)
    {
        foreach (var (name, value) in Parameters)
            command.Set(name, value);
        return command;
    }
}

/// <summary>
/// Turns a resolved definition into one predicate of SQL. Every value is a parameter; the text depends only on the shape of the definition
/// (and on the names of indexed attributes, which were checked when they were chosen).
/// <para>A condition is true, false or NULL; NULL is "no". What is negated is written "(…) IS NOT TRUE", so that an absent value is "not
/// Paris" as well. An empty group holds nobody.</para>
/// </summary>
internal sealed class CompileSegment
{
    private readonly SegmentScope _scope;
    private readonly string _prefix;
    private readonly List<KeyValuePair<string, object>> _parameters = [];
    private readonly DateOnly _today;

    private CompileSegment(SegmentScope scope, string prefix)
    {
        (_scope, _prefix) = (scope, prefix);
        _today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(scope.Now, scope.Zone).DateTime);
    }

    /// <param name="prefix">Begins the names of the parameters, when several predicates stand in one statement.</param>
    public static SegmentPredicate Run(SegmentDefinition resolved, SegmentScope scope, string prefix = "s")
    {
        var compiler = new CompileSegment(scope, prefix);
        var text = compiler.Node(resolved.Root);
        var root = resolved.Root;
        var selective = root.Items.Count > 0 && (root.Any ? root.Items.All(compiler.IsSelective) : root.Items.Any(compiler.IsSelective));
        return new SegmentPredicate(text, compiler._parameters, selective);
    }

    private bool IsSelective(SegmentNode node) =>
        node is SegmentCondition c
        && (
            c.Subject is SegmentSubject.Email or SegmentSubject.Domain
            || (c.Subject == SegmentSubject.Suppressed && c.Operator == SegmentOperator.Yes)
            || (
                c.Subject == SegmentSubject.Attribute
                && _scope.Indexed.Contains((c.Key!, c.Kind))
                && c.Operator
                    is not (
                        SegmentOperator.IsNot
                        or SegmentOperator.ContainsNot
                        or SegmentOperator.Empty
                        or SegmentOperator.NotEmpty
                        or SegmentOperator.HoldsNot
                    )
            )
        );

    private string Node(SegmentNode node) =>
        node switch
        {
            SegmentGroup { Items.Count: 0 } => "(1 = 0)",
            SegmentGroup group => "(" + string.Join(group.Any ? " OR " : " AND ", group.Items.Select(Node)) + ")",
            SegmentNegation negation => Not(Node(negation.Inner)),
            _ => Condition((SegmentCondition)node),
        };

    private static string Not(string predicate) => $"({predicate} IS NOT TRUE)";

    private string Condition(SegmentCondition c) =>
        c.Subject switch
        {
            SegmentSubject.Email => Email(c),
            SegmentSubject.Domain => Domain(c),
            SegmentSubject.Phone => Text(c, Fold("c.phone")),
            SegmentSubject.FirstName => Text(c, Fold("c.first_name")),
            SegmentSubject.LastName => Text(c, Fold("c.last_name")),
            SegmentSubject.Language => Text(c, "c.language"),
            SegmentSubject.Created => Moment(c, "c.created_at"),
            SegmentSubject.Updated => Moment(c, "c.updated_at"),
            SegmentSubject.Import => Import(c),
            SegmentSubject.Attribute => Attribute(c),
            SegmentSubject.List or SegmentSubject.ListSince => List(c),
            SegmentSubject.TrackingConsent => Consent(c),
            SegmentSubject.LastActivity => LastActivity(c),
            SegmentSubject.Suppressed => Suppressed(c),
            SegmentSubject.Segment => throw new InvalidOperationException("A definition is resolved before it is compiled."),
            _ => Engagement(c),
        };

    private string Fold(string text) => AttributeSql.Fold(_scope.Database, text);

    private string Add(object value)
    {
        var name = $"@{_prefix}{_parameters.Count}";
        _parameters.Add(new(name, value));
        return name;
    }

    private string AddText(string? value) => Add(SegmentValues.Fold(value!.Trim()));

    private string AddId(string? key) => Add(long.Parse(key!, CultureInfo.InvariantCulture));

    private bool IsSqlite => _scope.Database == DatabaseKind.Sqlite;

    private string Text(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.Is => $"({value} = {AddText(c.Value)})",
            SegmentOperator.IsNot => Not($"({value} = {AddText(c.Value)})"),
            SegmentOperator.Contains => Holds(value, AddText(c.Value)),
            SegmentOperator.ContainsNot => Not(Holds(value, AddText(c.Value))),
            SegmentOperator.Starts => Starts(value, AddText(c.Value)),
            SegmentOperator.Ends => Ends(value, AddText(c.Value)),
            SegmentOperator.Empty => $"(coalesce({value}, '') = '')",
            _ => $"({value} <> '')",
        };

    private string Holds(string value, string parameter) =>
        IsSqlite ? $"(instr({value}, {parameter}) > 0)" : $"(position({parameter} in {value}) > 0)";

    private string Starts(string value, string parameter) =>
        IsSqlite ? $"(substr({value}, 1, length({parameter})) = {parameter})" : $"(left({value}, length({parameter})) = {parameter})";

    private string Ends(string value, string parameter) =>
        IsSqlite ? $"(substr({value}, -length({parameter})) = {parameter})" : $"(right({value}, length({parameter})) = {parameter})";

    /// <summary>The key is the address, and in an index; that of a contact without address begins with "tel:".</summary>
    private string Email(SegmentCondition c)
    {
        if (c.Operator is SegmentOperator.Empty or SegmentOperator.NotEmpty)
            return c.Operator == SegmentOperator.Empty
                ? "(substr(c.contact_key, 1, 4) = 'tel:')"
                : "(substr(c.contact_key, 1, 4) <> 'tel:')";
        if (c.Operator is SegmentOperator.Is or SegmentOperator.IsNot)
        {
            var key = EmailAddress.TryParse(c.Value!.Trim(), out var address, out _) ? address.Key : SegmentValues.Fold(c.Value.Trim());
            var same = $"(c.contact_key = {Add(key)})";
            return c.Operator == SegmentOperator.Is ? same : Not(same);
        }
        var negative = c.Operator == SegmentOperator.ContainsNot;
        var text = Text(negative ? c with { Operator = SegmentOperator.Contains } : c, "c.contact_key");
        text = $"({text} AND substr(c.contact_key, 1, 4) <> 'tel:')";
        return negative ? Not(text) : text;
    }

    private string Domain(SegmentCondition c)
    {
        var same = Ends("c.contact_key", Add("@" + SegmentValues.Fold(c.Value!.Trim().TrimStart('@'))));
        return c.Operator == SegmentOperator.Is ? same : Not(same);
    }

    private long Start(DateOnly day) => SegmentValues.StartOfDay(day, _scope.Zone);

    private DateOnly DaysAgo(SegmentCondition c) => _today.AddDays(-SegmentValues.Whole(c.Value));

    /// <summary>A time in milliseconds against days of the customer's zone.</summary>
    private string Moment(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.LastDays => $"({value} >= {Add(Start(DaysAgo(c)))})",
            SegmentOperator.OlderDays => $"({value} < {Add(Start(DaysAgo(c)))})",
            SegmentOperator.Before => $"({value} < {Add(Start(SegmentValues.Date(c.Value)))})",
            SegmentOperator.After => $"({value} >= {Add(Start(SegmentValues.Date(c.Value).AddDays(1)))})",
            SegmentOperator.On => Range(value, SegmentValues.Date(c.Value), SegmentValues.Date(c.Value)),
            _ => Range(value, SegmentValues.Date(c.Value), SegmentValues.Date(c.Value2)),
        };

    private string Range(string value, DateOnly first, DateOnly last) =>
        $"({value} >= {Add(Start(first))} AND {value} < {Add(Start(last.AddDays(1)))})";

    private string Import(SegmentCondition c)
    {
        var id = AddId(c.Key);
        var touched = $"(c.import_id = {id} OR c.last_import_id = {id})";
        return c.Operator == SegmentOperator.Is ? touched : Not(touched);
    }

    private string Consent(SegmentCondition c)
    {
        var same = $"(c.tracking_consent = {Add((int)Enum.Parse<TrackingConsent>(c.Value!))})";
        return c.Operator == SegmentOperator.Is ? same : Not(same);
    }

    private string Attribute(SegmentCondition c)
    {
        var indexed = _scope.Indexed.Contains((c.Key!, c.Kind));
        var place = indexed
            ? AttributeSql.Literal(_scope.Database, c.Key!)
            : Add(AttributeSql.Place(_scope.Database, c.Key!)) + (IsSqlite ? "" : "::text");
        var value = AttributeSql.Value(_scope.Database, c.Kind, place);
        if (c.Operator is SegmentOperator.Empty or SegmentOperator.NotEmpty && c.Kind != AttributeKind.Text)
            return c.Operator == SegmentOperator.Empty ? $"(({value}) IS NULL)" : $"(({value}) IS NOT NULL)";
        return c.Kind switch
        {
            AttributeKind.Number => Number(c, value),
            AttributeKind.Date => Date(c, value),
            AttributeKind.Boolean => $"(({value}) = {(c.Operator == SegmentOperator.Yes ? 1 : 0)})",
            AttributeKind.List when c.Operator == SegmentOperator.Holds => AttributeSql.Holds(_scope.Database, place, AddText(c.Value)),
            AttributeKind.List => Not(AttributeSql.Holds(_scope.Database, place, AddText(c.Value))),
            _ => Text(c, value),
        };
    }

    private string AddNumber(string? text) =>
        IsSqlite ? Add((double)SegmentValues.Number(text)) : Add(SegmentValues.Number(text)) + "::numeric";

    private string Number(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.Is => $"(({value}) = {AddNumber(c.Value)})",
            SegmentOperator.IsNot => Not($"(({value}) = {AddNumber(c.Value)})"),
            SegmentOperator.Less => $"(({value}) < {AddNumber(c.Value)})",
            SegmentOperator.AtMost => $"(({value}) <= {AddNumber(c.Value)})",
            SegmentOperator.More => $"(({value}) > {AddNumber(c.Value)})",
            SegmentOperator.AtLeast => $"(({value}) >= {AddNumber(c.Value)})",
            _ => $"(({value}) >= {AddNumber(c.Value)} AND ({value}) <= {AddNumber(c.Value2)})",
        };

    private string AddDay(DateOnly day) => Add(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>A day as text: yyyy-MM-dd stands in the order of time.</summary>
    private string Date(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.LastDays => $"(({value}) >= {AddDay(DaysAgo(c))} AND ({value}) <= {AddDay(_today)})",
            SegmentOperator.OlderDays => $"(({value}) < {AddDay(DaysAgo(c))})",
            SegmentOperator.NextDays =>
                $"(({value}) >= {AddDay(_today)} AND ({value}) <= {AddDay(_today.AddDays(SegmentValues.Whole(c.Value)))})",
            SegmentOperator.AnniversaryDays => Anniversary(c, value),
            SegmentOperator.Before => $"(({value}) < {AddDay(SegmentValues.Date(c.Value))})",
            SegmentOperator.After => $"(({value}) > {AddDay(SegmentValues.Date(c.Value))})",
            SegmentOperator.On => $"(({value}) = {AddDay(SegmentValues.Date(c.Value))})",
            _ => $"(({value}) >= {AddDay(SegmentValues.Date(c.Value))} AND ({value}) <= {AddDay(SegmentValues.Date(c.Value2))})",
        };

    /// <summary>The 29th of February is kept on the 1st of March of other years.</summary>
    private string Anniversary(SegmentCondition c, string value)
    {
        var monthDay = $"substr(({value}), 6, 5)";
        var first = _today;
        var last = _today.AddDays(SegmentValues.Whole(c.Value));
        if (last.DayNumber - first.DayNumber >= 365)
            return $"(({value}) IS NOT NULL)";
        var (from, to) = (Add(MonthDay(first)), Add(MonthDay(last)));
        var within =
            first.Year == last.Year ? $"({monthDay} >= {from} AND {monthDay} <= {to})" : $"({monthDay} >= {from} OR {monthDay} <= {to})";
        var leap = Enumerable
            .Range(0, last.DayNumber - first.DayNumber + 1)
            .Select(first.AddDays)
            .Any(d => d is { Month: 3, Day: 1 } && !DateTime.IsLeapYear(d.Year));
        return leap ? $"({within} OR {monthDay} = '02-29')" : within;

        static string MonthDay(DateOnly day) => day.ToString("MM-dd", CultureInfo.InvariantCulture);
    }

    private string LastActivity(SegmentCondition c)
    {
        const string Value = "c.last_open_day";
        string Day(DateOnly day) => Add(day.DayNumber - new DateOnly(1970, 1, 1).DayNumber);
        return c.Operator switch
        {
            SegmentOperator.Ever => $"({Value} IS NOT NULL)",
            SegmentOperator.Never => $"({Value} IS NULL)",
            SegmentOperator.LastDays => $"({Value} >= {Day(DaysAgo(c))})",
            SegmentOperator.OlderDays => $"({Value} < {Day(DaysAgo(c))})",
            SegmentOperator.Before => $"({Value} < {Day(SegmentValues.Date(c.Value))})",
            SegmentOperator.After => $"({Value} > {Day(SegmentValues.Date(c.Value))})",
            SegmentOperator.On => $"({Value} = {Day(SegmentValues.Date(c.Value))})",
            _ => $"({Value} >= {Day(SegmentValues.Date(c.Value))} AND {Value} <= {Day(SegmentValues.Date(c.Value2))})",
        };
    }

    /// <summary>Contacts of a table that meet a condition: as a set, or looked up for each contact.</summary>
    private string In(string table, string column, string condition) =>
        _scope.Use == SegmentUse.Whole
            ? $"(c.id IN (SELECT {column} FROM {table} WHERE {condition}))"
            : $"(EXISTS (SELECT 1 FROM {table} WHERE {column} = c.id AND {condition}))";

    private string List(SegmentCondition c)
    {
        var list = AddId(c.Key);
        if (c.Subject == SegmentSubject.ListSince)
            return In("subscriptions s", "s.contact_id", $"s.list_id = {list} AND s.status <> 2 AND {Moment(c, "s.created_at")}");
        var status = c.Operator switch
        {
            SegmentOperator.Confirmed => "= 1",
            SegmentOperator.Unconfirmed => "= 0",
            SegmentOperator.Unsubscribed => "= 2",
            _ => "<> 2",
        };
        var member = In("subscriptions s", "s.contact_id", $"s.list_id = {list} AND s.status {status}");
        return c.Operator == SegmentOperator.NotMember ? Not(member) : member;
    }

    private string Suppressed(SegmentCondition c)
    {
        var suppressed =
            _scope.Use == SegmentUse.Whole
                ? $"(c.contact_key IN (SELECT x.address_key FROM suppressions x WHERE x.customer_id = {_scope.Customer.Value} AND x.channel = 1))"
                : $"(EXISTS (SELECT 1 FROM suppressions x WHERE x.customer_id = {_scope.Customer.Value} AND x.channel = 1 AND x.address_key = c.contact_key))";
        return c.Operator == SegmentOperator.Yes ? suppressed : Not(suppressed);
    }

    private string Engagement(SegmentCondition c)
    {
        var did = c.Subject switch
        {
            SegmentSubject.Opened => "d.opened_at IS NOT NULL",
            SegmentSubject.Clicked => "d.clicked_at IS NOT NULL",
            SegmentSubject.Delivered => "d.sent_at IS NOT NULL AND d.status IN (2, 5)",
            _ => "d.sent_at IS NOT NULL",
        };
        const string Sent = "d.sent_at IS NOT NULL";
        switch (c.Operator)
        {
            case SegmentOperator.InCampaign or SegmentOperator.NotInCampaign:
                var campaign = $"d.campaign_id = {AddId(c.Key)}";
                return Did(c, did, campaign, c.Operator == SegmentOperator.InCampaign, Sent);
            case SegmentOperator.InLastCampaigns or SegmentOperator.NotInLastCampaigns:
                var last = $"d.campaign_id IN ({LastCampaigns(c)})";
                return Did(c, did, last, c.Operator == SegmentOperator.InLastCampaigns, Sent);
            case SegmentOperator.InDays or SegmentOperator.NotInDays:
                var recently = Deliveries($"{Since(c)} AND {did}");
                return c.Operator == SegmentOperator.InDays ? recently : Not(recently);
            default:
                var ever = Deliveries(IsTracked(c) ? $"{Own}{did}" : $"{did} AND d.campaign_id IS NOT NULL");
                return c.Operator == SegmentOperator.Ever ? ever : Not(ever);
        }
    }

    /// <summary>Who did not open, click or get a campaign is asked among those it was sent to; "not sent" among all.</summary>
    private string Did(SegmentCondition c, string did, string where, bool positive, string sent)
    {
        var done = Deliveries($"{where} AND {did}");
        if (positive)
            return done;
        return c.Subject == SegmentSubject.Sent ? Not(done) : $"({Deliveries($"{where} AND {sent}")} AND {Not(done)})";
    }

    private string Deliveries(string condition) => In("deliveries d", "d.contact_id", $"d.contact_id IS NOT NULL AND {condition}");

    /// <summary>Where the time is looked up in an index of the customer's deliveries; a contact looked up by itself is the customer's anyway.</summary>
    private string Own => _scope.Use == SegmentUse.Whole ? $"d.customer_id = {_scope.Customer.Value} AND " : "";

    private static bool IsTracked(SegmentCondition c) => c.Subject is SegmentSubject.Opened or SegmentSubject.Clicked;

    private string LastCampaigns(SegmentCondition c) =>
        $"SELECT id FROM campaigns WHERE customer_id = {_scope.Customer.Value} AND launched_at < {Add(_scope.Now.ToUnixTimeMilliseconds())} ORDER BY launched_at DESC, id DESC LIMIT {Add(SegmentValues.Whole(c.Value))}";

    private string Since(SegmentCondition c)
    {
        var since = Add(Start(DaysAgo(c)));
        var campaigns =
            $"SELECT id FROM campaigns WHERE customer_id = {_scope.Customer.Value} AND launched_at IS NOT NULL AND (finished_at IS NULL OR finished_at >= {since})";
        return c.Subject switch
        {
            SegmentSubject.Opened => $"{Own}d.opened_at >= {since}",
            SegmentSubject.Clicked => $"{Own}d.clicked_at >= {since}",
            // The time of sending has no index, since sending writes it: the campaigns of that time are read instead.
            _ when _scope.Use == SegmentUse.Whole => $"d.campaign_id IN ({campaigns}) AND d.sent_at >= {since}",
            _ => $"d.campaign_id IS NOT NULL AND d.sent_at >= {since}",
        };
    }
}
