using System.Globalization;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>How a line with merge fields reads in somebody's inbox: that of the first contact, by address, who has a first name.</summary>
public sealed class SubjectSample
{
    private readonly Dictionary<string, object?> _data;
    private readonly string _language;

    private SubjectSample(Dictionary<string, object?> data, string language) => (_data, _language) = (data, language);

    /// <summary>The contact's fields that are words or figures.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        _data
            .Where(f => f.Value is string or bool or IFormattable)
            .ToDictionary(f => f.Key, f => Convert.ToString(f.Value, CultureInfo.CurrentCulture)!, StringComparer.Ordinal);

    public static async Task<SubjectSample> LoadAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var language = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.Language).SingleAsync(ct);
        // In the order of an index, and a few, so that no customer's size matters.
        var some = await db.Of<Contact>(customer).AsNoTracking().OrderBy(c => c.ContactKey).Take(200).ToListAsync(ct);
        var contact = some.FirstOrDefault(c => !string.IsNullOrEmpty(c.FirstName)) ?? some.FirstOrDefault();
        var fields = new MergeContact(
            contact?.Email ?? "contact@example.org",
            contact?.FirstName,
            contact?.LastName,
            contact?.Phone,
            contact?.Language
        );
        return new SubjectSample(MergeData.Create(fields, Encoding.UTF8.GetBytes(contact?.Attributes ?? ""), null), language);
    }

    /// <summary>The line as the contact reads it; as it is written where it cannot be merged.</summary>
    public string Show(string? line)
    {
        if (line is null || !line.Contains("{{", StringComparison.Ordinal))
            return line ?? "";
        var template = MergeTemplate.Compile(line, MergeMode.Subject, new MergeOptions { Language = _language }, out _);
        return template?.Render(_data).Text ?? line;
    }
}
