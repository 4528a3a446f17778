using System.ComponentModel.DataAnnotations;
using Estafette.Core.Accounts;

namespace Estafette.Core.Tracking;

/// <summary>Where recipients reach us.</summary>
public sealed record TrackingOptions
{
    public const string Section = "Tracking";

    /// <summary>Base of pixel, link, unsubscribe and web version URLs, for customers without one of their own.</summary>
    /// <remarks>Default http://localhost:8080. Must be reachable by recipients; https in production, as RFC 8058 §3.1 demands.</remarks>
    [Required, Url]
    public string BaseUrl { get; init; } = "http://localhost:8080";
}

/// <summary>Gives the base URL of a customer's tracking links.</summary>
public sealed class TrackingUrls(TrackingOptions options)
{
    /// <summary>Without a slash at the end.</summary>
    public string BaseOf(Customer customer) => (customer.TrackingBaseUrl ?? options.BaseUrl).TrimEnd('/');
}
