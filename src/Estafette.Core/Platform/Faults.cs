using System.Diagnostics.CodeAnalysis;

namespace Estafette.Core.Platform;

/// <summary>What is wrong with an input: field to messages, all at once.</summary>
public sealed class Faults
{
    private readonly SortedDictionary<string, List<string>> _byField = new(StringComparer.Ordinal);

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => _byField.Count > 0;

    /// <summary>Adds a message about a field; the empty field stands for the whole input.</summary>
    public void Add(string field, string message)
    {
        if (!_byField.TryGetValue(field, out var messages))
            _byField[field] = messages = [];
        messages.Add(message);
    }

    /// <summary>Adds the message when the condition does not hold.</summary>
    public void Require(bool condition, string field, string message)
    {
        if (!condition)
            Add(field, message);
    }

    /// <summary>Field to messages.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> ByField =>
        _byField.ToDictionary(f => f.Key, f => (IReadOnlyList<string>)f.Value, StringComparer.Ordinal);

    public override string ToString() => string.Join(' ', _byField.Select(f => $"{f.Key}: {string.Join(' ', f.Value)}"));
}

/// <summary>The result of a use case that may find its input wrong or its object missing.</summary>
public readonly struct Outcome<T>
{
    private Outcome(T? value, Faults? faults, bool ok) => (Value, Faults, Ok) = (value, faults, ok);

    /// <summary>It was done.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Ok { get; }

    /// <summary>What it gave.</summary>
    public T? Value { get; }

    /// <summary>What is wrong with the input; null when it was done or the object does not exist.</summary>
    public Faults? Faults { get; }

    /// <summary>The object does not exist, or belongs to another customer.</summary>
    public bool NotFound => !Ok && Faults is null;

    public static implicit operator Outcome<T>(T value) => new(value, null, true);

    public static implicit operator Outcome<T>(Faults faults) => new(default, faults, false);

    public static Outcome<T> Missing => default;
}
