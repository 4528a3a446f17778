using System.Text;
using System.Text.RegularExpressions;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>A field that a content may show, with a value some contact has.</summary>
public sealed record MergeFieldChoice(string Name, string Sample);

/// <summary>The fields of contacts and messages, and the attributes that the first contacts have; what an editor offers after two braces.</summary>
public static partial class ListMergeFields
{
    private const int Looked = 200;
    private const int MaxAttributes = 100;
    private const int MaxSample = 40;

    public static readonly IReadOnlyList<string> OfEveryContact = ["first_name", "last_name", "email", "phone", "language"];
    public static readonly IReadOnlyList<string> OfTheMessage = ["sender.name", "sender.email", "list.name", "campaign.name"];

    public static async Task<IReadOnlyList<MergeFieldChoice>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var contacts = await db.Of<Contact>(customer).AsNoTracking().OrderBy(c => c.ContactKey).Take(Looked).ToListAsync(ct);
        var samples = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["first_name"] = First(contacts, c => c.FirstName),
            ["last_name"] = First(contacts, c => c.LastName),
            ["email"] = First(contacts, c => c.Email),
            ["phone"] = First(contacts, c => c.Phone),
            ["language"] = First(contacts, c => c.Language),
        };
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var contact in contacts)
            Collect(contact.Attributes, attributes);
        return
        [
            .. OfEveryContact.Select(name => new MergeFieldChoice(name, samples[name])),
            .. attributes.Where(a => !samples.ContainsKey(a.Key)).Select(a => new MergeFieldChoice(a.Key, a.Value)),
            .. OfTheMessage.Select(name => new MergeFieldChoice(name, "")),
        ];
    }

    private static void Collect(string? json, SortedDictionary<string, string> found)
    {
        if (json is null)
            return;
        var data = MergeData.Create(new MergeContact(null), Encoding.UTF8.GetBytes(json), null);
        foreach (var (name, value) in data)
            if (value is string or long or double or bool && Name().IsMatch(name) && found.Count < MaxAttributes)
                found.TryAdd(name, Short(value));
    }

    private static string First(List<Contact> contacts, Func<Contact, string?> field) =>
        Short(contacts.Select(field).FirstOrDefault(value => !string.IsNullOrEmpty(value)));

    private static string Short(object? value)
    {
        var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
        return text.Length > MaxSample ? text[..MaxSample] + "…" : text;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Name();
}
