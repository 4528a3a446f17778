using System.Net;
using System.Net.Sockets;

namespace Estafette.Protocols.Smtp;

/// <summary>Finds the server's addresses and opens a TCP connection to the first that answers (RFC 5321 §5.1).</summary>
internal static class SmtpDial
{
    public static async ValueTask<(Socket? Socket, SmtpFailure? Failure)> ConnectAsync(SmtpClientOptions options, CancellationToken ct)
    {
        var (addresses, failure) = await ResolveAsync(options, ct);
        if (failure is not null)
        {
            return (null, failure);
        }

        var usable = addresses.Where(a => options.SourceAddress is not { } from || from.AddressFamily == a.AddressFamily).ToArray();
        var allowed = usable.Where(a => options.AddressAllowed is not { } guard || guard(a)).ToArray();
        if (allowed.Length == 0)
        {
            var text =
                usable.Length == 0
                    ? $"Connecting to {options.Host}: it has no address of the family of {options.SourceAddress}; choose another source address"
                    : $"Connecting to {options.Host}: its address {usable[0]} is not allowed; use another server or allow that network";
            return (null, new SmtpFailure(SmtpPhase.Connect, SmtpFailureKind.Policy, text));
        }

        return await TryEachAsync(options, allowed, ct);
    }

    private static async ValueTask<(IPAddress[] Addresses, SmtpFailure? Failure)> ResolveAsync(
        SmtpClientOptions options,
        CancellationToken ct
    )
    {
        if (IPAddress.TryParse(options.Host, out var literal))
        {
            return ([Unmapped(literal)], null);
        }

        using var deadline = new CancellationTokenSource(options.Timeouts.Connect, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            var found = await System.Net.Dns.GetHostAddressesAsync(options.Host, either.Token);
            if (found.Length > 0)
            {
                return ([.. found.Select(Unmapped)], null);
            }

            return ([], NotFound("it has no address"));
        }
        catch (OperationCanceledException)
        {
            return ([], Ended(SmtpPhase.Dns, options, ct));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return ([], NotFound(e.Message));
        }

        SmtpFailure NotFound(string why) =>
            new(SmtpPhase.Dns, SmtpFailureKind.Unreachable, $"Looking up {options.Host}: {why}; check the name of the server");
    }

    private static async ValueTask<(Socket? Socket, SmtpFailure? Failure)> TryEachAsync(
        SmtpClientOptions options,
        IPAddress[] addresses,
        CancellationToken ct
    )
    {
        var began = options.TimeProvider.GetTimestamp();
        SmtpFailure? failure = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            // An address that swallows packets leaves the others their part of the time.
            var left = options.Timeouts.Connect - options.TimeProvider.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            (var socket, failure) = await TryOneAsync(options, addresses[i], left / (addresses.Length - i), ct);
            if (socket is not null || ct.IsCancellationRequested)
            {
                return (socket, failure);
            }
        }

        return (null, failure ?? Ended(SmtpPhase.Connect, options, ct));
    }

    private static async ValueTask<(Socket? Socket, SmtpFailure? Failure)> TryOneAsync(
        SmtpClientOptions options,
        IPAddress address,
        TimeSpan limit,
        CancellationToken ct
    )
    {
        using var deadline = new CancellationTokenSource(limit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Nagle and delayed acknowledgements together cost 40 ms a message.
            socket.NoDelay = true;
            if (options.SourceAddress is { } from)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(new IPEndPoint(address, options.Port), either.Token);
            return (socket, null);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            return (null, Ended(SmtpPhase.Connect, options, ct));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var text = $"Connecting to {options.Host}:{options.Port} ({address}): {e.Message}; check host, port and firewall";
            return (null, new SmtpFailure(SmtpPhase.Connect, SmtpFailureKind.Unreachable, text));
        }
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static SmtpFailure Ended(SmtpPhase phase, SmtpClientOptions options, CancellationToken ct) =>
        ct.IsCancellationRequested
            ? new SmtpFailure(phase, SmtpFailureKind.Cancelled, $"Connecting to {options.Host}:{options.Port}: cancelled")
            : new SmtpFailure(
                phase,
                SmtpFailureKind.Timeout,
                $"Connecting to {options.Host}:{options.Port}: no answer within {options.Timeouts.Connect.TotalSeconds:0.###} s; check host, port and firewall"
            );
}
