using System.Security.Cryptography;
using System.Text;

namespace Estafette.Core.Contacts.Import;

/// <summary>Digests of column names and choices.</summary>
internal static class HeaderHash
{
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The same for files whose columns have the same names in the same order; null for files without names.</summary>
    public static string? Of(FileDetails details) =>
        details.Columns.Count == 0 || (details.Format.Kind == FileKind.Csv && !details.Format.HasHeader)
            ? null
            : Digest($"{details.Format.Kind}\n{string.Join('\n', details.Columns.Select(c => c.Name))}");
}
