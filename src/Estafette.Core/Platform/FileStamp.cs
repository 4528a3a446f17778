namespace Estafette.Core.Platform;

/// <summary>Tells whether files changed since they were read.</summary>
internal static class FileStamp
{
    /// <summary>Differs from an earlier one when a file was written, replaced, added or deleted; links are followed, as certificates are often renewed by moving one.</summary>
    public static string Of(params ReadOnlySpan<string?> files)
    {
        var stamp = new System.Text.StringBuilder();
        foreach (var file in files)
        {
            if (string.IsNullOrEmpty(file))
                continue;
            var target = new FileInfo(file);
            if (target.Exists)
                target = target.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? target;
            stamp.Append(target.FullName).Append(' ');
            if (target.Exists)
                stamp.Append(target.LastWriteTimeUtc.Ticks).Append(' ').Append(target.Length);
            stamp.Append('\n');
        }
        return stamp.ToString();
    }
}
