namespace UserTcp.PacketdrillShim.Linux;

/// <summary>Flags of calls that send and receive (MSG_*).</summary>
[Flags]
internal enum MessageFlags
{
    None = 0,
    Peek = 0x2,
    ControlTruncated = 0x8,
    Truncate = 0x20,
    DontWait = 0x40,
    EndOfRecord = 0x80,
    WaitAll = 0x100,
    ErrorQueue = 0x2000,
    NoSignal = 0x4000,
    More = 0x8000,
    ZeroCopy = 0x400_0000,
}

/// <summary>Status flags of a descriptor (F_GETFL, F_SETFL).</summary>
internal static class OpenFlags
{
    internal const int ReadWrite = 0x2;
    internal const int NonBlocking = 0x800;
}

/// <summary>Commands of fcntl.</summary>
internal static class DescriptorCommand
{
    internal const int GetDescriptorFlags = 1; // F_GETFD
    internal const int SetDescriptorFlags = 2; // F_SETFD
    internal const int GetStatusFlags = 3; // F_GETFL
    internal const int SetStatusFlags = 4; // F_SETFL
}

/// <summary>Requests of ioctl.</summary>
internal static class IoRequest
{
    internal const uint BytesToRead = 0x541b; // SIOCINQ, FIONREAD
    internal const uint BytesToSend = 0x5411; // SIOCOUTQ, TIOCOUTQ
    internal const uint NonBlocking = 0x5421; // FIONBIO
    internal const uint BytesNotSent = 0x894b; // SIOCOUTQNSD
}

/// <summary>What a descriptor is ready for: poll's and epoll's bits, which are the same.</summary>
[Flags]
internal enum Readiness : uint
{
    None = 0,
    Input = 0x1,
    Urgent = 0x2,
    Output = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    InvalidDescriptor = 0x20,
    NormalInput = 0x40,
    NormalOutput = 0x100,
    PeerHangUp = 0x2000,

    /// <summary>Always told, whether asked for or not.</summary>
    Always = Error | HangUp,
}

/// <summary>Levels of socket options.</summary>
internal static class OptionLevel
{
    internal const int Ip = 0; // SOL_IP
    internal const int Socket = 1; // SOL_SOCKET
    internal const int Tcp = 6; // SOL_TCP
}

/// <summary>Options of the socket level.</summary>
internal enum SocketOption
{
    ReuseAddress = 2,
    Type = 3,
    Error = 4,
    SendBuffer = 7,
    ReceiveBuffer = 8,
    KeepAlive = 9,
    Priority = 12,
    Linger = 13,
    ReusePort = 15,
    ReceiveLowWater = 18,
    ReceiveTimeout = 20,
    SendTimeout = 21,
    SendBufferForce = 32,
    ReceiveBufferForce = 33,
    Mark = 36,
    Timestamping = 37,
    Protocol = 38,
    MaximumPacingRate = 47,
    MemoryInfo = 55,
    ZeroCopy = 60,
}

/// <summary>Options of the IP level.</summary>
internal enum IpOption
{
    TypeOfService = 1,
    TimeToLive = 2,
    MtuDiscover = 10,
    ReceiveError = 11,
    Mtu = 14,
    FreeBind = 15,
}

/// <summary>Options of the TCP level.</summary>
internal enum TcpOption
{
    NoDelay = 1,
    MaximumSegment = 2,
    Cork = 3,
    KeepIdle = 4,
    KeepInterval = 5,
    KeepCount = 6,
    SynCount = 7,
    Linger2 = 8,
    DeferAccept = 9,
    WindowClamp = 10,
    Info = 11,
    QuickAck = 12,
    Congestion = 13,
    ThinLinearTimeouts = 16,
    ThinDuplicateAck = 17,
    UserTimeout = 18,
    Timestamp = 24,
    NotSentLowWater = 25,
    CongestionInfo = 26,
    QueueLength = 36,
}
