using System.Buffers.Binary;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Fuzz.Stack;

/// <summary>One stack at 10.0.0.2 with a listener, its neighbour, its users and the clock, all of them led by the input.</summary>
internal sealed class StackStory : IListenerUser, ITcpUser
{
    private const ushort ListenPort = 80, PeerPort = 40_000;
    private const int Mtu = 1500, MostFramesPerStep = 5_000;

    private readonly NetStack _stack;
    private readonly ListenerSlot _listener;
    private readonly List<TcpSlot> _slots = [];
    private readonly byte[] _buffer = new byte[70_000];
    private readonly HashSet<TcpState> _states = [];
    private uint _random = 1;
    private Instant _now = new(TimeSpan.TicksPerDay);
    private readonly byte[] _lastFrame = new byte[EthernetHeader.Size + Mtu];
    private int _lastFrameLength;
    private byte[] _lastQuery = [];
    private ushort _queryPort = 1234;
    private TcpHeader _lastSegment = new(ListenPort, PeerPort, default, default, TcpFlags.Ack, 0);
    private SeqNum _ourNext;

    internal StackStory()
    {
        var settings = new TcpSettings { SendBufferSize = 16_384, InitialSendBufferSize = 4_096, ReceiveBufferSize = 65_536, InitialReceiveBufferSize = 16_384 };
        _stack = new(new()
        {
            Mac = Neighbour.OurMac,
            Address = Ipv4Prefix.Parse("10.0.0.2/24"),
            Mtu = Mtu,
            MaximumConnections = 100,
            Tcp = settings,
            Resolver = new() { Servers = [new(Neighbour.Address, DnsMessage.ServerPort)] },
            Random = () => _random = _random * 1_664_525 + 1_013_904_223,
        }, _now);
        Must(_stack.TryListen(ListenPort, 4, this, out _listener), "nobody can listen");
        Arrives(Neighbour.Arp(ArpOperation.Request));
    }

    void IListenerUser.OnAcceptable()
    {
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
    }

    /// <summary>Plays the story, then ends every connection.</summary>
    /// <returns>The states that connections were in.</returns>
    internal string Tell(ReadOnlySpan<byte> input)
    {
        var reader = new StoryReader(input);
        while (!reader.AtEnd)
        {
            Step(ref reader);
            Pull();
        }
        _stack.AbortAll("the story ends", _now);
        Pull();
        Must(_stack.ConnectionCount == 0, $"{_stack.ConnectionCount} connections outlive their end");
        Must(_stack.OutOfOrderBytes == 0, $"{_stack.OutOfOrderBytes} bytes ahead of gaps are accounted to nobody");
        return string.Join(' ', _states.Order());
    }

    private void Step(ref StoryReader reader)
    {
        switch (reader.Byte() & 7)
        {
            case 0: Arrives(reader.Bytes(reader.Number())); break;
            case 1: ArrivesFragment(ref reader); break;
            case 2: ArrivesSegment(ref reader); break;
            case 3: Wait(reader.Byte()); break;
            case 4: Call(reader.Byte(), reader.Byte()); break;
            case 5: ArrivesAnswer(ref reader); break;
            case 6: ArrivesError(ref reader); break;
            default: Arrives(Neighbour.Arp((ArpOperation)reader.Byte())); break;
        }
    }

    private void Arrives(ReadOnlySpan<byte> frame) => _stack.FrameArrives(frame, FrameOffload.None, _now);

    private void ArrivesFragment(ref StoryReader reader)
    {
        IpProtocol protocol = (reader.Byte() % 3) switch { 0 => IpProtocol.Tcp, 1 => IpProtocol.Icmp, _ => IpProtocol.Udp };
        ushort word = reader.Number();      // as in the header: flags, then the offset in eights
        Arrives(Neighbour.Frames.Ipv4(protocol, reader.Bytes(reader.Byte()), (Ipv4Flags)(word >> 13), (ushort)((word & 0x1fff) * 8)));
    }

    /// <summary>A segment near what the stack expects: from its last acknowledgment and to its next number, each moved a little.</summary>
    private void ArrivesSegment(ref StoryReader reader)
    {
        ushort port = (ushort)(PeerPort + reader.Byte() % 4 * (_lastSegment.DestinationPort == 0 ? 1 : 0));
        var flags = (TcpFlags)reader.Byte();
        SeqNum seq = _lastSegment.Ack + Near(reader.Byte()), ack = _ourNext + Near(reader.Byte());
        if (flags == TcpFlags.Syn) (seq, _ourNext) = (new(1000), default);
        ushort window = reader.Number();
        ReadOnlySpan<byte> options = reader.Bytes(reader.Byte() % 11 * 4);
        bool known = flags != TcpFlags.Syn && _lastSegment.DestinationPort != 0;
        var header = new TcpHeader(known ? _lastSegment.DestinationPort : port, known ? _lastSegment.SourcePort : ListenPort, seq, ack, flags, window, 0);
        Arrives(Neighbour.Frames.Tcp(header, options[..(options.Length / 4 * 4)], _buffer.AsSpan(0, reader.Byte() * 8)));
    }

    /// <summary>The stack's last question comes back with other flags and counts, and with what follows as its records.</summary>
    private void ArrivesAnswer(ref StoryReader reader)
    {
        ReadOnlySpan<byte> head = reader.Bytes(10), records = reader.Bytes(reader.Byte());
        if (_lastQuery.Length < DnsHeader.Size || head.Length < 10) return;
        Arrives(Neighbour.Frames.Udp(new(DnsMessage.ServerPort, _queryPort), [.. _lastQuery.AsSpan(0, 2), .. head, .. _lastQuery.AsSpan(DnsHeader.Size), .. records]));
    }

    /// <summary>A router complains of the stack's last packet.</summary>
    private void ArrivesError(ref StoryReader reader)
    {
        var message = new IcmpMessage((IcmpType)reader.Byte(), reader.Byte(), reader.Number());
        if (_lastFrameLength > 0) Arrives(Neighbour.Frames.Icmp(message, _lastFrame.AsSpan(EthernetHeader.Size.._lastFrameLength)));
    }

    private void Wait(byte howLong)
    {
        _now += TimeSpan.FromMilliseconds(howLong * howLong * 4);     // to four minutes
        _stack.Advance(_now);
        Pull();
        Must(_stack.NextDeadline > _now, $"what is due at {_stack.NextDeadline.Milliseconds} ms was not done at {_now.Milliseconds} ms");
    }

    private void Call(byte what, byte how)
    {
        if (what % 8 == 0 && _slots.Count < 20 && _stack.TryConnect(new(Neighbour.Address, (ushort)(443 + how % 2)), this, _now, out TcpSlot? opened, out _)) _slots.Add(opened);
        if (what % 8 == 6) _stack.Resolver.Resolve(how % 2 == 0 ? "www.example.com" : "a..b", _now);
        if (what % 8 == 7) _stack.RequestEcho(Neighbour.Address, 1, how, _buffer.AsSpan(0, how * 8), TimeSpan.FromSeconds(1), _now);
        while (_slots.Count < 20 && _listener.TryDequeue(out TcpSlot? accepted))
        {
            (accepted.Listener, accepted.User) = (null, this);
            _slots.Add(accepted);
        }
        if (_slots.Count == 0) return;
        TcpSlot slot = _slots[how % _slots.Count];
        switch (what % 8)
        {
            case 1: _stack.Send(slot, _buffer.AsSpan(0, how * 16), _now); break;
            case 2: _stack.Receive(slot, _buffer.AsSpan(0, how * 16), _now); break;
            case 3: _stack.CloseWrite(slot, _now); break;
            case 4: _stack.Close(slot, _now); break;
            case 5: _stack.Abort(slot, "the story says so", _now); break;
            default: break;
        }
    }

    /// <summary>Takes what the stack sends. All of it must be well formed, with right checksums, and fit the link.</summary>
    private void Pull()
    {
        for (int frames = 0; _stack.TryTransmit(_now, out OutgoingFrame frame); frames++)
        {
            Must(frames < MostFramesPerStep, "the stack never stops sending");
            Span<byte> sent = _buffer.AsSpan(0, frame.CopyTo(_buffer));
            Must(sent.Length <= EthernetHeader.Size + Mtu, $"a frame of {sent.Length} bytes");
            Must(EthernetHeader.TryParse(sent, out EthernetHeader ethernet, out ReadOnlySpan<byte> packet) == ParseError.None, "a frame without header");
            if (ethernet.Type != EtherType.Ipv4) continue;
            Must(Ipv4Header.TryParse(packet, out Ipv4Header ip, out _, out ReadOnlySpan<byte> payload) == ParseError.None, "a malformed packet");
            sent.CopyTo(_lastFrame);    // no copy of its own: what a story allocates shall be the stack's
            _lastFrameLength = sent.Length;
            if (ip.Protocol == IpProtocol.Tcp && !ip.IsFragment) Sent(payload, ip);
            else if (ip.Protocol == IpProtocol.Udp && !ip.IsFragment) (_queryPort, _lastQuery) = (BinaryPrimitives.ReadUInt16BigEndian(payload), payload[UdpHeader.Size..].ToArray());
            _buffer.AsSpan(0, sent.Length).Clear();
        }
        foreach (TcpSlot slot in _slots)
        {
            TcpConnection connection = slot.Connection;
            _states.Add(connection.State);
            Must(connection.State != TcpState.Closed || connection.NextDeadline == Instant.Never, "a closed connection has a deadline");
            Must(connection.Info.BytesInFlight >= 0 && connection.AvailableToRead <= 65_536, $"{connection.Info.BytesInFlight} bytes in flight, {connection.AvailableToRead} to read");
        }
        Must(_stack.ConnectionCount <= 100, $"{_stack.ConnectionCount} connections");
    }

    private void Sent(ReadOnlySpan<byte> segment, in Ipv4Header ip)
    {
        Must(TcpHeader.TryParse(segment, out TcpHeader header, out _, out ReadOnlySpan<byte> data) == ParseError.None, "a malformed segment");
        Must(TcpHeader.ChecksumIsRight(segment, ip.Source, ip.Destination), "a segment with a wrong checksum");
        if ((header.Flags & TcpFlags.Rst) != 0) return;
        _lastSegment = header;
        _ourNext = header.Seq + data.Length + ((header.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1 : 0);
    }

    /// <summary>0 and 1 are exactly right, small numbers a little off, large ones far.</summary>
    private static int Near(byte offset) => offset switch { < 2 => 0, < 128 => (offset - 64) * (offset - 64) * Math.Sign(offset - 64), _ => (offset - 192) * 1_000 };

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
