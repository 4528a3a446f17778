using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Estafette.Protocols.Dns;

/// <summary>What a message turned out to be.</summary>
internal enum DnsReading
{
    /// <summary>No answer to our question: another id, another question, a query, or shorter than a header.</summary>
    NotOurs,

    /// <summary>Our id and question, and then something that cannot be read.</summary>
    Malformed,

    /// <summary>An answer.</summary>
    Read,
}

/// <summary>Reads an answer (RFC 1035 §4) that may have been made to do harm.</summary>
/// <remarks>
/// Layout: header of 12 octets, the question as we sent it, then answer, authority and additional records; the last are not read, nothing of
/// them is needed. Names may end with a pointer to an earlier place (§4.1.4). Invariants: a pointer leads to a place before the beginning of the
/// piece it ends, so reading a name ends; a name has 255 octets at most; no read goes beyond the message or, in a record, beyond its RDLENGTH.
/// Work and memory are bounded by <see cref="MaxRecords"/> times 255 octets and by 65,535 octets of data. No input throws.
/// </remarks>
internal ref struct DnsReplyReader
{
    /// <summary>Records read of one answer; those beyond are left out.</summary>
    public const int MaxRecords = 1000;

    private const int HeaderBytes = 12;
    private const int MaxNameBytes = 255;
    private const ushort InternetClass = 1;

    private readonly ReadOnlySpan<byte> _message;
    private int _at;
    private bool _broken;

    private DnsReplyReader(ReadOnlySpan<byte> message, int at)
    {
        _message = message;
        _at = at;
    }

    /// <summary>Reads a message.</summary>
    /// <param name="message">The whole message, without the length that TCP puts before it.</param>
    /// <param name="id">Id of the query.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="reply">The answer; null unless <see cref="DnsReading.Read"/>.</param>
    public static DnsReading Read(ReadOnlySpan<byte> message, ushort id, DnsQuestion question, out DnsReply? reply)
    {
        reply = null;
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id)
            return DnsReading.NotOurs;
        // QR set, a standard query.
        if ((message[2] & 0xF8) != 0x80)
            return DnsReading.NotOurs;
        var code = message[3] & 15;
        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        // A server that could not read a query need not repeat the question.
        if (questions == 0 && code is DnsReply.FormatError or DnsReply.NotImplemented)
        {
            reply = new DnsReply(code, IsTruncated: false, IsReferral: false, [], null);
            return DnsReading.Read;
        }
        if (questions != 1 || !IsSame(message[HeaderBytes..], question.Wire.Span))
            return DnsReading.NotOurs;
        if ((message[2] & 2) != 0)
        {
            reply = new DnsReply(code, IsTruncated: true, IsReferral: false, [], null);
            return DnsReading.Read;
        }
        reply = new DnsReplyReader(message, HeaderBytes + question.Wire.Length).ReadSections(code);
        return reply is null ? DnsReading.Malformed : DnsReading.Read;
    }

    // RFC 4343: letters count alike. Octets of lengths, type and class are no capital letters.
    private static bool IsSame(ReadOnlySpan<byte> message, ReadOnlySpan<byte> question)
    {
        if (message.Length < question.Length)
            return false;
        for (var i = 0; i < question.Length; i++)
        {
            var octet = message[i] is >= (byte)'A' and <= (byte)'Z' ? message[i] | 0x20 : message[i];
            if (octet != question[i])
                return false;
        }
        return true;
    }

    private DnsReply? ReadSections(int code)
    {
        var answerCount = BinaryPrimitives.ReadUInt16BigEndian(_message[6..]);
        var authorityCount = BinaryPrimitives.ReadUInt16BigEndian(_message[8..]);
        var speaksForItself = (_message[2] & 4) != 0 || (_message[3] & 0x80) != 0;
        var answers = new List<DnsTimedRecord>(Math.Min(answerCount, (ushort)16));
        for (var i = 0; i < answerCount && i < MaxRecords; i++)
        {
            var (record, timeToLive, _) = ReadRecord();
            if (_broken)
                return null;
            if (record is not null)
                answers.Add(new DnsTimedRecord(record, timeToLive));
        }

        TimeSpan? negative = null;
        var namesServers = false;
        for (var i = 0; i < authorityCount && answerCount + i < MaxRecords; i++)
        {
            var (record, timeToLive, minimum) = ReadRecord();
            if (_broken)
                return null;
            namesServers |= record?.Type == DnsRecordType.Ns;
            if (record?.Type == DnsRecordType.Soa)
                negative = timeToLive < minimum ? timeToLive : minimum;
        }
        var isReferral = code == DnsReply.NoError && answerCount == 0 && namesServers && negative is null && !speaksForItself;
        return new DnsReply(code, IsTruncated: false, isReferral, answers, negative);
    }

    /// <summary>A record; null when its type or class is none of ours. The last value is the MINIMUM of a SOA.</summary>
    private (DnsRecord? Record, TimeSpan TimeToLive, TimeSpan Minimum) ReadRecord()
    {
        var owner = ReadName();
        var type = (DnsRecordType)ReadUInt16();
        var isInternet = ReadUInt16() == InternetClass;
        var timeToLive = ReadSeconds();
        var length = ReadUInt16();
        if (_broken || _at + length > _message.Length)
        {
            _broken = true;
            return default;
        }
        var end = _at + length;
        var minimum = TimeSpan.Zero;
        var preference = isInternet && type == DnsRecordType.Mx ? ReadUInt16() : 0;
        var value = isInternet ? ReadValue(type, end, ref minimum) : null;
        _broken |= _at > end;
        _at = end;
        return (value is null ? null : new DnsRecord(owner, type, value, preference), timeToLive, minimum);
    }

    private string? ReadValue(DnsRecordType type, int end, ref TimeSpan minimum)
    {
        switch (type)
        {
            case DnsRecordType.A:
                return ReadAddress(end, 4);
            case DnsRecordType.Aaaa:
                return ReadAddress(end, 16);
            case DnsRecordType.Mx or DnsRecordType.Ns or DnsRecordType.Cname or DnsRecordType.Ptr:
                return ReadName();
            case DnsRecordType.Txt:
                return ReadStrings(end);
            case DnsRecordType.Tlsa:
                return ReadAssociation(end);
            case DnsRecordType.Soa:
                var primary = ReadName();
                ReadName();
                Take(16);
                minimum = ReadSeconds();
                return primary;
            default:
                return null;
        }
    }

    private string ReadAddress(int end, int length)
    {
        _broken |= end - _at != length;
        return _broken ? "" : new IPAddress(Take(length)).ToString();
    }

    private string ReadStrings(int end)
    {
        var text = new StringBuilder();
        while (_at < end && !_broken)
        {
            var length = Take(1);
            if (!_broken)
                text.Append(Encoding.Latin1.GetString(Take(length[0])));
            _broken |= _at > end;
        }
        return text.ToString();
    }

    // RFC 6698 §2.1
    private string ReadAssociation(int end)
    {
        var head = Take(3);
        _broken |= _at > end;
        return _broken ? "" : $"{head[0]} {head[1]} {head[2]} {Convert.ToHexStringLower(Take(end - _at))}";
    }

    private string ReadName()
    {
        var name = new StringBuilder(40);
        var pieceStart = _at;
        var at = _at;
        var bytes = 1;
        var jumped = false;
        while (!_broken && at < _message.Length && _message[at] != 0)
        {
            var length = (int)_message[at];
            if (length >= 0xC0 && at + 1 < _message.Length)
            {
                var target = ((length & 0x3F) << 8) | _message[at + 1];
                _broken = target >= pieceStart;
                _at = jumped ? _at : at + 2;
                jumped = true;
                at = pieceStart = target;
                continue;
            }
            bytes += length + 1;
            _broken = length > DnsName.MaxLabelLength || bytes > MaxNameBytes || at + 1 + length > _message.Length;
            if (_broken)
                break;
            DnsName.AppendLabel(name, _message.Slice(at + 1, length));
            at += length + 1;
        }
        _broken |= at >= _message.Length;
        _at = jumped ? _at : at + 1;
        return _broken ? "" : name.ToString();
    }

    // RFC 2181 §8: a time with the highest bit set counts as zero.
    private TimeSpan ReadSeconds()
    {
        var octets = Take(4);
        var seconds = _broken ? 0 : BinaryPrimitives.ReadUInt32BigEndian(octets);
        return TimeSpan.FromSeconds(seconds > int.MaxValue ? 0 : seconds);
    }

    private int ReadUInt16()
    {
        var octets = Take(2);
        return _broken ? 0 : BinaryPrimitives.ReadUInt16BigEndian(octets);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_broken || _at + length > _message.Length)
        {
            _broken = true;
            return [];
        }
        _at += length;
        return _message.Slice(_at - length, length);
    }
}
