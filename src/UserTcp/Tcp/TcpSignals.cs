namespace UserTcp.Tcp;

/// <summary>What has become possible or true since it was last asked; <see cref="TcpConnection.TakeSignals"/>.</summary>
[Flags]
internal enum TcpSignals
{
    /// <summary>Nothing new.</summary>
    None = 0,

    /// <summary>The handshake is complete.</summary>
    Established = 1,

    /// <summary>There is data to read where there was none or less.</summary>
    Readable = 2,

    /// <summary>There is room to write again after <see cref="TcpConnection.Send"/> found too little.</summary>
    Writable = 4,

    /// <summary>The peer's FIN has arrived in order: after the data comes the end.</summary>
    PeerClosed = 8,

    /// <summary>The connection waits 2 MSL (RFC 9293 3.6.1).</summary>
    EnteredTimeWait = 16,

    /// <summary>The state is CLOSED: the connection can be forgotten.</summary>
    Closed = 32,

    /// <summary>It ended otherwise than by both FINs; <see cref="TcpConnection.Failure"/> says why.</summary>
    Failed = 64,

    /// <summary>The peer has acknowledged our FIN, and so everything before it, and has not closed yet.</summary>
    Delivered = 128,
}
