using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Deliverability;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Demo;

/// <summary>
/// A first customer to try everything with: an administrator, a thousand contacts, a template, a capture server that lets nothing leave
/// the machine, and a campaign ready to launch. Each step looks first whether its result is there, so an interrupted run is completed by the next.
/// </summary>
public static class DemoSeeder
{
    /// <summary>Who signs in to the demo.</summary>
    public const string AdministratorEmail = "admin@example.test";

    internal const string CustomerName = "Maison Alba";
    internal const string ListName = "Clients fidèles";
    internal const string ServerName = "Capture";
    private const string TemplateName = "Lettre de saison";
    private const string CampaignName = "Offre Spéciale d'Été";
    internal const string FromEmail = "bonjour@maison-alba.example.test";

    /// <summary>Fills what is missing. Returns the administrator's one-time password, or null when the administrator was there already.</summary>
    public static async Task<string?> RunAsync(IServiceProvider provider, CancellationToken ct)
    {
        await using var scope = provider.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var clock = scope.ServiceProvider.GetRequiredService<TimeProvider>();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var known = await users.FindByNameAsync(AdministratorEmail);
        var customer =
            known?.CustomerId
            ?? await db.Set<Customer>().Where(c => c.Name == CustomerName).Select(c => (CustomerId?)c.Id).FirstOrDefaultAsync(ct)
            ?? await CreateCustomer.RunAsync(new NewCustomer { Name = CustomerName }, db, clock, ct);
        var list = await AddContactsAsync(customer, db, clock, ct);
        var server = await AddServerAsync(customer, db, clock, ct);
        await AddSenderAsync(customer, db, clock, ct);
        var template = await AddTemplateAsync(customer, db, clock, ct);
        await AddCampaignAsync(customer, list, server, template, db, clock, ct);
        if (known is not null)
            return null;
        var added = await AddUser.RunAsync(
            new NewUser(customer, AdministratorEmail, UserRole.Administrator) { IsOperator = true },
            users,
            clock
        );
        return added.OneTimePassword
            ?? throw new InvalidOperationException($"The demo administrator was refused: {string.Join(", ", added.Errors)}.");
    }

    private static async Task<ListId> AddContactsAsync(CustomerId customer, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var known = await db.Of<ContactList>(customer).Where(l => l.Name == ListName).Select(l => (ListId?)l.Id).FirstOrDefaultAsync(ct);
        if (known is { } there)
            return there;
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        var list = new ContactList
        {
            CustomerId = customer,
            Name = ListName,
            Description = "Mille personnes inventées · A thousand invented people",
            CreatedAt = now,
        };
        db.Add(list);
        var contacts = DemoContacts.All().Select(person => MakeContact(customer, person, now)).ToList();
        var keys = contacts.Select(c => c.ContactKey).ToHashSet(StringComparer.Ordinal);
        var present = await db.Of<Contact>(customer).Where(c => keys.Contains(c.ContactKey)).Select(c => c.ContactKey).ToListAsync(ct);
        contacts.RemoveAll(c => present.Contains(c.ContactKey, StringComparer.Ordinal));
        db.AddRange(contacts);
        await db.SaveChangesAsync(ct);
        foreach (var contact in contacts)
        {
            var consent = new ConsentRecord
            {
                CustomerId = customer,
                ContactId = contact.Id,
                Purpose = ConsentPurpose.Tracking,
                Granted = true,
                Wording = "Jeu de démonstration : consentement réputé donné.",
                Source = "demo",
                At = now,
            };
            db.Add(consent);
            db.Add(
                new Subscription
                {
                    ListId = list.Id,
                    ContactId = contact.Id,
                    CustomerId = customer,
                    Status = SubscriptionStatus.Confirmed,
                    Source = SubscriptionSource.Demo,
                    CreatedAt = now,
                    ChangedAt = now,
                }
            );
        }
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        db.ChangeTracker.Clear();
        return list.Id;
    }

    private static Contact MakeContact(CustomerId customer, DemoContact person, DateTimeOffset now)
    {
        if (!EmailAddress.TryParse(person.Email, out var address, out var fault))
            throw new InvalidOperationException($"Demo contact {person.Email}: {fault}");
        return new Contact
        {
            CustomerId = customer,
            ContactKey = address.Key,
            Email = address.Address,
            FirstName = person.FirstName,
            LastName = person.LastName,
            Language = person.Language,
            Attributes = person.Attributes,
            TrackingConsent = TrackingConsent.Granted,
            TrackingConsentAt = now,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    private static async Task<ServerId> AddServerAsync(CustomerId customer, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var known = await db.Of<SendingServer>(customer).FirstOrDefaultAsync(s => s.Name == ServerName, ct);
        if (known is not null)
            return known.Id;
        var now = clock.GetUtcNow();
        var server = new SendingServer
        {
            CustomerId = customer,
            Name = ServerName,
            Kind = ServerKind.Capture,
            Settings = "{}",
            RateCount = 100,
            RateUnit = RateUnit.Second,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(server);
        await db.SaveChangesAsync(ct);
        return server.Id;
    }

    private static async Task AddSenderAsync(CustomerId customer, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Of<SenderIdentity>(customer).AnyAsync(s => s.Email == FromEmail, ct))
            return;
        db.Add(
            new SenderIdentity
            {
                CustomerId = customer,
                Name = CustomerName,
                Email = FromEmail,
                CreatedAt = clock.GetUtcNow(),
            }
        );
        await db.SaveChangesAsync(ct);
    }

    private static async Task<Template> AddTemplateAsync(CustomerId customer, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var known = await db.Of<Template>(customer).FirstOrDefaultAsync(t => t.Name == TemplateName, ct);
        if (known is not null)
            return known;
        var now = clock.GetUtcNow();
        var template = new Template
        {
            CustomerId = customer,
            Name = TemplateName,
            Language = "fr",
            Subject = "{{first_name}}, votre sélection d’été est arrivée",
            Preheader = "Trois idées pour la saison, et une attention pour vous.",
            Html = Resource("newsletter.html"),
            Text = Resource("newsletter.txt"),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(template);
        await db.SaveChangesAsync(ct);
        return template;
    }

    private static async Task AddCampaignAsync(
        CustomerId customer,
        ListId list,
        ServerId server,
        Template template,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AnyAsync(c => c.Name == CampaignName, ct))
            return;
        await using var write = await db.BeginWriteAsync(ct);
        var campaign = new Campaign(customer, CampaignName, clock.GetUtcNow())
        {
            FromName = CustomerName,
            FromEmail = FromEmail,
            Subject = template.Subject,
            Preheader = template.Preheader,
            Html = template.Html,
            Text = template.Text,
            FieldDefaults = """{"first_name":"Bonjour"}""",
        };
        db.Add(campaign);
        await db.SaveChangesAsync(ct);
        db.Add(
            new CampaignList
            {
                CampaignId = campaign.Id,
                ListId = list,
                CustomerId = customer,
            }
        );
        db.Add(
            new CampaignServer
            {
                CampaignId = campaign.Id,
                ServerId = server,
                CustomerId = customer,
            }
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
    }

    private static string Resource(string name)
    {
        using var stored = typeof(DemoSeeder).Assembly.GetManifestResourceStream("demo/" + name)!;
        using var reader = new StreamReader(stored, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
