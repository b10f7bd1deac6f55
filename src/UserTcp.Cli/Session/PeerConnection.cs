using System.Diagnostics;
using UserTcp.Tcp;
using UserTcp.Tls;

namespace UserTcp.Cli.Session;

/// <summary>One connection of the command's: TCP, with TLS over it when asked for.</summary>
internal sealed class PeerConnection(string host, TcpStream tcp)
{
    // What a server may still send after our FIN before we stop listening to it: more than any last record, less than a body.
    private const int MostAfterClose = 1 << 20;

    private bool _closed;
    private string? _unconfirmed;

    /// <summary>The name that was asked for.</summary>
    public string Host { get; } = host;

    /// <summary>The connection.</summary>
    public TcpStream Tcp { get; } = tcp;

    /// <summary>TLS over it; null without.</summary>
    public TlsClientStream? Tls { get; set; }

    /// <summary>What was wanted of it, for sentences.</summary>
    public string Wanted { get; set; } = "the handshake";

    /// <summary>How it ended: TIME-WAIT when we closed first; null when it did not end in order.</summary>
    public TcpState? Ended { get; private set; }

    /// <summary>Ends the connection in order, we first, if the server lets us; else resets it. What was fetched before stays fetched:
    /// servers that have closed already answer our close_notify with RST, and some never send their FIN.</summary>
    /// <returns>What was not in order, for the user; null when everything was, or when it was closed before.</returns>
    public async Task<string?> CloseAsync(CancellationToken cancellationToken)
    {
        if (_closed)
            return null;
        _closed = true;
        try
        {
            await CloseInOrderAsync(cancellationToken).ConfigureAwait(false);
            return _unconfirmed;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Tcp.Abort();
            return $"{Host} did not close in order: {(e is OperationCanceledException ? "the server has not closed its side; it was reset" : e.Message)}";
        }
    }

    /// <summary>close_notify, FIN, then whatever the server still sends until its FIN.</summary>
    private async Task CloseInOrderAsync(CancellationToken cancellationToken)
    {
        bool reads = await TrySayGoodbyeAsync(cancellationToken).ConfigureAwait(false);
        await Tcp.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
        if (reads)
            await DrainTlsAsync(cancellationToken).ConfigureAwait(false);
        await DrainAsync(Tcp, cancellationToken).ConfigureAwait(false);
        Ended = await Tcp.WaitForCloseAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends close_notify.</summary>
    /// <returns>Whether TLS can still be read: not without TLS, and not when HttpClient, told "Connection: close", has ended it already.</returns>
    private async Task<bool> TrySayGoodbyeAsync(CancellationToken cancellationToken)
    {
        if (Tls is null)
            return false;
        try
        {
            await Tls.ShutdownAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads up to the server's close_notify.</summary>
    private async Task DrainTlsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync(Tls!, cancellationToken).ConfigureAwait(false);
        }
        catch (TlsException e)
        {
            // Common, and no failure: what was asked for has been read to the end that HTTP told (RFC 5246 7.2.1, RFC 9112 9.8).
            _unconfirmed = e.Error == TlsError.UnexpectedEof
                ? $"{Host} closed without close_notify (RFC 5246 7.2.1); {Wanted} was complete by then"
                : $"{Host} did not close in order: {e.Message}";
        }
    }

    private async Task DrainAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] rest = new byte[4096];
        int read, total = 0;
        while ((read = await stream.ReadAsync(rest, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if ((total += read) > MostAfterClose)
                throw new IOException($"{Host} has sent more than {MostAfterClose} bytes after our FIN and does not close; the connection is reset");
        }
    }

    /// <summary>Waits as long as the ending asks for: 2 MSL when <paramref name="all"/>; else 2 × RTO for a repeated FIN where our last ACK may have been lost,
    /// as segments before it were, ours, theirs or their acknowledgments; else not at all.</summary>
    /// <param name="all">Whether TIME-WAIT is waited out.</param>
    /// <param name="lossy">Whether the path is known to lose segments, even if none was.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A sentence about TIME-WAIT for the user; null when the server closed first and there is none.</returns>
    public async Task<string?> SitOutTimeWaitAsync(bool all, bool lossy, CancellationToken cancellationToken)
    {
        if (Ended != TcpState.TimeWait)
            return null;
        var watch = Stopwatch.StartNew();
        if (all)
        {
            await Tcp.WaitForTimeWaitAsync(cancellationToken).ConfigureAwait(false);
            return $"TIME-WAIT waited out: {watch.Elapsed.TotalSeconds:0.0} s (2 MSL, RFC 9293 3.6.1)";
        }

        const string LongLived = "a long-lived stack would stay 2 MSL (RFC 9293 3.6.1), as --time-wait does";
        TcpInfo info = Tcp.Info;
        if (!lossy && info.Retransmissions == 0 && info.BytesOutOfOrder == 0 && info.DuplicateSegmentsReceived == 0)
            return $"left TIME-WAIT at once: no loss was seen on this path, so our last ACK will have arrived; {LongLived}";
        TimeSpan shortWait = 2 * info.Rto;
        await Task.Delay(shortWait, cancellationToken).ConfigureAwait(false);
        return $"left TIME-WAIT after {shortWait.TotalMilliseconds:0} ms (2 × RTO), in case the server repeats its FIN; {LongLived}";
    }
}
