using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Estafette.Testing.Smtp;

/// <summary>One connection of a <see cref="FakeSmtpServer"/>.</summary>
internal sealed class FakeSmtpSession(FakeSmtpServer server, Socket socket, int number)
{
    private readonly FakeSmtpBehaviour _behaviour = server.Behaviour;
    private readonly byte[] _recordHeader = Encoding.ASCII.GetBytes(server.Behaviour.RecordHeader);
    private readonly List<string> _recipients = [];
    private byte[] _in = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _searched;
    private byte[] _out = new byte[1024];
    private int _outLength;
    private byte[] _lines = new byte[1024];
    private int _linesLength;
    private SslStream? _tls;
    private string? _mailFrom;
    private string _lastRecipient = "";
    private string? _user;
    private int _transactions;
    private bool _inText;
    private bool _textBegan;
    private bool _over;

    public Task Ended { get; set; } = Task.CompletedTask;

    public void Cut() => socket.Dispose();

    public async Task RunAsync()
    {
        try
        {
            await ServeAsync();
        }
        catch (Exception e)
            when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
        {
            // The client went away or the test is over: the same to a server.
        }
        finally
        {
            _tls?.Dispose();
            socket.Dispose();
        }
    }

    private async Task ServeAsync()
    {
        if (_behaviour.ImplicitTls)
        {
            await StartTlsAsync();
        }

        await AnswerAsync(FakeSmtpMoment.Greeting, "", "220 fake.test ESMTP");
        while (!_over)
        {
            if (_inText ? await TryTextAsync() : await TryCommandAsync())
            {
                continue;
            }

            await FlushAsync();
            if (_over || !await FillAsync())
            {
                return;
            }
        }

        await FlushAsync();
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _in.Length)
        {
            if (_start > 0)
            {
                _in.AsSpan(_start, _end - _start).CopyTo(_in);
                (_start, _end) = (0, _end - _start);
            }
            else
            {
                Array.Resize(ref _in, _in.Length * 2);
            }
        }

        var room = _in.AsMemory(_end);
        var count = _tls is null
            ? await socket.ReceiveAsync(room, SocketFlags.None, server.Stopping)
            : await _tls.ReadAsync(room, server.Stopping);
        if (count > 0 && _behaviour.KeepsRawInput)
        {
            server.KeepRaw(number, room.Span[..count]);
        }

        _end += count;
        return count > 0;
    }

    private async ValueTask FlushAsync()
    {
        if (_linesLength > 0)
        {
            // Before the replies: a client is never told of a message that the file does not have.
            server.Record!.Append(_lines.AsSpan(0, _linesLength));
            _linesLength = 0;
        }

        if (_outLength == 0)
        {
            return;
        }

        var all = _out.AsMemory(0, _outLength);
        _outLength = 0;
        await SendAsync(all);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, server.Stopping);
        }
        else
        {
            await socket.SendAsync(bytes, SocketFlags.None, server.Stopping);
        }
    }

    private void Say(string reply)
    {
        var needed = _outLength + Encoding.UTF8.GetMaxByteCount(reply.Length) + 2;
        if (_out.Length < needed)
        {
            Array.Resize(ref _out, needed * 2);
        }

        _outLength += Encoding.UTF8.GetBytes(reply, _out.AsSpan(_outLength));
        "\r\n"u8.CopyTo(_out.AsSpan(_outLength));
        _outLength += 2;
    }

    private FakeSmtpAnswer? Ask(FakeSmtpMoment moment, string line)
    {
        var step = new FakeSmtpStep(moment, line, _mailFrom ?? "", _lastRecipient, number, _transactions);
        foreach (var script in _behaviour.Scripts)
        {
            if (script(step) is { } answer)
            {
                return answer;
            }
        }

        return null;
    }

    /// <summary>Gives the scripted answer or the ordinary one; true when the ordinary course goes on.</summary>
    private ValueTask<bool> AnswerAsync(FakeSmtpMoment moment, string line, string ordinary)
    {
        if (_behaviour.Scripts.Count > 0 && Ask(moment, line) is { } scripted)
        {
            return ActAsync(scripted);
        }

        Say(ordinary);
        return new(ordinary[0] is '2' or '3');
    }

    private async ValueTask<bool> ActAsync(FakeSmtpAnswer answer)
    {
        if (answer.OctetPause > TimeSpan.Zero)
        {
            await FlushAsync();
            foreach (var octet in Encoding.UTF8.GetBytes(answer.Text + "\r\n"))
            {
                await SendAsync(new[] { octet });
                await Task.Delay(answer.OctetPause, server.Stopping);
            }
        }
        else if (answer.Text is { } text)
        {
            Say(text);
        }

        if (answer.IsSilent)
        {
            await FlushAsync();
            do
            {
                _start = _end = 0;
            } while (await FillAsync());
        }

        _over |= answer.Closes || answer.IsSilent;
        return answer.Text is { Length: > 0 } said && said[0] is '2' or '3';
    }

    private async ValueTask<bool> TryCommandAsync()
    {
        var end = _in.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var line = Encoding.UTF8.GetString(_in.AsSpan(_start, end));
        _start += end + 2;
        if (_behaviour.KeepsMessages)
        {
            server.KeepCommand(line);
        }

        var verb = line.Length < 4 ? "" : line[..4].ToUpperInvariant();
        var done = verb switch
        {
            "MAIL" => MailAsync(line),
            "RCPT" => RcptAsync(line),
            "DATA" => DataAsync(line),
            "EHLO" => AnswerAsync(FakeSmtpMoment.Ehlo, line, EhloReply()),
            "HELO" => AnswerAsync(FakeSmtpMoment.Ehlo, line, "250 fake.test"),
            "RSET" => ResetAsync(line),
            "STAR" => TlsAsync(line),
            "AUTH" => AuthAsync(line),
            "NOOP" => AnswerAsync(FakeSmtpMoment.Other, line, "250 2.0.0 Ok"),
            "QUIT" => QuitAsync(line),
            _ => AnswerAsync(FakeSmtpMoment.Other, line, "500 5.5.2 unknown command"),
        };
        await done;
        return true;
    }

    private string EhloReply()
    {
        List<string> lines = ["fake.test", .. _behaviour.Extensions];
        if (_behaviour.Certificate is not null && _tls is null)
        {
            lines.Add("STARTTLS");
        }

        if (_behaviour.Username is not null)
        {
            lines.Add("AUTH " + _behaviour.AuthMechanisms);
        }

        return string.Join("\r\n", lines.Select((line, i) => (i == lines.Count - 1 ? "250 " : "250-") + line));
    }

    private async ValueTask<bool> MailAsync(string line)
    {
        if (_mailFrom is not null)
        {
            Say("503 5.5.1 nested MAIL");
            return false;
        }

        _transactions++;
        _lastRecipient = "";
        if (await AnswerAsync(FakeSmtpMoment.Mail, line, "250 2.1.0 Ok"))
        {
            _mailFrom = Address(line);
            return true;
        }

        return false;
    }

    private async ValueTask<bool> RcptAsync(string line)
    {
        if (_mailFrom is null)
        {
            Say("503 5.5.1 need MAIL");
            return false;
        }

        _lastRecipient = Address(line);
        if (await AnswerAsync(FakeSmtpMoment.Rcpt, line, "250 2.1.5 Ok"))
        {
            _recipients.Add(_lastRecipient);
            return true;
        }

        return false;
    }

    private async ValueTask<bool> DataAsync(string line)
    {
        // A script may say 354 here all the same.
        var ordinary = _recipients.Count == 0 ? "503 5.5.1 no valid recipients" : "354 end with <CRLF>.<CRLF>";
        var goesOn = await AnswerAsync(FakeSmtpMoment.Data, line, ordinary);
        _inText = goesOn && !_over;
        _textBegan = false;
        _searched = 0;
        return goesOn;
    }

    private ValueTask<bool> ResetAsync(string line)
    {
        EndTransaction();
        return AnswerAsync(FakeSmtpMoment.Other, line, "250 2.0.0 Ok");
    }

    private async ValueTask<bool> QuitAsync(string line)
    {
        await AnswerAsync(FakeSmtpMoment.Other, line, "221 2.0.0 Bye");
        _over = true;
        return true;
    }

    private void EndTransaction()
    {
        _mailFrom = null;
        _recipients.Clear();
    }

    private async ValueTask<bool> TlsAsync(string line)
    {
        if (_behaviour.Certificate is null || _tls is not null)
        {
            Say("503 5.5.1 no TLS here");
            return false;
        }

        if (await AnswerAsync(FakeSmtpMoment.StartTls, line, "220 2.0.0 go ahead"))
        {
            await FlushAsync();
            await StartTlsAsync();
            EndTransaction();
        }

        return true;
    }

    private async Task StartTlsAsync()
    {
        _start = _end = 0;
        _tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
        await _tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _behaviour.Certificate },
            server.Stopping
        );
    }

    private async ValueTask<bool> AuthAsync(string line)
    {
        if (_behaviour.Scripts.Count > 0 && Ask(FakeSmtpMoment.Auth, line) is { } scripted)
        {
            return await ActAsync(scripted);
        }

        var words = line.Split(' ');
        var known = words.ElementAtOrDefault(1)?.ToUpperInvariant() switch
        {
            "PLAIN" => await PlainAsync(words.ElementAtOrDefault(2)),
            "LOGIN" => await PromptAsync("VXNlcm5hbWU6") == _behaviour.Username & await PromptAsync("UGFzc3dvcmQ6") == _behaviour.Password,
            "CRAM-MD5" => await CramMd5Async(),
            _ => false,
        };
        Say(known ? "235 2.7.0 welcome" : "535 5.7.8 wrong name or password");
        _user = known ? _behaviour.Username : null;
        return known;
    }

    private async ValueTask<bool> PlainAsync(string? initial)
    {
        var text = initial is null ? await PromptAsync("") : Encoding.UTF8.GetString(Convert.FromBase64String(initial));
        return text == $"\0{_behaviour.Username}\0{_behaviour.Password}";
    }

    private async ValueTask<bool> CramMd5Async()
    {
        var challenge = Encoding.ASCII.GetBytes($"<{number}.{_transactions}@fake.test>");
        var text = await PromptAsync(Convert.ToBase64String(challenge));
#pragma warning disable CA5351 // The mechanism is defined with MD5 (RFC 2195).
        var digest = HMACMD5.HashData(Encoding.UTF8.GetBytes(_behaviour.Password), challenge);
#pragma warning restore CA5351
        return text == $"{_behaviour.Username} {Convert.ToHexStringLower(digest)}";
    }

    private async ValueTask<string> PromptAsync(string challenge)
    {
        Say("334 " + challenge);
        await FlushAsync();
        int end;
        while ((end = _in.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync())
            {
                throw new IOException("The client left in the middle of AUTH.");
            }
        }

        var line = Encoding.ASCII.GetString(_in.AsSpan(_start, end));
        _start += end + 2;
        return line == "*" ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(line));
    }

    private async ValueTask<bool> TryTextAsync()
    {
        var scripts = _behaviour.Scripts.Count > 0;
        if (scripts && !_textBegan && _end > _start)
        {
            _textBegan = true;
            if (Ask(FakeSmtpMoment.Text, "") is { } early)
            {
                await ActAsync(early);
                return true;
            }
        }

        if (!TryFindEnd(out var length, out var consumed))
        {
            return false;
        }

        var text = _in.AsMemory(_start, length);
        var answer = scripts ? Ask(FakeSmtpMoment.Dot, "") : null;
        if (answer?.TakesMessage ?? true)
        {
            Take(text.Span);
        }

        _start += consumed;
        _inText = false;
        EndTransaction();
        if (answer is null)
        {
            Say("250 2.0.0 Ok: taken");
        }
        else
        {
            await ActAsync(answer);
        }

        return true;
    }

    /// <summary>Finds CRLF.CRLF; the CRLF before the dot belongs to the text (RFC 5321 §4.1.1.4).</summary>
    private bool TryFindEnd(out int length, out int consumed)
    {
        var all = _in.AsSpan(_start, _end - _start);
        (length, consumed) = (0, 3);
        if (all.StartsWith(".\r\n"u8))
        {
            return true;
        }

        var from = Math.Max(0, _searched - 4);
        var found = all[from..].IndexOf("\r\n.\r\n"u8);
        _searched = all.Length;
        (length, consumed) = (from + found + 2, from + found + 5);
        return found >= 0;
    }

    private void Take(ReadOnlySpan<byte> stuffed)
    {
        server.Count();
        if (server.Record is not null)
        {
            var value = FakeSmtpRecord.HeaderValue(stuffed, _recordHeader);
            foreach (var recipient in _recipients)
            {
                Note(recipient, value);
            }
        }

        if (_behaviour.KeepsMessages)
        {
            server.Keep(
                new ReceivedMessage(
                    _mailFrom ?? "",
                    [.. _recipients],
                    Unstuff(stuffed),
                    _behaviour.TimeProvider.GetUtcNow(),
                    number,
                    _tls is not null,
                    _user
                )
            );
        }
    }

    private void Note(string recipient, ReadOnlySpan<byte> value)
    {
        var needed = _linesLength + Encoding.UTF8.GetMaxByteCount(recipient.Length) + value.Length + 2;
        if (_lines.Length < needed)
        {
            Array.Resize(ref _lines, needed * 2);
        }

        _linesLength += Encoding.UTF8.GetBytes(recipient, _lines.AsSpan(_linesLength));
        _lines[_linesLength++] = (byte)'\t';
        value.CopyTo(_lines.AsSpan(_linesLength));
        _linesLength += value.Length;
        _lines[_linesLength++] = (byte)'\n';
    }

    private static byte[] Unstuff(ReadOnlySpan<byte> text)
    {
        var result = new byte[text.Length];
        var length = 0;
        var lineStart = true;
        foreach (var octet in text)
        {
            if (!(lineStart && octet == (byte)'.'))
            {
                result[length++] = octet;
            }

            lineStart = octet == (byte)'\n';
        }

        return result[..length];
    }

    private static string Address(string line)
    {
        var open = line.IndexOf('<');
        var close = line.LastIndexOf('>');
        return open >= 0 && close > open ? line[(open + 1)..close] : line;
    }
}
