using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>Puts fragments together again (RFC 791 3.2, RFC 1122 3.3.2), within a memory budget.</summary>
/// <remarks>
/// <para>A repeated fragment with the same bytes is ignored. Fragments that overlap in any other way end the whole datagram, and its other fragments
/// are swallowed until its time is up (RFC 5722 4 for IPv6; overlaps are used to slip past filters, no honest sender makes them).</para>
/// <para>A datagram has 30 s from its first fragment, as in Linux: RFC 1122 3.3.2 asks for a fixed limit of 60 s or more, RFC 791 suggests 15 s;
/// a TCP or a resolver has long since sent again.</para>
/// </remarks>
internal sealed class Ipv4Reassembler(INetworkEventSink? events)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private const int MaximumHeader = Ipv4Header.MinimumSize + Ipv4Header.MaximumOptions;
    private const int SmallestBuffer = 2048;
    private const int SmallestTransportHeader = 16; // RFC 1858 3.2.2, TMIN: up to and including the flags of TCP

    // In the order of their first fragment, which is the order of their deadlines.
    private readonly LinkedList<Partial> _byAge = new();
    private readonly Dictionary<Key, LinkedListNode<Partial>> _byKey = [];
    private int _bytes;

    /// <summary>RFC 791 2.3: the four fields that fragments of one datagram share.</summary>
    private readonly record struct Key(IpAddress Source, IpAddress Destination, IpProtocol Protocol, ushort Identification);

    private readonly record struct Piece(int Start, int End);

    private sealed class Partial(Key key, Instant deadline)
    {
        internal readonly Key Key = key;
        internal readonly Instant Deadline = deadline;
        internal readonly List<Piece> Pieces = []; // ascending, never touching
        internal byte[] Buffer = []; // the payload from MaximumHeader on, so that the header fits in front of it
        internal int HeaderLength; // 0 until the first fragment is there
        internal int Length = -1; // of the payload; unknown until the last fragment is there
        internal byte Ecn;
        internal bool AnyNotEct;
        internal bool Refused;
    }

    /// <summary>When <see cref="TryExpire"/> wants to be asked.</summary>
    internal Instant NextDeadline => _byAge.First?.Value.Deadline ?? Instant.Never;

    /// <summary>Bytes held for incomplete datagrams.</summary>
    internal int BytesHeld => _bytes;

    /// <summary>Takes a fragment.</summary>
    /// <param name="packet">The packet from its IPv4 header on.</param>
    /// <param name="header">Its header, parsed.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="now">The time.</param>
    /// <param name="whole">The whole datagram as one packet with a header of its own, when this fragment completed it.</param>
    internal bool TryAdd(ReadOnlySpan<byte> packet, in Ipv4Header header, ReadOnlySpan<byte> payload, Instant now, out ReadOnlyMemory<byte> whole)
    {
        whole = default;
        DropReason reason = Add(packet, header, payload, now, out Partial? complete);
        if (reason != DropReason.None)
        {
            events?.DatagramDropped(new(now, header.Source, header.Destination, header.Protocol, packet.Length, reason));
            return false;
        }
        if (complete is null) return false;
        Remove(complete);
        whole = Finish(complete);
        return true;
    }

    /// <summary>Gives up the next datagram whose time is over. Call until it returns false.</summary>
    /// <param name="now">The time.</param>
    /// <param name="quote">What an ICMP "time exceeded" about it quotes; empty when the first fragment never came, then none is sent (RFC 792).</param>
    internal bool TryExpire(Instant now, out ReadOnlyMemory<byte> quote)
    {
        quote = default;
        if (_byAge.First is not { } oldest || oldest.Value.Deadline > now) return false;
        Partial partial = oldest.Value;
        Remove(partial);
        if (partial.Refused) return true;
        events?.DatagramDropped(new(
            now, partial.Key.Source, partial.Key.Destination, partial.Key.Protocol, partial.Pieces.Sum(p => p.End - p.Start), DropReason.ReassemblyTimeout));
        if (partial.HeaderLength != 0) quote = partial.Buffer.AsMemory(MaximumHeader - partial.HeaderLength, partial.HeaderLength + partial.Pieces[0].End);
        return true;
    }

    private DropReason Add(ReadOnlySpan<byte> packet, in Ipv4Header header, ReadOnlySpan<byte> payload, Instant now, out Partial? complete)
    {
        complete = null;
        bool more = (header.Flags & Ipv4Flags.MoreFragments) != 0;
        int headerLength = packet.Length - payload.Length;
        var piece = new Piece(header.FragmentOffset, header.FragmentOffset + payload.Length);

        if (payload.Length == 0 || (more && payload.Length % 8 != 0)) return DropReason.FragmentShape; // RFC 791 3.2: fragments fit at 8-byte units
        if (headerLength + piece.End > ushort.MaxValue) return DropReason.FragmentShape; // the "ping of death"
        if (header.Protocol == IpProtocol.Tcp && (piece.Start == 0 ? more && payload.Length < SmallestTransportHeader : piece.Start < SmallestTransportHeader))
        {
            return DropReason.TinyFragment; // RFC 1858 3.2, RFC 3128 2
        }

        Partial partial = Find(new(header.Source, header.Destination, header.Protocol, header.Identification), now);
        if (partial.Refused) return DropReason.FragmentOverlap;

        if (!more && partial.Length >= 0 && partial.Length != piece.End) return Refuse(partial);
        if (more && partial.Length >= 0 && piece.End >= partial.Length) return Refuse(partial);
        if (!more && partial.Pieces.Count > 0 && partial.Pieces[^1].End > piece.End) return Refuse(partial);
        if (partial.Length >= 0 && piece.End > partial.Length) return Refuse(partial);
        if (Overlaps(partial, piece, payload) is DropReason known) return known;
        if (!MakeRoom(partial, piece.End, now)) return DropReason.ReassemblyBudget;

        payload.CopyTo(partial.Buffer.AsSpan(MaximumHeader + piece.Start));
        Insert(partial.Pieces, piece);
        if (partial.Pieces.Count > Budgets.ReassemblyPieces) return Refuse(partial);
        if (!more) partial.Length = piece.End;
        if (piece.Start == 0)
        {
            partial.HeaderLength = headerLength;
            packet[..headerLength].CopyTo(partial.Buffer.AsSpan(MaximumHeader - headerLength));
        }
        if (!CombineEcn(partial, header.TypeOfService)) return Refuse(partial);
        if (partial.HeaderLength != 0 && partial.Length >= 0 && partial.Pieces.Count == 1) complete = partial;
        return DropReason.None;
    }

    /// <summary>Null when no byte of the piece is there yet; None when all are and they are the same; else the datagram is over.</summary>
    private DropReason? Overlaps(Partial partial, Piece piece, ReadOnlySpan<byte> payload)
    {
        foreach (Piece held in partial.Pieces)
        {
            if (piece.End <= held.Start || piece.Start >= held.End) continue;
            bool same = piece.Start >= held.Start && piece.End <= held.End
                && payload.SequenceEqual(partial.Buffer.AsSpan(MaximumHeader + piece.Start, payload.Length));
            return same ? DropReason.None : Refuse(partial);
        }
        return null;
    }

    private DropReason Refuse(Partial partial)
    {
        _bytes -= partial.Buffer.Length;
        partial.Buffer = [];
        partial.Pieces.Clear();
        partial.Refused = true;
        return DropReason.FragmentOverlap;
    }

    /// <summary>RFC 3168 5.3: a congestion mark on any fragment marks the datagram; a mark beside a fragment that cannot be marked is a lie.</summary>
    private static bool CombineEcn(Partial partial, byte typeOfService)
    {
        const int NotEct = 0, CongestionExperienced = 3;
        int ecn = typeOfService & 3;
        if (ecn == CongestionExperienced) partial.Ecn = CongestionExperienced;
        partial.AnyNotEct |= ecn == NotEct;
        return !(partial.AnyNotEct && partial.Ecn == CongestionExperienced);
    }

    private static void Insert(List<Piece> pieces, Piece piece)
    {
        int at = pieces.FindIndex(p => p.Start >= piece.End);
        if (at < 0) at = pieces.Count;
        if (at < pieces.Count && pieces[at].Start == piece.End)
        {
            piece = piece with { End = pieces[at].End };
            pieces.RemoveAt(at);
        }
        if (at > 0 && pieces[at - 1].End == piece.Start)
        {
            pieces[at - 1] = pieces[at - 1] with { End = piece.End };
            return;
        }
        pieces.Insert(at, piece);
    }

    private Partial Find(Key key, Instant now)
    {
        if (_byKey.TryGetValue(key, out LinkedListNode<Partial>? node)) return node.Value;
        if (_byKey.Count >= Budgets.ReassemblyDatagrams) Evict(_byAge.First!.Value, now);
        Partial partial = new(key, now + Timeout);
        _byKey.Add(key, _byAge.AddLast(partial));
        return partial;
    }

    /// <summary>Grows the buffer; the oldest other datagrams go when the budget is used up.</summary>
    private bool MakeRoom(Partial partial, int payloadEnd, Instant now)
    {
        int needed = MaximumHeader + payloadEnd;
        if (needed <= partial.Buffer.Length) return true;
        int size = Math.Max(needed, Math.Clamp(partial.Buffer.Length * 2, SmallestBuffer, MaximumHeader + ushort.MaxValue));
        while (_bytes - partial.Buffer.Length + size > Budgets.ReassemblyBytes)
        {
            Partial oldest = _byAge.First!.Value;
            if (oldest == partial) oldest = _byAge.First.Next?.Value ?? partial;
            if (oldest == partial) return false;
            Evict(oldest, now);
        }
        _bytes += size - partial.Buffer.Length;
        Array.Resize(ref partial.Buffer, size);
        return true;
    }

    private void Evict(Partial partial, Instant now)
    {
        Remove(partial);
        events?.DatagramDropped(new(
            now, partial.Key.Source, partial.Key.Destination, partial.Key.Protocol, partial.Pieces.Sum(p => p.End - p.Start), DropReason.ReassemblyBudget));
    }

    private void Remove(Partial partial)
    {
        _byKey.Remove(partial.Key, out LinkedListNode<Partial>? node);
        _byAge.Remove(node!);
        _bytes -= partial.Buffer.Length;
    }

    /// <summary>The first fragment's header, made the whole datagram's: its length, no fragment flags, a right checksum.</summary>
    private static ReadOnlyMemory<byte> Finish(Partial partial)
    {
        Memory<byte> whole = partial.Buffer.AsMemory(MaximumHeader - partial.HeaderLength, partial.HeaderLength + partial.Length);
        Span<byte> bytes = whole.Span;
        _ = Ipv4Header.TryParseQuoted(bytes, out Ipv4Header first, out _); // it parsed when it arrived
        Ipv4Header header = first with
        {
            TotalLength = (ushort)whole.Length,
            Flags = first.Flags & ~Ipv4Flags.MoreFragments,
            TypeOfService = (byte)(first.TypeOfService | partial.Ecn),
        };
        header.Write(bytes, bytes[Ipv4Header.MinimumSize..partial.HeaderLength]);
        return whole;
    }
}
