using UserTcp.Wire;

namespace UserTcp.Network;

/// <summary>What <see cref="ArpTable.Resolve"/> knows of a neighbour.</summary>
internal enum ArpVerdict
{
    /// <summary>Its MAC address.</summary>
    Resolved,

    /// <summary>It is being asked; packets for it can be given to <see cref="ArpTable.Enqueue"/>.</summary>
    Pending,

    /// <summary>Too many neighbours are being asked already.</summary>
    Refused,
}

/// <summary>Finds the MAC addresses of neighbours and defends ours (RFC 826, RFC 1122 2.3.2, RFC 5227).</summary>
/// <remarks>
/// <para>A neighbour's life: unknown → incomplete (asked by broadcast, three times, one second apart) → reachable for a minute → probing (asked by
/// unicast, still used) → reachable again or forgotten. A neighbour that was not used is forgotten without being asked.</para>
/// <para>Only two kinds of packets teach us an address: answers that we wait for, and requests for our own address from somebody of whom we know no
/// other. Anything else can at most make us ask again, so that a lie on the link has to win a race.</para>
/// <para>Pull style: after packets were handled or <see cref="NextDeadline"/> has passed, call <see cref="Advance"/>, then
/// <see cref="TryTransmit"/>, <see cref="TryDequeue"/> and <see cref="TryTakeUndeliverable"/> until they have no more.</para>
/// </remarks>
internal sealed class ArpTable(MacAddress mac, IpAddress address, INetworkEventSink? events)
{
    /// <summary>RFC 1122 2.3.2.1: not more than one request per second to one destination.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>RFC 1122 2.3.2.1 names a minute for the timeout of an entry.</summary>
    private static readonly TimeSpan ReachableTime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan DefendInterval = TimeSpan.FromSeconds(10); // RFC 5227 1.1
    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(2); // RFC 5227 1.1
    private const int AnnounceCount = 2; // RFC 5227 1.1

    private readonly Dictionary<IpAddress, Neighbour> _neighbours = [];
    private readonly Queue<(ArpPacket Packet, MacAddress To)> _replies = new();
    private readonly Queue<(byte[] Packet, MacAddress To)> _released = new();
    private readonly Queue<(byte[] Packet, IpAddress NextHop)> _undeliverable = new();
    private readonly List<IpAddress> _forgotten = [];
    private int _unresolved;
    private int _announcementsLeft;
    private Instant _announceAt = Instant.Never;
    private Instant _defendedAt = Instant.Never;
    private Instant _deadline = Instant.Never;
    private bool _sendDue;

    private enum State
    {
        Incomplete,
        Reachable,
        Probing,
    }

    private sealed class Neighbour
    {
        internal State State;
        internal MacAddress Mac;
        internal bool Used;
        internal bool SendDue;
        internal int Attempts;
        internal bool AskEverybody;
        internal Instant Deadline;
        internal int QueuedBytes;
        internal Queue<byte[]>? Queue;
    }

    /// <summary>When <see cref="Advance"/> wants to be called at the latest.</summary>
    internal Instant NextDeadline => Instant.Min(_deadline, _announceAt);

    /// <summary>Announces our address, as a host does that has just come up (RFC 5227 2.3).</summary>
    internal void Start(Instant now)
    {
        _announcementsLeft = AnnounceCount;
        _announceAt = now;
    }

    /// <summary>Looks a neighbour up, and starts to ask for it when it is unknown.</summary>
    internal ArpVerdict Resolve(IpAddress nextHop, Instant now, out MacAddress found)
    {
        if (_neighbours.TryGetValue(nextHop, out Neighbour? neighbour))
        {
            neighbour.Used = true;
            found = neighbour.Mac;
            return neighbour.State == State.Incomplete ? ArpVerdict.Pending : ArpVerdict.Resolved;
        }
        found = default;
        if (_unresolved >= Budgets.ArpUnresolved || !MakeRoom()) return ArpVerdict.Refused;
        neighbour = new() { State = State.Incomplete, Used = true, AskEverybody = true };
        _neighbours.Add(nextHop, neighbour);
        _unresolved++;
        Ask(neighbour, now);
        return ArpVerdict.Pending;
    }

    /// <summary>Keeps a copy of a packet for a neighbour that is <see cref="ArpVerdict.Pending"/>; the oldest goes when the budget is used up (RFC 1122 2.3.2.2).</summary>
    /// <param name="nextHop">The neighbour.</param>
    /// <param name="packet">A whole IPv4 packet with its checksums complete.</param>
    /// <param name="now">The time.</param>
    internal void Enqueue(IpAddress nextHop, ReadOnlySpan<byte> packet, Instant now)
    {
        if (!_neighbours.TryGetValue(nextHop, out Neighbour? neighbour) || neighbour.State != State.Incomplete || packet.Length > Budgets.ArpQueueBytes) return;
        neighbour.Queue ??= new();
        neighbour.Queue.Enqueue(packet.ToArray());
        neighbour.QueuedBytes += packet.Length;
        while (neighbour.Queue.Count > Budgets.ArpQueuePackets || neighbour.QueuedBytes > Budgets.ArpQueueBytes)
        {
            byte[] oldest = neighbour.Queue.Dequeue();
            neighbour.QueuedBytes -= oldest.Length;
            Report(oldest, DropReason.ArpQueueFull, now);
        }
    }

    /// <summary>Handles a packet that arrived.</summary>
    internal void Arrived(in ArpPacket packet, Instant now)
    {
        // Our own frames come back on some links, and a group address names no station.
        if (packet.SenderMac == mac || packet.SenderMac.IsGroup) return;
        if (packet.SenderAddress == address)
        {
            NoticeConflict(packet.SenderMac, now);
            return;
        }
        bool forUs = packet.TargetAddress == address;
        bool namesSender = packet.SenderAddress.V4Bits != 0; // RFC 5227 2.1.1: a probe has no sender address, so there is nothing to learn
        if (namesSender) Learn(packet, forUs, now);
        if (forUs && packet.Operation == ArpOperation.Request && _replies.Count < Budgets.ArpReplies)
        {
            _replies.Enqueue((new(ArpOperation.Reply, mac, address, packet.SenderMac, packet.SenderAddress), packet.SenderMac)); // RFC 826
        }
    }

    /// <summary>Gives the next ARP packet to send and where to.</summary>
    internal bool TryTransmit(Instant now, out ArpPacket packet, out MacAddress to)
    {
        if (_replies.TryDequeue(out (ArpPacket Packet, MacAddress To) reply))
        {
            (packet, to) = reply;
            return true;
        }
        if (_announceAt <= now)
        {
            _announceAt = --_announcementsLeft > 0 ? now + AnnounceInterval : Instant.Never;
            packet = new(ArpOperation.Request, mac, address, default, address); // RFC 5227 2.3
            to = MacAddress.Broadcast;
            events?.ArpRequestSent(new(now, address, 0, to));
            return true;
        }
        if (_sendDue)
        {
            foreach ((IpAddress target, Neighbour neighbour) in _neighbours)
            {
                if (!neighbour.SendDue) continue;
                neighbour.SendDue = false;
                packet = new(ArpOperation.Request, mac, address, default, target);
                to = neighbour.AskEverybody ? MacAddress.Broadcast : neighbour.Mac; // RFC 1122 2.3.2.1 (2): a unicast poll
                events?.ArpRequestSent(new(now, target, neighbour.Attempts, to));
                return true;
            }
            _sendDue = false;
        }
        packet = default;
        to = default;
        return false;
    }

    /// <summary>Gives the next packet whose neighbour has been found.</summary>
    internal bool TryDequeue(out ReadOnlyMemory<byte> packet, out MacAddress to)
    {
        bool any = _released.TryDequeue(out (byte[] Packet, MacAddress To) released);
        packet = released.Packet;
        to = released.To;
        return any;
    }

    /// <summary>Gives the next packet whose neighbour did not answer, so that its sender can be told (host unreachable).</summary>
    internal bool TryTakeUndeliverable(out ReadOnlyMemory<byte> packet, out IpAddress nextHop)
    {
        bool any = _undeliverable.TryDequeue(out (byte[] Packet, IpAddress NextHop) lost);
        packet = lost.Packet;
        nextHop = lost.NextHop;
        return any;
    }

    /// <summary>Lets time pass: repeats requests, gives neighbours up, asks old ones to confirm.</summary>
    internal void Advance(Instant now)
    {
        if (now < _deadline) return;
        foreach ((IpAddress who, Neighbour neighbour) in _neighbours)
        {
            if (neighbour.Deadline > now) continue;
            if (neighbour.State == State.Reachable && neighbour.Used)
            {
                Probe(neighbour, askEverybody: false, now);
            }
            else if (neighbour.State != State.Reachable && neighbour.Attempts < Budgets.ArpAttempts)
            {
                Ask(neighbour, now);
            }
            else
            {
                _forgotten.Add(who);
            }
        }
        foreach (IpAddress who in _forgotten) Forget(who, now);
        _forgotten.Clear();
        UpdateDeadline();
    }

    private void Learn(in ArpPacket packet, bool forUs, Instant now)
    {
        if (_neighbours.TryGetValue(packet.SenderAddress, out Neighbour? known))
        {
            bool answers = known.State != State.Reachable && packet.Operation == ArpOperation.Reply;
            bool contradicts = known.State != State.Incomplete && known.Mac != packet.SenderMac;
            if (forUs && (answers || (packet.Operation == ArpOperation.Request && !contradicts)))
            {
                Confirm(packet.SenderAddress, known, packet.SenderMac, now);
            }
            else if (contradicts && known.State == State.Reachable)
            {
                Probe(known, askEverybody: true, now); // it may have moved: ask instead of believing
            }
        }
        else if (forUs && packet.Operation == ArpOperation.Request && MakeRoom())
        {
            Neighbour neighbour = new();
            _neighbours.Add(packet.SenderAddress, neighbour);
            _unresolved++;
            Confirm(packet.SenderAddress, neighbour, packet.SenderMac, now); // RFC 826: who asks will be answered, so remember it
        }
    }

    private void Confirm(IpAddress who, Neighbour neighbour, MacAddress senderMac, Instant now)
    {
        if (neighbour.State == State.Incomplete) _unresolved--;
        bool news = neighbour.State == State.Incomplete || neighbour.Mac != senderMac;
        neighbour.State = State.Reachable;
        neighbour.Mac = senderMac;
        neighbour.SendDue = false;
        neighbour.Attempts = 0;
        neighbour.Used = neighbour.Queue is not null;
        neighbour.Deadline = now + ReachableTime;
        while (neighbour.Queue is not null && neighbour.Queue.TryDequeue(out byte[]? packet)) _released.Enqueue((packet, senderMac));
        neighbour.Queue = null;
        neighbour.QueuedBytes = 0;
        UpdateDeadline();
        if (news) events?.ArpResolved(new(now, who, senderMac));
    }

    private void Probe(Neighbour neighbour, bool askEverybody, Instant now)
    {
        neighbour.State = State.Probing;
        neighbour.AskEverybody = askEverybody;
        neighbour.Attempts = 0;
        Ask(neighbour, now);
    }

    private void Ask(Neighbour neighbour, Instant now)
    {
        neighbour.Attempts++;
        neighbour.SendDue = true;
        neighbour.Deadline = now + RetryInterval;
        _sendDue = true;
        _deadline = Instant.Min(_deadline, neighbour.Deadline);
    }

    private void Forget(IpAddress who, Instant now)
    {
        _neighbours.Remove(who, out Neighbour? neighbour);
        if (neighbour is null || neighbour.State == State.Reachable) return;
        if (neighbour.State == State.Incomplete) _unresolved--;
        events?.ArpFailed(new(now, who, neighbour.Attempts, neighbour.Queue?.Count ?? 0));
        while (neighbour.Queue is not null && neighbour.Queue.TryDequeue(out byte[]? packet))
        {
            Report(packet, DropReason.NeighbourUnreachable, now);
            _undeliverable.Enqueue((packet, who));
        }
    }

    /// <summary>Drops the neighbour that is nearest to its end, one that we do not use before one that we do; never one that packets wait for.</summary>
    private bool MakeRoom()
    {
        if (_neighbours.Count < Budgets.ArpEntries) return true;
        IpAddress? victim = null;
        (bool Used, Instant Deadline) best = (true, Instant.Never);
        foreach ((IpAddress who, Neighbour neighbour) in _neighbours)
        {
            if (neighbour.State == State.Incomplete || (neighbour.Used, neighbour.Deadline).CompareTo(best) >= 0) continue;
            victim = who;
            best = (neighbour.Used, neighbour.Deadline);
        }
        return victim is IpAddress found && _neighbours.Remove(found);
    }

    private void NoticeConflict(MacAddress other, Instant now)
    {
        bool defend = _defendedAt == Instant.Never || now - _defendedAt >= DefendInterval; // RFC 5227 2.4 (c)
        if (defend)
        {
            _defendedAt = now;
            _announcementsLeft = 1;
            _announceAt = now;
        }
        events?.AddressConflict(new(now, address, other, defend));
    }

    private void UpdateDeadline()
    {
        _deadline = Instant.Never;
        foreach (Neighbour neighbour in _neighbours.Values) _deadline = Instant.Min(_deadline, neighbour.Deadline);
    }

    private void Report(ReadOnlySpan<byte> packet, DropReason reason, Instant now)
    {
        if (events is null) return;
        _ = Ipv4Header.TryParseQuoted(packet, out Ipv4Header header, out _); // our own packet: it parses
        events.DatagramDropped(new(now, header.Source, header.Destination, header.Protocol, packet.Length, reason));
    }
}
