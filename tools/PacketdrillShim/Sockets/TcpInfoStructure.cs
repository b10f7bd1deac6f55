using System.Runtime.InteropServices;
using UserTcp.Tcp;

namespace UserTcp.PacketdrillShim.Sockets;

/// <summary>Linux's struct tcp_info of 280 bytes, filled from our figures. What the stack does not know stays 0.</summary>
internal static class TcpInfoStructure
{
    /// <summary>Writes the structure.</summary>
    internal static byte[] Of(in TcpInfo info, bool listening, Instant establishedAt, Instant now)
    {
        const byte Timestamps = 1, SelectiveAcknowledgments = 2, WindowScale = 4; // TCPI_OPT_*
        int mss = Math.Max(info.SendMss, 1);
        Layout layout = new()
        {
            State = StateOf(info.State, listening),
            CongestionState = (byte)info.Recovery, // the same numbers as TCP_CA_*
            Retransmits = (byte)info.Backoff,
            Backoff = (byte)info.Backoff,
            Options = (byte)((info.Timestamps ? Timestamps : 0) | (info.SelectiveAcknowledgments ? SelectiveAcknowledgments : 0) | (info.SendWindowScale > 0 || info.ReceiveWindowScale > 0 ? WindowScale : 0)),
            WindowScales = (byte)(info.SendWindowScale | info.ReceiveWindowScale << 4),
            RetransmissionTimeout = Microseconds(info.Rto),
            SendMss = (uint)info.SendMss,
            ReceiveMss = (uint)info.PeerSegmentSize,
            LastDataReceived = Milliseconds(info.LastDataReceived == Instant.Never ? establishedAt : info.LastDataReceived, now), // as if the handshake were data
            Unacknowledged = Segments(info.BytesInFlight, mss),
            Sacked = Segments(info.BytesSacked, mss),
            Lost = Segments(info.BytesLost + info.BytesResent, mss), // Linux counts them until they are acknowledged
            Retransmitted = Segments(info.BytesResent, mss),
            SmoothedRtt = Microseconds(info.SmoothedRtt),
            RttVariation = Microseconds(info.RttVariation),
            SlowStartThreshold = info.SlowStartThreshold == int.MaxValue ? int.MaxValue : (uint)(info.SlowStartThreshold / mss),
            CongestionWindow = (uint)(info.CongestionWindow / mss),
            AdvertisedMss = (uint)info.AdvertisedMss,
            Reordering = (uint)info.ReorderingDegree,
            TotalRetransmissions = (uint)info.Retransmissions,
            BytesAcknowledged = (ulong)info.BytesAcknowledged,
            BytesReceived = (ulong)info.BytesReceived,
            SegmentsOut = (uint)info.SegmentsSent,
            SegmentsIn = (uint)info.SegmentsReceived,
            NotSentBytes = (uint)info.BytesNotSent,
            MinimumRtt = Microseconds(info.MinimumRtt),
            BusyTime = Microseconds(info.BusyTime + Running(info, info.Limit, now)),
            ReceiveWindowLimited = Microseconds(info.ReceiveWindowLimitedTime + Running(info, SendLimit.ReceiveWindow, now)),
            SendBufferLimited = Microseconds(info.SendBufferLimitedTime + Running(info, SendLimit.SendBuffer, now)),
            BytesSent = (ulong)info.BytesSent,
            BytesRetransmitted = (ulong)info.BytesRetransmitted,
            SendWindow = (uint)info.SendWindow,
            ReceiveWindow = (uint)info.ReceiveWindow,
        };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<Layout>(in layout)).ToArray();
    }

    private static TimeSpan Running(in TcpInfo info, SendLimit limit, Instant now)
        => info.Limit == limit && limit != SendLimit.Idle ? now - info.LimitSince : TimeSpan.Zero;

    private static uint Microseconds(TimeSpan span) => (uint)(span.Ticks / TimeSpan.TicksPerMicrosecond);

    private static uint Milliseconds(Instant since, Instant now) => since == Instant.Never ? 0 : (uint)(now - since).TotalMilliseconds;

    private static uint Segments(int bytes, int mss) => (uint)((bytes + mss - 1) / mss);

    private static byte StateOf(TcpState state, bool listening)
        => listening ? (byte)10 : (byte)(state switch
        {
            TcpState.Established => 1,
            TcpState.SynSent => 2,
            TcpState.SynReceived => 3,
            TcpState.FinWait1 => 4,
            TcpState.FinWait2 => 5,
            TcpState.TimeWait => 6,
            TcpState.CloseWait => 8,
            TcpState.LastAck => 9,
            TcpState.Listen => 10,
            TcpState.Closing => 11,
            _ => 7,
        });

    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    private struct Layout
    {
        internal byte State, CongestionState, Retransmits, Probes, Backoff, Options, WindowScales, Limits;
        internal uint RetransmissionTimeout, AckTimeout, SendMss, ReceiveMss;
        internal uint Unacknowledged, Sacked, Lost, Retransmitted, Fackets;
        internal uint LastDataSent, LastAckSent, LastDataReceived, LastAckReceived;
        internal uint PathMtu, ReceiveSlowStartThreshold, SmoothedRtt, RttVariation, SlowStartThreshold, CongestionWindow, AdvertisedMss, Reordering;
        internal uint ReceiveRtt, ReceiveSpace, TotalRetransmissions;
        internal ulong PacingRate, MaximumPacingRate, BytesAcknowledged, BytesReceived;
        internal uint SegmentsOut, SegmentsIn, NotSentBytes, MinimumRtt, DataSegmentsIn, DataSegmentsOut;
        internal ulong DeliveryRate, BusyTime, ReceiveWindowLimited, SendBufferLimited;
        internal uint Delivered, DeliveredMarked;
        internal ulong BytesSent, BytesRetransmitted;
        internal uint DuplicateSacks, ReorderingSeen, OutOfOrderSegments, SendWindow, ReceiveWindow, Rehash;
        internal ushort TotalTimeouts, TotalTimeoutRecoveries;
        internal uint TotalTimeoutTime, ReceivedMarked;
        internal uint DeliveredBytesE1, DeliveredBytesE0, DeliveredBytesCe, ReceivedBytesE1, ReceivedBytesE0, ReceivedBytesCe, EcnModes;
    }
}
