namespace Estafette.Core.Contacts.Segments;

/// <summary>Conditions on messages: who was sent, got, opened or clicked something.</summary>
internal sealed class CompileEngagement(SegmentSql sql)
{
    /// <summary>The predicate of a condition on messages.</summary>
    public string Write(SegmentCondition c)
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
                var campaign = $"d.campaign_id = {sql.AddId(c.Key)}";
                return Did(c, did, campaign, c.Operator == SegmentOperator.InCampaign, Sent);
            case SegmentOperator.InLastCampaigns or SegmentOperator.NotInLastCampaigns:
                var last = $"d.campaign_id IN ({LastCampaigns(c)})";
                return Did(c, did, last, c.Operator == SegmentOperator.InLastCampaigns, Sent);
            case SegmentOperator.InDays or SegmentOperator.NotInDays:
                var recently = Deliveries($"{Since(c)} AND {did}");
                return c.Operator == SegmentOperator.InDays ? recently : SegmentSql.Not(recently);
            default:
                var ever = Deliveries(IsTracked(c) ? $"{Own}{did}" : $"{did} AND d.campaign_id IS NOT NULL");
                return c.Operator == SegmentOperator.Ever ? ever : SegmentSql.Not(ever);
        }
    }

    /// <summary>Who did not open, click or get a campaign is asked among those it was sent to; "not sent" among all.</summary>
    private string Did(SegmentCondition c, string did, string where, bool positive, string sent)
    {
        var done = Deliveries($"{where} AND {did}");
        if (positive)
            return done;
        return c.Subject == SegmentSubject.Sent
            ? SegmentSql.Not(done)
            : $"({Deliveries($"{where} AND {sent}")} AND {SegmentSql.Not(done)})";
    }

    private string Deliveries(string condition) => sql.In("deliveries d", "d.contact_id", $"d.contact_id IS NOT NULL AND {condition}");

    /// <summary>Where the time is looked up in an index of the customer's deliveries; a contact looked up by itself is the customer's anyway.</summary>
    private string Own => sql.Scope.Use == SegmentUse.Whole ? $"d.customer_id = {sql.Scope.Customer.Value} AND " : "";

    private static bool IsTracked(SegmentCondition c) => c.Subject is SegmentSubject.Opened or SegmentSubject.Clicked;

    private string LastCampaigns(SegmentCondition c) =>
        $"SELECT id FROM campaigns WHERE customer_id = {sql.Scope.Customer.Value} AND launched_at < {sql.Add(sql.Scope.Now.ToUnixTimeMilliseconds())} ORDER BY launched_at DESC, id DESC LIMIT {sql.Add(SegmentValues.Whole(c.Value))}";

    private string Since(SegmentCondition c)
    {
        var since = sql.Add(sql.Start(sql.DaysAgo(c)));
        var campaigns =
            $"SELECT id FROM campaigns WHERE customer_id = {sql.Scope.Customer.Value} AND launched_at IS NOT NULL AND (finished_at IS NULL OR finished_at >= {since})";
        return c.Subject switch
        {
            SegmentSubject.Opened => $"{Own}d.opened_at >= {since}",
            SegmentSubject.Clicked => $"{Own}d.clicked_at >= {since}",
            // The time of sending has no index, since sending writes it: the campaigns of that time are read instead.
            _ when sql.Scope.Use == SegmentUse.Whole => $"d.campaign_id IN ({campaigns}) AND d.sent_at >= {since}",
            _ => $"d.campaign_id IS NOT NULL AND d.sent_at >= {since}",
        };
    }
}
