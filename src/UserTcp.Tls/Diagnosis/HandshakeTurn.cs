namespace UserTcp.Tls.Diagnosis;

/// <summary>How far the handshake was: what the server can object to depends on what it has seen.</summary>
internal enum HandshakeTurn
{
    /// <summary>It has seen the ClientHello and has not answered.</summary>
    Offered,

    /// <summary>It has begun to answer: its own flight, or a resumption.</summary>
    ServerFlight,

    /// <summary>It has seen the client's certificate, key and Finished.</summary>
    ClientFlight,

    /// <summary>The handshake is complete.</summary>
    Traffic,
}
