using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Tracking.Journal;
using Estafette.Protocols.UserAgents;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Tracking;

/// <summary>Operating system, browser and kind of device behind user agent texts: the dimension of the figures by device.</summary>
public sealed class AgentClass
{
    /// <summary>First 63 bits of the SHA-256 of the other columns, never 0.</summary>
    public long Id { get; private set; }
    public string Os { get; private set; } = "";
    public string Browser { get; private set; } = "";
    public DeviceKind Device { get; private set; }
}

/// <summary>The user agents of a batch of events: parsed before the transaction, stored and read back inside it.</summary>
internal sealed class AgentClasses
{
    private readonly Dictionary<string, (long Agent, UserAgent Read)> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<long, long> _classes = [];

    private AgentClasses() { }

    /// <summary>Parses the texts of events that know their recipient; the others keep none.</summary>
    public static AgentClasses Read(IEnumerable<JournalEvent> events)
    {
        var read = new AgentClasses();
        foreach (var e in events)
            if (e.Purpose is TokenPurpose.Open or TokenPurpose.Click or TokenPurpose.WebVersion && e.UserAgent is { Length: > 0 } text)
                if (!read._texts.ContainsKey(text))
                    read._texts.Add(text, (HashOf(text), UserAgentParser.Parse(text)));
        return read;
    }

    /// <summary>Key of the text in user_agents; null for none.</summary>
    public long? AgentOf(string? text) => text is not null && _texts.TryGetValue(text, out var known) ? known.Agent : null;

    /// <summary>Class of the text as it is stored; 0 when nothing is known.</summary>
    public long ClassOf(string? text) => AgentOf(text) is { } agent ? _classes.GetValueOrDefault(agent) : 0;

    /// <summary>Stores what is new and reads what was stored before.</summary>
    public async ValueTask StoreAsync(WriteSession session, CancellationToken ct)
    {
        if (_texts.Count == 0)
            return;
        var (agents, classes, known) = (new JsonRows(), new JsonRows(), new HashSet<long>());
        foreach (var (text, (agent, read)) in _texts)
        {
            var id = IdOf(read);
            agents.Row(agent, text.Replace("\0", "", StringComparison.Ordinal), id);
            if (known.Add(id))
                classes.Row(id, read.Os, read.Browser, (short)read.Device);
        }
        await session.Statement("Tracking/insert-agent-classes").Set("@rows", classes.Text()).ExecuteNonQueryAsync(ct);
        await session.Statement("Tracking/insert-user-agents").Set("@rows", agents.Text()).ExecuteNonQueryAsync(ct);
        var load = session
            .Statement("Tracking/load-agent-classes")
            .Set("@ids", $"[{string.Join(',', _texts.Values.Select(t => t.Agent))}]");
        await using var reader = await load.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            _classes[reader.GetInt64(0)] = reader.GetInt64(1);
    }

    internal static long IdOf(UserAgent read)
    {
        var hash = BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{read.Os}\n{read.Browser}\n{(short)read.Device}")));
        return Math.Max(1, hash & long.MaxValue);
    }

    private static long HashOf(string text) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

internal sealed class AgentClassConfiguration : IEntityTypeConfiguration<AgentClass>
{
    public void Configure(EntityTypeBuilder<AgentClass> builder)
    {
        builder.ToTable("agent_classes").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedNever();
    }
}
