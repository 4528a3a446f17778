using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Deliverability;

/// <summary>
/// A domain of sender addresses with its DKIM keys and what the last check found. Up to four keys: the current one, which signs; the next one,
/// which waits for its record and takes its place when that is found; the old one, of which only the public half is shown for a week; and a
/// second one (Ed25519, RFC 8463), whose signature goes beside that of the current one.
/// </summary>
public sealed class SenderDomain : ICustomerOwned
{
    /// <summary>How long the record of a replaced key should stay published: messages under way are still verified.</summary>
    public static readonly TimeSpan OldKeyStays = TimeSpan.FromDays(7);

    private const string RsaPart = "v=DKIM1; k=rsa; p=";

    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>A-label, lower case.</summary>
    public required string Domain { get; init; }
    public required string DkimSelector { get; set; }

    /// <summary>Base64 SubjectPublicKeyInfo: the p= tag of the DNS record.</summary>
    public required string DkimPublicKey { get; set; }

    /// <summary>The private key, encrypted; never shown.</summary>
    public required string DkimProtectedKey { get; set; }

    /// <summary>Messages are signed; starts when a check first finds the record.</summary>
    public bool DkimActive { get; set; }

    /// <summary>A person switched signing off: no check switches it on.</summary>
    public bool DkimStopped { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }

    public string? NextSelector { get; private set; }
    public string? NextPublicKey { get; private set; }
    public string? NextProtectedKey { get; private set; }

    public string? OldSelector { get; private set; }
    public string? OldPublicKey { get; private set; }

    /// <summary>When the record of the old key may go.</summary>
    public DateTimeOffset? OldUntil { get; private set; }

    public string? SecondSelector { get; private set; }

    /// <summary>Value of the TXT record of the second key.</summary>
    public string? SecondRecord { get; private set; }
    public string? SecondProtectedKey { get; private set; }

    /// <summary>The second key signs; starts when a check finds its record.</summary>
    public bool SecondActive { get; private set; }

    public DomainStatus MxStatus { get; private set; }
    public DomainStatus SpfStatus { get; private set; }
    public DomainStatus DkimStatus { get; private set; }
    public DomainStatus DmarcStatus { get; private set; }

    /// <summary>When it was last looked at; null when never.</summary>
    public DateTimeOffset? CheckedAt { get; private set; }

    /// <summary>When it is looked at again; null: at once.</summary>
    public DateTimeOffset? CheckDueAt { get; internal set; }

    /// <summary>What the last check found, as JSON.</summary>
    public string? Messages { get; private set; }

    /// <summary>A key waits for its record.</summary>
    public bool IsWaiting => NextSelector is not null || (!DkimActive && !DkimStopped) || (SecondSelector is not null && !SecondActive);

    internal ExpectedKey CurrentKey => new(CheckSubject.Dkim, DkimSelector, RsaRecord(DkimPublicKey));

    internal ExpectedKey? NextKey => NextSelector is null ? null : new(CheckSubject.NextKey, NextSelector, RsaRecord(NextPublicKey!));

    internal ExpectedKey? SecondKey => SecondSelector is null ? null : new(CheckSubject.SecondKey, SecondSelector, SecondRecord!);

    internal ExpectedKey? OldKey => OldSelector is null ? null : new(CheckSubject.Dkim, OldSelector, RsaRecord(OldPublicKey!));

    internal IReadOnlyList<ExpectedKey> Keys => [.. new[] { CurrentKey, NextKey, SecondKey }.OfType<ExpectedKey>()];

    /// <summary>Starts or stops signing because a person said so.</summary>
    internal void SwitchSigning(bool on) => (DkimActive, DkimStopped) = (on, !on);

    /// <summary>A new key: the next one while the current one signs, else the current one itself.</summary>
    internal void Rotate((string Selector, string PublicKey, string ProtectedKey) key)
    {
        CheckDueAt = null;
        if (DkimActive)
            (NextSelector, NextPublicKey, NextProtectedKey) = key;
        else
        {
            (DkimSelector, DkimPublicKey, DkimProtectedKey) = key;
            DkimStatus = DomainStatus.Pending;
        }
    }

    /// <summary>The next key takes the place of the current one.</summary>
    internal void UseNextKey(DateTimeOffset now)
    {
        if (NextSelector is null)
            return;
        (OldSelector, OldPublicKey, OldUntil) = (DkimSelector, DkimPublicKey, now + OldKeyStays);
        (DkimSelector, DkimPublicKey, DkimProtectedKey) = (NextSelector, NextPublicKey!, NextProtectedKey!);
        DropNextKey();
    }

    internal void DropNextKey() => (NextSelector, NextPublicKey, NextProtectedKey) = (null, null, null);

    internal void AddSecondKey(string selector, string record, string protectedKey)
    {
        (SecondSelector, SecondRecord, SecondProtectedKey, SecondActive) = (selector, record, protectedKey, false);
        CheckDueAt = null;
    }

    internal void DropSecondKey() => (SecondSelector, SecondRecord, SecondProtectedKey, SecondActive) = (null, null, null, false);

    /// <summary>
    /// Keeps what a check found and does what waited for it: signing starts, the next key is used. A status that could not be found out stays what
    /// it was. What was asked about a key that is no longer there counts for nothing.
    /// </summary>
    internal void Record(IReadOnlyList<DomainFinding> findings, IReadOnlyList<ExpectedKey> asked, DateTimeOffset now)
    {
        (CheckedAt, Messages) = (now, DomainFinding.Write(findings));
        MxStatus = Status(CheckSubject.Mx, MxStatus);
        SpfStatus = Status(CheckSubject.Spf, SpfStatus);
        DmarcStatus = Status(CheckSubject.Dmarc, DmarcStatus);
        if (asked.Contains(CurrentKey))
            DkimStatus = Status(CheckSubject.Dkim, DkimStatus);
        if (!DkimActive && !DkimStopped && asked.Contains(CurrentKey) && DkimStatus == DomainStatus.Ok)
            DkimActive = true;
        if (SecondKey is { } second && asked.Contains(second))
            SecondActive = Status(CheckSubject.SecondKey, SecondActive ? DomainStatus.Ok : DomainStatus.Pending) == DomainStatus.Ok;
        if (NextKey is { } next && asked.Contains(next) && Status(CheckSubject.NextKey, DomainStatus.Pending) == DomainStatus.Ok)
        {
            UseNextKey(now);
            DkimStatus = DomainStatus.Ok;
        }
        if (OldUntil <= now)
            (OldSelector, OldPublicKey, OldUntil) = (null, null, null);

        DomainStatus Status(CheckSubject subject, DomainStatus before) =>
            findings.FirstOrDefault(f => f.Subject == subject) is { IsUnknown: false } found ? found.Status : before;
    }

    private static string RsaRecord(string publicKey) => RsaPart + publicKey;
}

/// <summary>A From name and address that campaigns can choose.</summary>
public sealed class SenderIdentity : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public required string Email { get; set; }
    public string? ReplyTo { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SenderDomainConfiguration : IEntityTypeConfiguration<SenderDomain>, IEntityTypeConfiguration<SenderIdentity>
{
    public void Configure(EntityTypeBuilder<SenderDomain> builder)
    {
        builder.ToTable("sender_domains").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
        builder.Ignore(d => d.IsWaiting);
    }

    public void Configure(EntityTypeBuilder<SenderIdentity> builder)
    {
        builder.ToTable("sender_identities").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
    }
}
