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
    ];
}

/// <summary>Who calls the API: proved by a key.</summary>
public sealed record ApiCaller(Platform.CustomerId Customer, long KeyId, string KeyName, IReadOnlySet<string> Scopes)
{
    /// <summary>Whether the key has the scope.</summary>
    public bool May(string scope) => Scopes.Contains(scope) || Scopes.Contains(ApiScopes.Everything);

    /// <summary>How the caller appears in the audit log.</summary>
    public Actor Actor => new(Customer, "key:" + KeyName);
}
