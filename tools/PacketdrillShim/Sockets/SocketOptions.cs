using UserTcp.PacketdrillShim.Linux;
using UserTcp.Tcp;

namespace UserTcp.PacketdrillShim.Sockets;

/// <summary>What setsockopt and the sysctls have set for a socket, and what the stack is told of it. A connection that is accepted starts with a copy.</summary>
internal sealed record SocketOptions(Sysctls Sysctls)
{
    // SO_SNDBUF and SO_RCVBUF are doubled for bookkeeping (socket(7)), but not below these.
    private const int LeastSendBuffer = 4608, LeastReceiveBuffer = 2304;

    /// <summary>SO_SNDBUF as getsockopt tells it, or null when it was not set.</summary>
    internal int? SendBuffer { get; set; }

    /// <summary>SO_RCVBUF as getsockopt tells it, or null when it was not set.</summary>
    internal int? ReceiveBuffer { get; set; }

    internal bool NoDelay { get; set; }

    internal bool Cork { get; set; }

    /// <summary>TCP_MAXSEG, or null.</summary>
    internal int? MaximumSegment { get; set; }

    internal bool KeepAlive { get; set; }

    internal TimeSpan KeepIdle { get; set; } = TimeSpan.FromSeconds(Sysctls.Number("tcp_keepalive_time"));

    internal TimeSpan KeepInterval { get; set; } = TimeSpan.FromSeconds(Sysctls.Number("tcp_keepalive_intvl"));

    internal int KeepCount { get; set; } = (int)Sysctls.Number("tcp_keepalive_probes");

    /// <summary>TCP_LINGER2.</summary>
    internal TimeSpan FinWait2Timeout { get; set; } = TimeSpan.FromSeconds(Sysctls.Number("tcp_fin_timeout"));

    /// <summary>SO_LINGER, or null when it is off.</summary>
    internal TimeSpan? Linger { get; set; }

    /// <summary>TCP_USER_TIMEOUT; zero is the stack's own.</summary>
    internal TimeSpan UserTimeout { get; set; }

    /// <summary>TCP_NOTSENT_LOWAT, or null for the sysctl.</summary>
    internal uint? NotSentLowWater { get; set; }

    internal string Congestion { get; set; } = Sysctls.Text("tcp_congestion_control");

    internal int SynCount { get; set; } = (int)Sysctls.Number("tcp_syn_retries");

    internal TimeSpan? ReceiveTimeout { get; set; }

    internal TimeSpan? SendTimeout { get; set; }

    /// <summary>TCP_INQ: recvmsg tells how much is left.</summary>
    internal bool TellQueueLength { get; set; }

    internal byte TypeOfService { get; set; }

    /// <summary>Options that change nothing here but are told again as they were set.</summary>
    internal Dictionary<(int Level, int Name), int> Remembered { get; init; } = [];

    /// <summary>What getsockopt(SO_SNDBUF) tells.</summary>
    internal int EffectiveSendBuffer => SendBuffer ?? (int)Sysctls.Number("tcp_wmem", 1);

    /// <summary>What getsockopt(SO_RCVBUF) tells.</summary>
    internal int EffectiveReceiveBuffer => ReceiveBuffer ?? (int)Sysctls.Number("tcp_rmem", 1);

    /// <summary>Unsent bytes from which on the socket does not count as writable.</summary>
    internal uint EffectiveNotSentLowWater => NotSentLowWater is { } own and not 0 ? own : (uint)Sysctls.Number("tcp_notsent_lowat");

    /// <summary>The stack's settings that come nearest to Linux with these options.</summary>
    internal TcpSettings Settings
    {
        get
        {
            TcpSettings settings = new()
            {
                SendBufferSize = SendQueueModel.StackBuffer, // what is taken is the model's decision
                InitialSendBufferSize = SendQueueModel.StackBuffer,
                // Linux grows it from the middle to the largest value of the sysctl, unless the user has set one.
                InitialReceiveBufferSize = EffectiveReceiveBuffer,
                ReceiveBufferSize = ReceiveBuffer ?? (int)Sysctls.Number("tcp_rmem", 2),
                Timestamps = Sysctls.Flag("tcp_timestamps"),
                TimestampsRequired = false,
                WindowScaling = Sysctls.Flag("tcp_window_scaling"),
                SelectiveAcknowledgments = Sysctls.Flag("tcp_sack"),
                Ecn = Sysctls.Number("tcp_ecn") switch { 1 => EcnMode.Request, 2 => EcnMode.Accept, _ => EcnMode.Off },
                CongestionControl = Congestion == "reno" ? CongestionAlgorithm.Reno : CongestionAlgorithm.Cubic,
                PathMtuProbing = Sysctls.Number("tcp_mtu_probing") != 0,
                NoDelay = NoDelay,
                Cork = Cork,
                KeepAlive = KeepAlive,
                KeepAliveTime = KeepIdle,
                KeepAliveInterval = KeepInterval,
                KeepAliveProbes = KeepCount,
                MinimumRto = TimeSpan.FromMicroseconds(Sysctls.Number("tcp_rto_min_us")),
                MaximumRto = TimeSpan.FromMilliseconds(Sysctls.Number("tcp_rto_max_ms")),
                FinWait2Timeout = FinWait2Timeout,
                MaximumSegmentSize = MaximumSegment,
                RestartAfterIdle = Sysctls.Flag("tcp_slow_start_after_idle"),
                LeastBurst = (int)Sysctls.Number("tcp_min_tso_segs"),
                SynRetries = SynCount,
                SynAckRetries = (int)Sysctls.Number("tcp_synack_retries"),
            };
            return UserTimeout > TimeSpan.Zero ? settings with { UserTimeout = UserTimeout } : settings;
        }
    }

    /// <summary>A copy for a connection that was accepted.</summary>
    internal SocketOptions Inherit() => this with { Remembered = new(Remembered) };

    /// <summary>SO_SNDBUF: doubled, within wmem_max's limits.</summary>
    internal void SetSendBuffer(int bytes) => SendBuffer = (int)Math.Clamp(2L * bytes, LeastSendBuffer, int.MaxValue / 2);

    /// <summary>SO_RCVBUF: doubled.</summary>
    internal void SetReceiveBuffer(int bytes) => ReceiveBuffer = (int)Math.Clamp(2L * bytes, LeastReceiveBuffer, int.MaxValue / 2);
}
