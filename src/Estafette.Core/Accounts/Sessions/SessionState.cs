using Estafette.Core.Platform;

namespace Estafette.Core.Accounts;

/// <summary>What every request of a signed-in user needs to know, read from the database and kept for a few seconds.</summary>
public sealed record SessionState
{
    public required long SessionId { get; init; }
    public required long UserId { get; init; }

    /// <summary>The address the user signs in with.</summary>
    public required string Email { get; init; }

    /// <summary>How the user is called on screen.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The customer the user belongs to.</summary>
    public required CustomerId Home { get; init; }

    /// <summary>The customer whose data the user sees: another than <see cref="Home"/> while an operator helps.</summary>
    public required CustomerId Customer { get; init; }
    public required UserRole Role { get; init; }
    public required bool IsOperator { get; init; }
    public required string? Language { get; init; }
    public required bool MustChangePassword { get; init; }

    /// <summary>When a second factor becomes a condition; null: the user has one, or needs none.</summary>
    public required DateTimeOffset? SecondFactorDue { get; init; }

    /// <summary>Name of the customer an operator has entered.</summary>
    public string? EnteredName { get; init; }
    public DateTimeOffset? EnteredUntil { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>An operator works for another customer.</summary>
    public bool IsEntered => Customer != Home;
}
