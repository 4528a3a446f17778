namespace Estafette.Core.Accounts;

/// <summary>What a key of the API may do; a key has a set of them.</summary>
public static class ApiScopes
{
    /// <summary>All scopes: of keys from before there were scopes.</summary>
    public const string Everything = "*";

    public const string CampaignsRead = "campaigns:read";
    public const string CampaignsWrite = "campaigns:write";
    public const string CampaignsSend = "campaigns:send";
    public const string ContactsRead = "contacts:read";
    public const string ContactsWrite = "contacts:write";
    public const string ListsRead = "lists:read";
    public const string ListsWrite = "lists:write";
    public const string TemplatesRead = "templates:read";
    public const string TemplatesWrite = "templates:write";
    public const string MessagesRead = "messages:read";
    public const string MessagesSend = "messages:send";
    public const string ServersRead = "servers:read";
    public const string ServersWrite = "servers:write";
    public const string StatisticsRead = "statistics:read";
    public const string SuppressionsRead = "suppressions:read";
    public const string SuppressionsWrite = "suppressions:write";
    public const string WebhooksManage = "webhooks:manage";

    public const string DomainsRead = "domains:read";
    public const string DomainsWrite = "domains:write";
    public const string SegmentsRead = "segments:read";
    public const string SegmentsWrite = "segments:write";

    /// <summary>The scopes of a stored row.</summary>
    internal static IReadOnlySet<string> Read(string stored) =>
        stored.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    /// <summary>Every scope, in the order of the page.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        CampaignsRead,
        CampaignsWrite,
        CampaignsSend,
        ContactsRead,
        ContactsWrite,
        ListsRead,
        ListsWrite,
        TemplatesRead,
        TemplatesWrite,
        MessagesRead,
        MessagesSend,
        ServersRead,
        ServersWrite,
        StatisticsRead,
        SuppressionsRead,
        SuppressionsWrite,
        WebhooksManage,
        DomainsRead,
        DomainsWrite,
        SegmentsRead,
        SegmentsWrite,
    ];
}

/// <summary>Who calls the API: proved by a key or a certificate.</summary>
/// <param name="Customer">Whose data it sees.</param>
/// <param name="Application">What is counted and limited: "key:12", "cert:5".</param>
/// <param name="Name">What people called it.</param>
/// <param name="Scopes">What it may do.</param>
public sealed record ApiCaller(Platform.CustomerId Customer, string Application, string Name, IReadOnlySet<string> Scopes)
{
    /// <summary>Whether the caller has the scope.</summary>
    public bool May(string scope) => Scopes.Contains(scope) || Scopes.Contains(ApiScopes.Everything);

    /// <summary>How the caller appears in the audit log.</summary>
    public Actor Actor => new(Customer, "api:" + Name);
}
