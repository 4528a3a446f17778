using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>Somebody to put into a list or to take out: by address key, or by id.</summary>
/// <param name="Place">Where it stands in the caller's own list.</param>
/// <param name="Key">The address key; null when the id is given.</param>
/// <param name="Id">The contact; null when the address is given.</param>
/// <param name="New">The fields of a contact that is not known yet.</param>
public sealed record ListMember(int Place, string? Key, ContactId? Id, ContactInput? New);

/// <summary>What became of some members: how many were put in or out, added as contacts, and left because nothing was to be done; and why others failed.</summary>
/// <param name="Failed">Place to a word: "unknown" (no such contact), "wording" (left the list; a new consent needs its wording), "limit", or the fault of a field.</param>
public sealed record MembersChanged(int Done, int Created, int Unchanged, IReadOnlyDictionary<int, KeyValuePair<string, string>> Failed);

/// <summary>
/// Puts many contacts into a list with the proof of their consent, or takes them out, by the rules of <see cref="SubscribeContact"/> and
/// <see cref="UnsubscribeContact"/>. Written in portions so that sending never waits long; when the process dies on the way, those written are in
/// the list, and the whole can be said again.
/// </summary>
public static class SubscribeContacts
{
    private const int Portion = 500;

    public static Task<MembersChanged?> RunAsync(
        CustomerId customer,
        ListId list,
        IReadOnlyList<ListMember> members,
        SubscriptionStatus status,
        ConsentProof proof,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    ) => new Change(customer, list, status, proof, erased, db, clock).RunAsync(members, ct);

    private sealed class Change(
        CustomerId customer,
        ListId list,
        SubscriptionStatus status,
        ConsentProof proof,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock
    )
    {
        private readonly Dictionary<int, KeyValuePair<string, string>> _failed = [];
        private int _done;
        private int _created;
        private int _unchanged;

        private bool IsLeaving => status == SubscriptionStatus.Unsubscribed;

        /// <summary>Null when the customer has no such list.</summary>
        public async Task<MembersChanged?> RunAsync(IReadOnlyList<ListMember> members, CancellationToken ct)
        {
            if (!await db.Of<ContactList>(customer).AnyAsync(l => l.Id == list, ct))
                return null;
            foreach (var portion in members.Chunk(Portion))
            {
                var added = await WriteAsync(portion, ct);
                db.ChangeTracker.Clear();
                // Through the queue of writes, which waits for the one above to let go.
                if (added.Count > 0)
                    await erased.SuppressAgainAsync(customer, Channel.Email, added, ct);
            }
            return new MembersChanged(_done, _created, _unchanged, _failed);
        }

        /// <returns>The keys of contacts that were added.</returns>
        private async Task<List<string>> WriteAsync(ListMember[] members, CancellationToken ct)
        {
            await using var write = await db.BeginWriteAsync(ct);
            var (keys, ids) = (
                members.Select(m => m.Key).OfType<string>().ToList(),
                members.Select(m => m.Id).OfType<ContactId>().ToList()
            );
            var known = await db.Of<Contact>(customer).Where(c => keys.Contains(c.ContactKey) || ids.Contains(c.Id)).ToListAsync(ct);
            var byKey = known.ToDictionary(c => c.ContactKey, StringComparer.Ordinal);
            var byId = known.ToDictionary(c => c.Id);
            var added = await AddAsync([.. members.Where(m => m.Key is { } key && !byKey.ContainsKey(key))], byKey, ct);
            var found = new Dictionary<ContactId, ListMember>();
            foreach (var member in members)
            {
                var contact = member.Id is { } id ? byId.GetValueOrDefault(id) : byKey.GetValueOrDefault(member.Key!);
                if (contact is null)
                    _failed.TryAdd(member.Place, new("id", "unknown"));
                else if (!found.TryAdd(contact.Id, member))
                    _unchanged++;
            }
            await SubscribeAsync(found, ct);
            await write.CommitAsync(ct);
            return added;
        }

        private async Task<List<string>> AddAsync(ListMember[] strangers, Dictionary<string, Contact> byKey, CancellationToken ct)
        {
            var added = new List<string>();
            if (IsLeaving || strangers.Length == 0)
                return added;
            var room = await ContactLimit.RoomAsync(customer, db, ct) ?? long.MaxValue;
            var (country, now) = (await CheckedContact.CountryAsync(customer, db, ct), clock.GetUtcNow());
            foreach (var stranger in strangers.Where(s => s.New is not null))
            {
                if (byKey.ContainsKey(stranger.Key!))
                    continue;
                var errors = new Dictionary<string, string>(StringComparer.Ordinal);
                // That nobody has the address is known: those who have one were read.
                var fields = CheckedContact.Check(country, stranger.New!, errors);
                if (fields is not null && room-- <= 0)
                    errors["limit"] = ContactLimit.Message;
                if (errors.Count > 0)
                {
                    _failed[stranger.Place] = errors.First();
                    continue;
                }
                var contact = new Contact
                {
                    CustomerId = customer,
                    ContactKey = fields!.Key,
                    Email = fields.Email,
                    Phone = fields.Phone,
                    FirstName = fields.FirstName,
                    LastName = fields.LastName,
                    Language = fields.Language,
                    Attributes = fields.Attributes,
                    CreatedAt = now,
                    UpdatedAt = now,
                };
                byKey[contact.ContactKey] = contact;
                added.Add(contact.ContactKey);
                db.Add(contact);
                _created++;
            }
            await db.SaveChangesAsync(ct);
            return added;
        }

        private async Task SubscribeAsync(Dictionary<ContactId, ListMember> found, CancellationToken ct)
        {
            var contacts = found.Keys.ToList();
            var rows = await db.Of<Subscription>(customer)
                .Where(s => s.ListId == list && contacts.Contains(s.ContactId))
                .ToDictionaryAsync(s => s.ContactId, ct);
            var now = clock.GetUtcNow();
            var changes = new List<(ContactId Contact, Subscription? Row, ConsentRecord Consent)>();
            foreach (var (contact, member) in found)
            {
                var row = rows.GetValueOrDefault(contact);
                if (IsLeaving ? row is null || row.Status == status : row?.Status == status)
                    _unchanged++;
                else if (!IsLeaving && SubscribeContact.NeedsWording(row, proof))
                    _failed[member.Place] = new("wording", "wording");
                else
                    changes.Add((contact, row, proof.Record(customer, contact, list, ConsentPurpose.Messages, !IsLeaving, now)));
            }
            db.AddRange(changes.Select(c => c.Consent));
            await db.SaveChangesAsync(ct);
            foreach (var (contact, row, consent) in changes)
                Put(contact, row, consent.Id, now);
            await db.SaveChangesAsync(ct);
            _done += changes.Count;
        }

        private void Put(ContactId contact, Subscription? row, long consent, DateTimeOffset now)
        {
            if (row is null)
                db.Add(
                    row = new Subscription
                    {
                        ListId = list,
                        ContactId = contact,
                        CustomerId = customer,
                        Status = status,
                        Source = proof.Source,
                        CreatedAt = now,
                        ChangedAt = now,
                    }
                );
            (row.Status, row.Source, row.ConsentId, row.ChangedAt) = (status, proof.Source, consent, now);
        }
    }
}
