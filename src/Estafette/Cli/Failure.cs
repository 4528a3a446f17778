using System.Net.Sockets;
using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Connections;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Estafette.Cli;

/// <summary>Turns what stopped a command into one sentence and an exit code.</summary>
internal static class Failure
{
    private const int NoSpaceLeft = 28;
    private const int SqliteFull = 13;
    private const int SqliteNotADatabase = 26;
    private const int SqliteCorrupt = 11;
    private const int SqliteReadOnly = 8;
    private const int SqliteCannotOpen = 14;

    public static (string Message, int ExitCode) Describe(Exception failure) =>
        failure switch
        {
            CommandException known => (known.Message, known.ExitCode),
            InvalidSettingsException wrong => (wrong.Message, ExitCode.Settings),
            DataDirectoryInUseException busy => (busy.Message, ExitCode.Busy),
            DatabaseInUseException busy => (busy.Message, ExitCode.Busy),
            BackupException told => (told.Message, ExitCode.Failed),
            OperationCanceledException => ("Interrupted.", ExitCode.Interrupted),
            AggregateException { InnerExceptions: [var only] } => Describe(only),
            DbUpdateException { InnerException: { } inner } => Describe(inner),
            _ => (Infrastructure(failure) ?? Unexpected(failure), ExitCode.Failed),
        };

    private static string? Infrastructure(Exception failure) =>
        failure switch
        {
            IOException { InnerException: AddressInUseException } taken =>
                $"{Sentence(taken.Message)} Another program listens there; choose another port with --urls http://127.0.0.1:PORT.",
            IOException { HResult: NoSpaceLeft } =>
                $"The disk is full: {Sentence(failure.Message)} Free some space and run the command again.",
            SqliteException { SqliteErrorCode: SqliteFull } =>
                "The disk with the database is full. Free some space and run the command again.",
            SqliteException { SqliteErrorCode: SqliteNotADatabase or SqliteCorrupt } broken =>
                $"The database file is damaged or no database: {Sentence(broken.Message)} Restore a backup into an empty directory.",
            SqliteException { SqliteErrorCode: SqliteReadOnly or SqliteCannotOpen } closed =>
                $"The database file cannot be opened for writing: {Sentence(closed.Message)} Check owner and rights of the data directory.",
            PostgresException refused =>
                $"PostgreSQL refused: {refused.SqlState} {Sentence(refused.MessageText)} See Database:ConnectionString.",
            NpgsqlException or SocketException =>
                $"The PostgreSQL database cannot be reached: {Sentence(failure.Message)} See Database:ConnectionString.",
            CryptographicException { Message: var about } when about.Contains("key ring", StringComparison.Ordinal) =>
                "The secrets in the database were encrypted with other keys than those in the folder 'keys' of this data directory. Use the data directory the database was made with, or copy its folder 'keys' here.",
            UnauthorizedAccessException or IOException => Sentence(failure.Message),
            InvalidOperationException { Source: "Estafette.Core" } told => Sentence(told.Message),
            _ => null,
        };

    private static string Unexpected(Exception failure) =>
        $"Unexpected fault: {failure.GetType().Name}: {Sentence(failure.Message)} Run the command with --verbose for its details.";

    private static string Sentence(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.EndsWith('.') ? line : line + ".";
    }
}
