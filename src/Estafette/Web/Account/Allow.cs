using Estafette.Core.Accounts;

namespace Estafette.Web.Account;

/// <summary>The weakest role that may look at a page or endpoint, and the weakest that may post to it.</summary>
/// <remarks>Without it: a reader looks, an editor posts. <see cref="AccountRules"/> holds it before the page runs.</remarks>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AllowAttribute(UserRole read, UserRole write) : Attribute
{
    public static readonly AllowAttribute Default = new(UserRole.Reader, UserRole.Editor);

    /// <summary>One role for both.</summary>
    public AllowAttribute(UserRole role)
        : this(role, role) { }

    public UserRole Read { get; } = read;

    public UserRole Write { get; } = write;

    /// <summary>What a request with this method needs.</summary>
    public UserRole Needed(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Read : Write;
}

internal static class AllowEndpoint
{
    /// <summary>The weakest role that may call the endpoint.</summary>
    public static TBuilder WithAllow<TBuilder>(this TBuilder builder, UserRole role)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization().WithMetadata(new AllowAttribute(role));
}
