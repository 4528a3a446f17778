using System.Net.Sockets;
using System.Text;
using Estafette.Core.Platform;

namespace Estafette.Cli.Control;

/// <summary>
/// The Unix domain socket <c>control.sock</c> in the data directory: only the owner of the directory may connect, and whoever may is
/// the operator. A path too long for a socket address (108 octets on Linux) is reached through a short symbolic link to the directory.
/// </summary>
internal static class ControlSocket
{
    private const int MaxPathBytes = 100;

    public static string PathIn(DataOptions data) => Path.Combine(Path.GetFullPath(data.Directory), "control.sock");

    /// <summary>A listening socket, mode 0600 before anybody can connect.</summary>
    public static Socket Listen(string path)
    {
        File.Delete(path);
        using var near = Near.Of(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(near.Path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(32);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A connected socket, or null when nobody listens.</summary>
    public static async Task<Socket?> TryConnectAsync(string path, CancellationToken ct)
    {
        if (!File.Exists(path))
            return null;
        using var near = Near.Of(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(near.Path), ct);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            if (refused.SocketErrorCode == SocketError.AccessDenied)
                throw new CommandException($"The server's control socket '{path}' belongs to another user. Run the command as that user.");
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed record Near(string Path, DirectoryInfo? Link) : IDisposable
    {
        public static Near Of(string path)
        {
            if (Encoding.UTF8.GetByteCount(path) <= MaxPathBytes || OperatingSystem.IsWindows())
                return new Near(path, null);
            var folder = Directory.CreateTempSubdirectory("estafette-");
            var link = System.IO.Path.Combine(folder.FullName, "d");
            Directory.CreateSymbolicLink(link, System.IO.Path.GetDirectoryName(path)!);
            return new Near(System.IO.Path.Combine(link, System.IO.Path.GetFileName(path)), folder);
        }

        public void Dispose()
        {
            if (Link is null)
                return;
            // The link itself, never what it leads to.
            File.Delete(System.IO.Path.GetDirectoryName(Path)!);
            Link.Delete();
        }
    }
}
