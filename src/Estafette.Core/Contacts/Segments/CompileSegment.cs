using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Contacts.Segments;

/// <summary>
/// Turns a resolved definition into one predicate of SQL. Every value is a parameter; the text depends only on the shape of the definition
/// (and on the names of indexed attributes, which were checked when they were chosen).
/// <para>A condition is true, false or NULL; NULL is "no". What is negated is written "(…) IS NOT TRUE", so that an absent value is "not
/// Paris" as well. An empty group holds nobody.</para>
/// </summary>
internal sealed class CompileSegment
{
    private readonly SegmentSql _sql;
    private readonly CompileAttribute _attributes;
    private readonly CompileEngagement _engagement;

    /// <summary>Names are read from their index: it is made for one look at all contacts, and its expression is that of SQLite.</summary>
    private readonly bool _namesIndexed;

    private CompileSegment(SegmentGroup root, SegmentScope scope, string prefix)
    {
        _namesIndexed = scope is { Database: DatabaseKind.Sqlite, Use: SegmentUse.Whole };
        // Where an index leaves few contacts, each is looked up in lists and messages; PostgreSQL sees that for itself.
        var few = scope.Database == DatabaseKind.Sqlite && !root.Any && root.Items.Any(node => IsNarrow(node, scope));
        _sql = new SegmentSql(few ? scope with { Use = SegmentUse.Batch } : scope, prefix);
        (_attributes, _engagement) = (new CompileAttribute(_sql), new CompileEngagement(_sql));
    }

    /// <param name="prefix">Begins the names of the parameters, when several predicates stand in one statement.</param>
    public static SegmentPredicate Run(SegmentDefinition resolved, SegmentScope scope, string prefix = "s")
    {
        var root = resolved.Root;
        var compiler = new CompileSegment(root, scope, prefix);
        var text = compiler.Node(root);
        var selective =
            root.Items.Count > 0
            && !(root.Any && root.Items.Count(compiler.IsRead) > 1)
            && (root.Any ? root.Items.All(n => compiler.IsSelective(n, scope)) : root.Items.Any(n => compiler.IsSelective(n, scope)));
        return new SegmentPredicate(text, compiler._sql.Parameters, selective);
    }

    /// <summary>Part of the condition can be read from an index of the customer's contacts.</summary>
    private bool IsSelective(SegmentNode node, SegmentScope scope) =>
        IsNarrow(node, scope)
        || node
            is SegmentCondition { Subject: SegmentSubject.Email or SegmentSubject.Domain }
                or SegmentCondition { Subject: SegmentSubject.Suppressed, Operator: SegmentOperator.Yes }
        || (_namesIndexed && IsIndexedName(node));

    /// <summary>An index leaves few contacts.</summary>
    private static bool IsNarrow(SegmentNode node, SegmentScope scope) =>
        node is SegmentCondition { Subject: SegmentSubject.Attribute } c
        && scope.Indexed.Contains((c.Key!, c.Kind))
        && c.Operator
            is not (
                SegmentOperator.IsNot
                or SegmentOperator.ContainsNot
                or SegmentOperator.Empty
                or SegmentOperator.NotEmpty
                or SegmentOperator.HoldsNot
            );

    private static bool IsIndexedName(SegmentNode node) =>
        node
            is SegmentCondition
            {
                Subject: SegmentSubject.FirstName or SegmentSubject.LastName,
                Operator: SegmentOperator.Is or SegmentOperator.Starts,
            };

    private string Node(SegmentNode node) =>
        node switch
        {
            SegmentGroup { Items.Count: 0 } => "(1 = 0)",
            SegmentGroup { Any: true } group => $"({string.Join(" OR ", Alternatives(group))})",
            SegmentGroup group => $"({string.Join(" AND ", group.Items.Select(Node))})",
            SegmentNegation negation => SegmentSql.Not(Node(negation.Inner)),
            _ => Condition((SegmentCondition)node),
        };

    /// <summary>
    /// SQLite reads one index of a table at a time: alternatives that have indexes of their own are read as sets of contacts, and the sets joined.
    /// </summary>
    private IEnumerable<string> Alternatives(SegmentGroup group)
    {
        var indexed = group.Items.Where(IsRead).ToList();
        if (indexed.Count < 2)
            return group.Items.Select(Node);
        var sets = indexed.Select(n => $"SELECT c.id FROM contacts c WHERE c.customer_id = {_sql.Scope.Customer.Value} AND {Node(n)}");
        return group.Items.Except(indexed).Select(Node).Prepend($"c.id IN ({string.Join(" UNION ", sets)})");
    }

    private bool IsRead(SegmentNode node) => _sql.IsSqlite && _sql.Scope.Use == SegmentUse.Whole && IsNarrow(node, _sql.Scope);

    private string Condition(SegmentCondition c) =>
        c.Subject switch
        {
            SegmentSubject.Email => Email(c),
            SegmentSubject.Domain => Domain(c),
            SegmentSubject.Phone => _sql.Text(c, _sql.Fold("c.phone")),
            SegmentSubject.FirstName => Name(c, "c.first_name", ContactSearch.FirstName(_sql.Scope.Database)),
            SegmentSubject.LastName => Name(c, "c.last_name", ContactSearch.LastName(_sql.Scope.Database)),
            SegmentSubject.Language => _sql.Text(c, "c.language"),
            SegmentSubject.Created => _sql.Moment(c, "c.created_at"),
            SegmentSubject.Updated => _sql.Moment(c, "c.updated_at"),
            SegmentSubject.Import => Import(c),
            SegmentSubject.Attribute => _attributes.Write(c),
            SegmentSubject.List or SegmentSubject.ListSince => List(c),
            SegmentSubject.TrackingConsent => Consent(c),
            SegmentSubject.LastActivity => LastActivity(c),
            SegmentSubject.Suppressed => Suppressed(c),
            SegmentSubject.Segment => throw new InvalidOperationException("A definition is resolved before it is compiled."),
            _ => _engagement.Write(c),
        };

    /// <summary>Names are compared without regard to case and accents, as searches do.</summary>
    private string Name(SegmentCondition c, string column, string folded)
    {
        c = c with { Value = c.Value is { } wanted ? FoldedText.Of(wanted.Trim()) : null };
        if (!_namesIndexed || !IsIndexedName(c))
            return _sql.Text(c, folded);
        var text = _sql.AddText(c.Value);
        return c.Operator == SegmentOperator.Is
            ? $"({column} IS NOT NULL AND {folded} = {text})"
            : $"({column} IS NOT NULL AND {folded} >= {text} AND {folded} < {text} || char(1114111))";
    }

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
            var same = $"(c.contact_key = {_sql.Add(key)})";
            return c.Operator == SegmentOperator.Is ? same : SegmentSql.Not(same);
        }
        var negative = c.Operator == SegmentOperator.ContainsNot;
        var text = _sql.Text(negative ? c with { Operator = SegmentOperator.Contains } : c, "c.contact_key");
        text = $"({text} AND substr(c.contact_key, 1, 4) <> 'tel:')";
        return negative ? SegmentSql.Not(text) : text;
    }

    private string Domain(SegmentCondition c)
    {
        var same = _sql.Ends("c.contact_key", _sql.Add("@" + SegmentValues.Fold(c.Value!.Trim().TrimStart('@'))));
        return c.Operator == SegmentOperator.Is ? same : SegmentSql.Not(same);
    }

    private string Import(SegmentCondition c)
    {
        var id = _sql.AddId(c.Key);
        var touched = $"(c.import_id = {id} OR c.last_import_id = {id})";
        return c.Operator == SegmentOperator.Is ? touched : SegmentSql.Not(touched);
    }

    private string Consent(SegmentCondition c)
    {
        var same = $"(c.tracking_consent = {_sql.Add((int)Enum.Parse<TrackingConsent>(c.Value!))})";
        return c.Operator == SegmentOperator.Is ? same : SegmentSql.Not(same);
    }

    private string LastActivity(SegmentCondition c)
    {
        const string Value = "c.last_open_day";
        string Day(DateOnly day) => _sql.Add(day.DayNumber - new DateOnly(1970, 1, 1).DayNumber);
        return c.Operator switch
        {
            SegmentOperator.Ever => $"({Value} IS NOT NULL)",
            SegmentOperator.Never => $"({Value} IS NULL)",
            SegmentOperator.LastDays => $"({Value} >= {Day(_sql.DaysAgo(c))})",
            SegmentOperator.OlderDays => $"({Value} < {Day(_sql.DaysAgo(c))})",
            SegmentOperator.Before => $"({Value} < {Day(SegmentValues.Date(c.Value))})",
            SegmentOperator.After => $"({Value} > {Day(SegmentValues.Date(c.Value))})",
            SegmentOperator.On => $"({Value} = {Day(SegmentValues.Date(c.Value))})",
            _ => $"({Value} >= {Day(SegmentValues.Date(c.Value))} AND {Value} <= {Day(SegmentValues.Date(c.Value2))})",
        };
    }

    private string List(SegmentCondition c)
    {
        var list = _sql.AddId(c.Key);
        if (c.Subject == SegmentSubject.ListSince)
            return _sql.In("subscriptions s", "s.contact_id", $"s.list_id = {list} AND s.status <> 2 AND {_sql.Moment(c, "s.created_at")}");
        var status = c.Operator switch
        {
            SegmentOperator.Confirmed => "= 1",
            SegmentOperator.Unconfirmed => "= 0",
            SegmentOperator.Unsubscribed => "= 2",
            _ => "<> 2",
        };
        var member = _sql.In("subscriptions s", "s.contact_id", $"s.list_id = {list} AND s.status {status}");
        return c.Operator == SegmentOperator.NotMember ? SegmentSql.Not(member) : member;
    }

    private string Suppressed(SegmentCondition c)
    {
        var suppressed =
            _sql.Scope.Use == SegmentUse.Whole
                ? $"(c.contact_key IN (SELECT x.address_key FROM suppressions x WHERE x.customer_id = {_sql.Scope.Customer.Value} AND x.channel = 1))"
                : $"(EXISTS (SELECT 1 FROM suppressions x WHERE x.customer_id = {_sql.Scope.Customer.Value} AND x.channel = 1 AND x.address_key = c.contact_key))";
        return c.Operator == SegmentOperator.Yes ? suppressed : SegmentSql.Not(suppressed);
    }
}
