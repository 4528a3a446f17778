using System.Diagnostics;
using System.Globalization;
using Estafette.Testing;
using Microsoft.Data.Sqlite;

namespace Estafette.Benchmarks.Import;

/// <summary>
/// The bound of imports into SQLite: rows made in memory go into a table with a unique address and into one of subscriptions, sorted, with
/// one commit for 25,000, as durable as ours. Nothing is read, checked or looked up.
/// </summary>
internal static class BareSqlite
{
    private const int Batch = 25_000;

    /// <summary>Contacts stored per second.</summary>
    public static double Measure(int count)
    {
        using var directory = new TemporaryDirectory();
        using var db = new SqliteConnection($"Data Source={directory.File("bare.db")};Pooling=False");
        db.Open();
        Execute(
            db,
            """
            PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=16000;
            CREATE TABLE contacts (id INTEGER PRIMARY KEY, customer_id INTEGER, contact_key TEXT, email TEXT, first_name TEXT, last_name TEXT,
              language TEXT, attributes TEXT, created_at INTEGER, updated_at INTEGER);
            CREATE UNIQUE INDEX ux_contacts ON contacts(customer_id, contact_key);
            CREATE TABLE subscriptions (list_id INTEGER, contact_id INTEGER, customer_id INTEGER, status INTEGER, created_at INTEGER,
              PRIMARY KEY (list_id, contact_id)) WITHOUT ROWID;
            CREATE INDEX ix_subscriptions ON subscriptions(contact_id)
            """
        );
        using var contact = db.CreateCommand();
        contact.CommandText =
            "INSERT INTO contacts (customer_id, contact_key, email, first_name, last_name, language, attributes, created_at, updated_at) VALUES (1, $key, $key, $first, $last, 'fr', $attributes, 0, 0)";
        string[] names = ["$key", "$first", "$last", "$attributes"];
        foreach (var name in names)
            contact.Parameters.Add(name, SqliteType.Text);
        contact.Prepare();
        using var subscription = db.CreateCommand();
        subscription.CommandText = "INSERT INTO subscriptions VALUES (1, last_insert_rowid(), 1, 1, 0)";
        subscription.Prepare();
        var began = Stopwatch.GetTimestamp();
        for (var from = 0; from < count; from += Batch)
        {
            using var transaction = db.BeginTransaction();
            (contact.Transaction, subscription.Transaction) = (transaction, transaction);
            foreach (var (key, i) in Enumerable.Range(from, Math.Min(Batch, count - from)).Select(i => (Key(i), i)).Order())
            {
                contact.Parameters[0].Value = key;
                contact.Parameters[1].Value = $"Prénom{i}";
                contact.Parameters[2].Value = $"Nom{i}";
                contact.Parameters[3].Value = string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"ville":"Ville {{i % 100}}","points":{{i % 1000}}}"""
                );
                contact.ExecuteNonQuery();
                subscription.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static string Key(int i)
    {
        var id = (i * 2654435761L) % 4294967296L;
        return string.Create(CultureInfo.InvariantCulture, $"contact{id}@domaine{id % 1000}.test");
    }

    private static void Execute(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
