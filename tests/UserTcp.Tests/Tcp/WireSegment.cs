using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace UserTcp.Tests.Tcp;

/// <summary>A segment as the tests write and read it, with an encoder and a decoder of their own: what the code under test gets wrong twice
/// would otherwise cancel out. What is null is absent in a segment that is injected, and not looked at in one that is expected.</summary>
internal sealed record WireSegment
{
    internal const byte Fin = 1, Syn = 2, Rst = 4, Psh = 8, Ack = 16, Ece = 64, Cwr = 128;

    internal uint Seq { get; init; }
    internal uint AckNumber { get; init; }
    internal byte Flags { get; init; }
    internal int? Window { get; init; }
    internal int? Mss { get; init; }
    internal int? Scale { get; init; }
    internal (uint Value, uint Echo)? Timestamps { get; init; }

    /// <summary>SACK permitted, on a SYN.</summary>
    internal bool? SackOk { get; init; }

    /// <summary>The SACK blocks: left and right edges in turn.</summary>
    internal uint[]? Sack { get; init; }

    /// <summary>CE in the IP header of a segment that arrives, ECT(0) of one that is sent.</summary>
    internal bool? Marked { get; init; }

    internal byte[] Payload { get; init; } = [];

    internal byte[] Encode(ushort source, ushort destination)
    {
        List<byte> options = [];
        if (Mss is int mss) options.AddRange([2, 4, (byte)(mss >> 8), (byte)mss]);
        if (Scale is int scale) options.AddRange([3, 3, (byte)scale]);
        if (Timestamps is (uint value, uint echo))
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], echo);
            options.AddRange([8, 10, .. bytes]);
        }
        if (SackOk == true) options.AddRange([4, 2]);
        if (Sack is uint[] edges)
        {
            options.AddRange([5, (byte)(2 + 4 * edges.Length)]);
            foreach (uint edge in edges) options.AddRange([(byte)(edge >> 24), (byte)(edge >> 16), (byte)(edge >> 8), (byte)edge]);
        }
        while (options.Count % 4 != 0) options.Add(0);
        byte[] segment = new byte[20 + options.Count + Payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, source);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), destination);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), Seq);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(8), AckNumber);
        segment[12] = (byte)((5 + options.Count / 4) << 4);
        segment[13] = Flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), (ushort)(Window ?? 65535));
        options.CopyTo(segment, 20);
        Payload.CopyTo(segment, 20 + options.Count);
        return segment;
    }

    internal static WireSegment Decode(ReadOnlySpan<byte> segment)
    {
        int header = (segment[12] >> 4) * 4;
        int? mss = null, scale = null;
        (uint, uint)? timestamps = null;
        bool sackOk = false;
        List<uint> sack = [];
        for (int at = 20; at < header && segment[at] != 0;)
        {
            if (segment[at] == 1)
            {
                at++;
                continue;
            }
            ReadOnlySpan<byte> value = segment.Slice(at + 2, segment[at + 1] - 2);
            if (segment[at] == 2) mss = BinaryPrimitives.ReadUInt16BigEndian(value);
            if (segment[at] == 3) scale = value[0];
            if (segment[at] == 8) timestamps = (BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
            if (segment[at] == 4) sackOk = true;
            if (segment[at] == 5)
            {
                for (ReadOnlySpan<byte> edges = value; edges.Length > 0; edges = edges[4..]) sack.Add(BinaryPrimitives.ReadUInt32BigEndian(edges));
            }
            at += segment[at + 1];
        }
        return new WireSegment
        {
            Seq = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]),
            AckNumber = BinaryPrimitives.ReadUInt32BigEndian(segment[8..]),
            Flags = segment[13],
            Window = BinaryPrimitives.ReadUInt16BigEndian(segment[14..]),
            Mss = mss,
            Scale = scale,
            Timestamps = timestamps,
            SackOk = sackOk,
            Sack = [.. sack],
            Payload = segment[header..].ToArray(),
        };
    }

    /// <summary>Whether a segment is what this one asks for.</summary>
    internal bool Matches(WireSegment actual)
        => Seq == actual.Seq && AckNumber == actual.AckNumber && Flags == actual.Flags && Payload.AsSpan().SequenceEqual(actual.Payload)
            && (Window is null || Window == actual.Window) && (Mss is null || Mss == actual.Mss) && (Scale is null || Scale == actual.Scale)
            && (Timestamps is null || Timestamps == actual.Timestamps) && (SackOk is null || SackOk == actual.SackOk)
            && (Marked is null || Marked == actual.Marked) && (Sack is null || Sack.AsSpan().SequenceEqual(actual.Sack));

    public override string ToString()
    {
        var text = new StringBuilder();
        if ((Flags & Syn) != 0) text.Append('S');
        if ((Flags & Fin) != 0) text.Append('F');
        if ((Flags & Rst) != 0) text.Append('R');
        if ((Flags & Psh) != 0) text.Append('P');
        if ((Flags & Ack) != 0) text.Append('.');
        if ((Flags & Ece) != 0) text.Append('E');
        if ((Flags & Cwr) != 0) text.Append('W');
        text.Append(CultureInfo.InvariantCulture, $" seq={Seq}");
        if ((Flags & Ack) != 0) text.Append(CultureInfo.InvariantCulture, $" ack={AckNumber}");
        if (Payload.Length > 0) text.Append(CultureInfo.InvariantCulture, $" len={Payload.Length}");
        if (Window is int window) text.Append(CultureInfo.InvariantCulture, $" win={window}");
        if (Mss is int mss) text.Append(CultureInfo.InvariantCulture, $" mss={mss}");
        if (Scale is int scale) text.Append(CultureInfo.InvariantCulture, $" ws={scale}");
        if (Timestamps is (uint value, uint echo)) text.Append(CultureInfo.InvariantCulture, $" ts={value}/{echo}");
        if (SackOk == true) text.Append(" sackOK");
        if (Sack is { Length: > 0 } edges) text.Append(CultureInfo.InvariantCulture, $" sack={string.Join(' ', edges.Chunk(2).Select(block => $"{block[0]}:{block[^1]}"))}");
        return text.ToString();
    }
}
