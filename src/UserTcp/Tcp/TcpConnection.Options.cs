namespace UserTcp.Tcp;

// What the user changes while the connection lives.
internal sealed partial class TcpConnection
{
    /// <summary>What the user has set.</summary>
    internal TcpSettings Settings => _settings;

    /// <summary>Changes what the user has set: Nagle, the timeouts and retries, the sizes of the buffers. What was agreed with the peer stays.</summary>
    internal void Change(TcpSettings settings, Instant now)
    {
        _now = now;
        TcpSettings before = _settings;
        _settings = settings;
        _sender.ChangeBuffer(settings);
        _uncorked = settings.NoDelay; // as in Linux, also when it was set before
        if (settings.ReceiveBufferSize != before.ReceiveBufferSize) _receiver.FixBufferSize(settings.ReceiveBufferSize);
    }
}
