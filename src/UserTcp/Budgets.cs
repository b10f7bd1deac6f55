namespace UserTcp;

/// <summary>Every limit that keeps a hostile or broken peer from costing us more than it should, each with its origin. Where it says
/// "ours", nobody's figure was there to follow, and the reason is all there is.</summary>
internal static class Budgets
{
    // ---- ARP ----

    /// <summary>Neighbours remembered. Linux starts to collect at 128 (gc_thresh1) and refuses at 1024; a TAP or a LAN has fewer.</summary>
    internal const int ArpEntries = 256;

    /// <summary>Packets kept per unresolved neighbour. RFC 1122 2.3.2.2 wants at least one; lwIP keeps 3, Linux about 100. Ours: the SYNs of a few connections.</summary>
    internal const int ArpQueuePackets = 16;

    /// <summary>Bytes kept per unresolved neighbour: room for one datagram of the largest size.</summary>
    internal const int ArpQueueBytes = 65_536;

    /// <summary>Neighbours with packets waiting at the same time, so that a scan of a subnet cannot fill the memory. Ours: with <see cref="ArpQueueBytes"/> it is 4 MiB
    /// at most. Linux does not count them apart: they are among its gc_thresh3 of 1024 neighbours.</summary>
    internal const int ArpUnresolved = 64;

    /// <summary>Answers waiting to be sent; more requests in one batch than this are not answered, the asker repeats. Ours: they leave with each
    /// batch, and on a TAP or a LAN few ask at once.</summary>
    internal const int ArpReplies = 32;

    /// <summary>Requests per neighbour before it counts as unreachable. Linux: mcast_solicit 3.</summary>
    internal const int ArpAttempts = 3;

    // ---- IPv4 reassembly ----

    /// <summary>Bytes of all incomplete datagrams together. Linux allows 4 MiB (ipfrag_high_thresh) for a whole host; one stack needs less.</summary>
    internal const int ReassemblyBytes = 1 << 20;

    /// <summary>Incomplete datagrams at the same time. Ours: at 16 KiB each they use up <see cref="ReassemblyBytes"/>. Linux has no such count, but gives a datagram up
    /// when 64 others of its sender have come in between (ipfrag_max_dist).</summary>
    internal const int ReassemblyDatagrams = 64;

    /// <summary>Separate pieces of one datagram. 65,535 bytes in fragments of 576 bytes are 119.</summary>
    internal const int ReassemblyPieces = 128;

    // ---- ICMP ----

    /// <summary>ICMP errors sent per second. RFC 1812 4.3.2.8 asks for a limit; Linux: icmp_msgs_per_sec 1000.</summary>
    internal const int IcmpErrorsPerSecond = 1000;

    /// <summary>ICMP errors sent at once after a quiet time. Linux: icmp_msgs_burst 50.</summary>
    internal const int IcmpErrorBurst = 50;

    /// <summary>ICMP messages waiting to be sent; a flood beyond it is not answered. Ours: a whole <see cref="IcmpErrorBurst"/> and some echoes.</summary>
    internal const int IcmpQueueMessages = 64;

    /// <summary>Bytes of the ICMP messages waiting to be sent. Ours: four echoes of the largest size.</summary>
    internal const int IcmpQueueBytes = 4 * 65_536;

    /// <summary>Echo requests of ours that wait for a reply. Ours: a hundred a second to somebody who does not answer for ten seconds.</summary>
    internal const int EchoesOutstanding = 1024;

    // ---- Path MTU ----

    /// <summary>Destinations whose path MTU is remembered; beyond it the oldest makes room. Only a report that quotes a segment in flight makes an entry. Linux
    /// remembers up to 10,240 exceptions for each next hop (2048 buckets of 5).</summary>
    internal const int PathMtus = 1024;

    /// <summary>The least path MTU that an ICMP message is believed, in bytes. IPv4 allows 68 (RFC 791 3.2), at which every 28 bytes would cost 40 of header:
    /// who may send one forged message must not get that. Linux: min_pmtu 552; every host takes 576 (RFC 1122 3.3.2).</summary>
    internal const int LeastPathMtu = 552;

    // ---- DNS ----

    /// <summary>CNAMEs followed for one question. BIND 9 stops at 16 (max-restarts 11 since 2024), unbound at 11.</summary>
    internal const int DnsAliases = 16;

    /// <summary>Pointers followed within one name. A name has at most 127 labels (RFC 1035 3.1), so no honest name needs more.</summary>
    internal const int DnsPointers = 127;

    /// <summary>Answers that did not fit the question after which a port is given up: somebody is guessing (RFC 5452 9.3 asks for detection). Ours: of 2^16
    /// identifiers 32 guesses hit the right one once in 2048 times, if the port was known; and a server's late answers to earlier queries are not as many.</summary>
    internal const int DnsForgeries = 32;

    /// <summary>Questions being asked at the same time; each has ports of its own. Ours: more than the connections that a client opens at once.</summary>
    internal const int DnsQuestions = 256;

    /// <summary>Names in the cache. dnsmasq remembers 150 unless told otherwise, systemd-resolved 4096; one stack is between the two.</summary>
    internal const int DnsCacheEntries = 1024;

    /// <summary>Addresses kept per name. musl keeps 48; an answer of 512 bytes has room for 30.</summary>
    internal const int DnsAddresses = 64;

    // ---- TCP ----

    /// <summary>The least time between two answers of one connection to segments that are not acceptable (RFC 5961 7 wants a limit). Linux:
    /// tcp_invalid_ratelimit. It belongs to the connection: with one for the whole stack a stranger could count the answers that a connection between two
    /// others does not get, and so find its numbers (CVE-2016-5696).</summary>
    internal static readonly TimeSpan InvalidSegmentAnswers = TimeSpan.FromMilliseconds(500);

    /// <summary>Segments in flight on one connection: 11 MiB of full ones. Loss detection and the scoreboard look at each, so a peer with an MSS of 48, which is
    /// the least that Linux takes, and a large window could make every acknowledgment dear (CVE-2019-11478).</summary>
    internal const int SegmentsInFlight = 8192;

    /// <summary>Connections in SYN-RECEIVED per listener; further SYNs are answered with cookies. Linux: tcp_max_syn_backlog 128 to 4096 by memory.</summary>
    internal const int HalfOpenPerListener = 1024;

    /// <summary>Connections in TIME-WAIT; what comes beyond skips it. Linux: tcp_max_tw_buckets 4096 to 262,144 by memory.</summary>
    internal const int TimeWaitConnections = 16_384;

    /// <summary>Bytes that all connections together keep ahead of gaps, gaps included: a peer that sends one byte at the end of its window makes us hold the
    /// window. Beyond it whoever has waited longest for what is missing forgets its share, which comes again. Sixteen windows of 4 MiB; Linux's limit for all of TCP, tcp_mem, goes by the machine's memory.</summary>
    internal const long OutOfOrderBytes = 64 << 20;

    // ---- Output ----

    /// <summary>Segments without a connection (RST, SYN cookies) that wait to be written. They leave with each batch of frames, and no batch holds more: 1 MiB
    /// of the smallest. Per second there is no limit, as in Linux: a reset is no larger than what it answers, and without it a peer would wait in vain.</summary>
    internal const int StraySegments = 16_384;

    /// <summary>Frames of resets, datagrams and control messages that wait to be written: a flood that needs answers beyond it gets none.
    /// Linux queues 1000 frames at a device (txqueuelen).</summary>
    internal const int ControlFrames = 1024;
}
