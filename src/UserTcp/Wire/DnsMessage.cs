using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>Types of DNS records (RFC 1035 3.2.2, RFC 3596 2.1).</summary>
internal enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>The name is an alias of another.</summary>
    Cname = 5,

    /// <summary>Start of a zone; beside an empty answer it says how long the emptiness lasts (RFC 2308).</summary>
    Soa = 6,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,
}

/// <summary>How a server answered (RFC 1035 4.1.1).</summary>
public enum DnsResponseCode : byte
{
    /// <summary>No error.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server could not read the query.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: the server could not get an answer.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: the name does not exist.</summary>
    NameError = 3,

    /// <summary>NOTIMP: the server does not do this kind of query.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: the server does not want to answer us.</summary>
    Refused = 5,
}

/// <summary>The header of a DNS message without its counts (RFC 1035 4.1.1).</summary>
/// <param name="Id">Ties an answer to its query.</param>
/// <param name="IsResponse">QR.</param>
/// <param name="Opcode">0 is a standard query.</param>
/// <param name="Authoritative">AA.</param>
/// <param name="Truncated">TC: there is more, to be had over TCP.</param>
/// <param name="RecursionDesired">RD.</param>
/// <param name="RecursionAvailable">RA.</param>
/// <param name="ResponseCode">RCODE.</param>
internal readonly record struct DnsHeader(
    ushort Id, bool IsResponse, byte Opcode, bool Authoritative, bool Truncated, bool RecursionDesired, bool RecursionAvailable, DnsResponseCode ResponseCode)
{
    /// <summary>Bytes on the wire, counts included.</summary>
    internal const int Size = 12;

    /// <summary>Reads the first four bytes.</summary>
    internal static DnsHeader Read(ReadOnlySpan<byte> bytes)
    {
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return new(
            BinaryPrimitives.ReadUInt16BigEndian(bytes),
            (flags & 0x8000) != 0,
            (byte)(flags >> 11 & 0xf),
            (flags & 0x0400) != 0,
            (flags & 0x0200) != 0,
            (flags & 0x0100) != 0,
            (flags & 0x0080) != 0,
            (DnsResponseCode)(flags & 0xf));
    }

    /// <summary>Writes the first four bytes.</summary>
    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, Id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(
            (IsResponse ? 0x8000 : 0) | (Opcode & 0xf) << 11 | (Authoritative ? 0x0400 : 0) | (Truncated ? 0x0200 : 0)
            | (RecursionDesired ? 0x0100 : 0) | (RecursionAvailable ? 0x0080 : 0) | ((int)ResponseCode & 0xf)));
    }
}

/// <summary>What is asked (RFC 1035 4.1.2).</summary>
internal readonly record struct DnsQuestion(DnsName Name, DnsType Type, ushort Class = DnsMessage.ClassInternet);

/// <summary>A resource record (RFC 1035 4.1.3).</summary>
/// <param name="Name">Whose record it is.</param>
/// <param name="Type">What it says; decides which of the last three is set.</param>
/// <param name="Class">1 is the Internet.</param>
/// <param name="TimeToLive">Seconds that it may be kept.</param>
/// <param name="Address">Of A and AAAA.</param>
/// <param name="Target">Of CNAME: the name it stands for. Of SOA: the zone's primary server.</param>
/// <param name="NegativeTimeToLive">Of SOA: the MINIMUM field, for how long a "no" may be kept at most (RFC 2308 4).</param>
internal readonly record struct DnsRecord(
    DnsName Name, DnsType Type, ushort Class, uint TimeToLive, IpAddress Address = default, DnsName? Target = null, uint NegativeTimeToLive = 0)
{
    /// <summary>An IPv4 address of a name.</summary>
    internal static DnsRecord A(DnsName name, uint timeToLive, IpAddress address) => new(name, DnsType.A, DnsMessage.ClassInternet, timeToLive, address);

    /// <summary>An alias.</summary>
    internal static DnsRecord Cname(DnsName name, uint timeToLive, DnsName target)
        => new(name, DnsType.Cname, DnsMessage.ClassInternet, timeToLive, Target: target);

    /// <summary>The start of a zone, as a server adds it to a "no"; serial and intervals are those of a zone that nobody copies.</summary>
    internal static DnsRecord Soa(DnsName zone, uint timeToLive, DnsName primary, uint negativeTimeToLive)
        => new(zone, DnsType.Soa, DnsMessage.ClassInternet, timeToLive, Target: primary, NegativeTimeToLive: negativeTimeToLive);
}

/// <summary>A DNS message (RFC 1035 4.1): one question, answers, authority. Reads A, AAAA, CNAME and SOA; other records are passed over.</summary>
internal sealed record DnsMessage(DnsHeader Header, DnsQuestion? Question, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Authorities)
{
    /// <summary>IN (RFC 1035 3.2.4).</summary>
    internal const ushort ClassInternet = 1;

    /// <summary>The port that servers listen on, over UDP and TCP.</summary>
    internal const ushort ServerPort = 53;

    /// <summary>The most bytes of a message over UDP without extensions (RFC 1035 2.3.4).</summary>
    internal const int MaximumUdp = 512;

    private const int SoaNumbers = 20;

    /// <summary>A question to a resolving server.</summary>
    internal static DnsMessage Query(ushort id, DnsQuestion question)
        => new(new(id, false, 0, false, false, RecursionDesired: true, false, DnsResponseCode.NoError), question, [], []);

    /// <summary>An answer to a query, by a server that knows the zone itself.</summary>
    internal static DnsMessage Response(DnsMessage query, DnsResponseCode code, IReadOnlyList<DnsRecord> answers, IReadOnlyList<DnsRecord> authorities)
        => new(query.Header with { IsResponse = true, Authoritative = true, Truncated = false, RecursionAvailable = true, ResponseCode = code }, query.Question, answers, authorities);

    /// <summary>Reads a message. Where a truncated one (TC) is cut, the reading ends without an error.</summary>
    internal static ParseError TryParse(ReadOnlySpan<byte> bytes, out DnsMessage? message)
    {
        message = null;
        if (bytes.Length < DnsHeader.Size) return ParseError.Truncated;
        var header = DnsHeader.Read(bytes);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        if (questions > 1) return ParseError.Value; // nobody asks or answers two at once (RFC 9619 3)
        int at = DnsHeader.Size;
        DnsQuestion? question = null;
        if (questions == 1)
        {
            ParseError error = DnsName.TryRead(bytes, ref at, out DnsName name);
            if (error != ParseError.None) return error;
            if (bytes.Length - at < 4) return ParseError.Truncated;
            question = new(name, (DnsType)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]));
            at += 4;
        }
        List<DnsRecord> answers = [], authorities = [];
        ParseError cut = ReadSection(bytes, ref at, BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), answers);
        if (cut == ParseError.None) cut = ReadSection(bytes, ref at, BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]), authorities);
        if (cut != ParseError.None && !header.Truncated) return cut;
        message = new(header, question, answers, authorities); // the additional section holds nothing that we would believe
        return ParseError.None;
    }

    private static ParseError ReadSection(ReadOnlySpan<byte> bytes, ref int at, int count, List<DnsRecord> records)
    {
        for (; count > 0; count--)
        {
            ParseError error = ReadRecord(bytes, ref at, records);
            if (error != ParseError.None) return error;
        }
        return ParseError.None;
    }

    private static ParseError ReadRecord(ReadOnlySpan<byte> bytes, ref int at, List<DnsRecord> records)
    {
        ParseError error = DnsName.TryRead(bytes, ref at, out DnsName name);
        if (error != ParseError.None) return error;
        if (bytes.Length - at < 10) return ParseError.Truncated;
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        ushort recordClass = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        uint timeToLive = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]);
        if (timeToLive > int.MaxValue) timeToLive = 0; // RFC 2181 8
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
        int data = at + 10;
        if (length > bytes.Length - data) return ParseError.Truncated;
        at = data + length;
        switch (type)
        {
            case DnsType.A:
                if (length != IpAddress.V4Size) return ParseError.Length;
                records.Add(new(name, type, recordClass, timeToLive, IpAddress.ReadV4(bytes[data..])));
                return ParseError.None;
            case DnsType.Aaaa:
                if (length != 16) return ParseError.Length;
                records.Add(new(name, type, recordClass, timeToLive,
                    new(BinaryPrimitives.ReadUInt64BigEndian(bytes[data..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[(data + 8)..]))));
                return ParseError.None;
            case DnsType.Cname:
                error = DnsName.TryRead(bytes[..at], ref data, out DnsName target);
                if (error != ParseError.None) return error;
                if (data != at) return ParseError.Length;
                records.Add(new(name, type, recordClass, timeToLive, Target: target));
                return ParseError.None;
            case DnsType.Soa:
                error = DnsName.TryRead(bytes[..at], ref data, out DnsName primary);
                if (error == ParseError.None) error = DnsName.TryRead(bytes[..at], ref data, out _);
                if (error != ParseError.None) return error;
                if (data + SoaNumbers != at) return ParseError.Length;
                records.Add(new(name, type, recordClass, timeToLive, Target: primary, NegativeTimeToLive: BinaryPrimitives.ReadUInt32BigEndian(bytes[(at - 4)..])));
                return ParseError.None;
            default:
                return ParseError.None;
        }
    }

    /// <summary>Writes the message with compressed names. Records that do not fit are left out and TC is set (RFC 2181 9).</summary>
    /// <param name="destination">At least <see cref="MaximumUdp"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    internal int Write(Span<byte> destination)
    {
        var writer = new DnsWriter(destination);
        if (Question is DnsQuestion question) writer.Question(question);
        bool whole = true;
        int answers = 0, authorities = 0;
        while (whole && answers < Answers.Count) answers += (whole = writer.TryRecord(Answers[answers])) ? 1 : 0;
        while (whole && authorities < Authorities.Count) authorities += (whole = writer.TryRecord(Authorities[authorities])) ? 1 : 0;

        (Header with { Truncated = Header.Truncated || !whole }).Write(destination);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)(Question is null ? 0 : 1));
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], (ushort)authorities);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], 0);
        return writer.Length;
    }
}
