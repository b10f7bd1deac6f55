namespace UserTcp.Tls;

/// <summary>What a <see cref="TlsClientEngine"/> needs next.</summary>
public enum TlsStatus
{
    /// <summary>More bytes from the server: fill <see cref="TlsClientEngine.InputBuffer"/> and call <see cref="TlsClientEngine.InputReceived"/>.</summary>
    WantRead,

    /// <summary>Bytes must go to the server: send <see cref="TlsClientEngine.GetOutput"/> and call <see cref="TlsClientEngine.OutputSent"/>.</summary>
    WantWrite,

    /// <summary>The call did what it was asked.</summary>
    Complete,

    /// <summary>The server has ended its side with close_notify: nothing more will be read.</summary>
    Closed,
}
