using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>A TLS 1.2 connection over any stream. One reader and one writer may be active at the same time.</summary>
/// <remarks>Owns the inner stream: disposing closes it, after an attempt to send close_notify.</remarks>
public sealed class TlsClientStream : Stream
{
    private static readonly Lazy<TrustStore> SystemTrust = new(TrustStore.LoadSystem, LazyThreadSafetyMode.PublicationOnly);   // a failure is not kept: the bundle may be installed meanwhile

    private readonly Stream _inner;
    private readonly TlsClientEngine _engine;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TlsSessionInfo _session;
    private bool _sendingBroken;        // guarded by _sending
    private int _reading;
    private int _disposed;

    private TlsClientStream(Stream inner, TlsClientEngine engine, TlsSessionInfo session, TlsTimings timings)
    {
        Timings = timings;
        _inner = inner;
        _engine = engine;
        _session = session;
    }

    /// <summary>Does the handshake over <paramref name="inner"/>, which must be connected and unused.</summary>
    /// <param name="inner">The connection. Owned by the result; disposed when the handshake fails.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="cancellationToken">Ends the handshake, however silent the server is.</param>
    /// <exception cref="TlsException">The handshake failed. The alert that belongs to it has been sent.</exception>
    public static async Task<TlsClientStream> ConnectAsync(Stream inner, TlsClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(options);
        TlsClientEngine? engine = null;
        try
        {
            engine = new TlsClientEngine(options.TrustStore is null && !options.DangerouslySkipCertificateVerification
                ? options with { TrustStore = SystemTrust.Value } : options, RandomNumberGenerator.Fill);
            (TlsSessionInfo session, TlsTimings timings) = await HandshakeInTimeAsync(inner, engine, options, cancellationToken).ConfigureAwait(false);
            return new TlsClientStream(inner, engine, session, timings);
        }
        catch
        {
            engine?.Dispose();
            try
            {
                await inner.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // Why the handshake failed is worth more.
            }
            throw;
        }
    }

    /// <summary>The suite.</summary>
    public TlsCipherSuite NegotiatedCipherSuite => _session.CipherSuite;

    /// <summary>The group of the key exchange.</summary>
    public NamedGroup NegotiatedGroup => _session.Group;

    /// <summary>How the server signed its key.</summary>
    public SignatureScheme SignatureScheme => _session.SignatureScheme;

    /// <summary>The ALPN protocol; null when none was agreed.</summary>
    public string? ApplicationProtocol => _session.ApplicationProtocol;

    /// <summary>The server's certificates and what was checked of them.</summary>
    public CertificateVerified Certificate => _session.Certificate;

    /// <summary>Everything that was agreed.</summary>
    public TlsSessionInfo Session => _session;

    /// <summary>Where the time of the handshake went, by <see cref="TlsClientOptions.TimeProvider"/>.</summary>
    public TlsTimings Timings { get; }

    /// <inheritdoc/>
    public override bool CanRead => _disposed == 0;

    /// <inheritdoc/>
    public override bool CanWrite => _disposed == 0;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads decrypted data: at most one record's. 0 after the server's close_notify. An empty buffer waits until there is data.</summary>
    /// <exception cref="TlsException">A record was wrong, a fatal alert came, or the connection ended without close_notify (<see cref="TlsError.UnexpectedEof"/>).</exception>
    /// <exception cref="InvalidOperationException">Another read is still pending.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        // Two would receive into the same buffer, and the records would no longer fit together.
        if (Interlocked.Exchange(ref _reading, 1) != 0) throw new InvalidOperationException("A read is still pending on this connection: await it before the next read.");
        try
        {
            return await ReadAloneAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAloneAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            TlsStatus status;
            int count;
            try
            {
                status = _engine.Read(buffer.Span, out count);
            }
            catch (TlsException) when (_disposed == 0)
            {
                await SendAlertAsync(cancellationToken).ConfigureAwait(false);
                throw;
            }
            catch (TlsException)
            {
                throw new ObjectDisposedException(nameof(TlsClientStream));
            }
            // Who disposes zeroes the buffer: what was read meanwhile may be those zeros.
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            if (status != TlsStatus.WantRead) return count;
            await ReceiveAsync(_inner, _engine, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends data, in records of up to 16384 bytes: the first are short, so that the server can begin with them at once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);     // while it waited: the keys are gone
            while (!buffer.IsEmpty)
            {
                _engine.Write(buffer.Span, out int consumed);
                buffer = buffer[consumed..];
                await SendOutputAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Derives a key for a protocol above TLS that is bound to this connection, without a context (RFC 5705).</summary>
    /// <param name="label">What for, such as "EXPORTER-my-protocol": other labels give other keys.</param>
    /// <param name="length">Bytes wanted.</param>
    /// <returns>A secret; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">When the server does not know extended master secret: the key would not be bound to this connection alone (RFC 7627 5.4).</exception>
    public byte[] ExportKeyingMaterial(string label, int length) => _engine.ExportKeyingMaterial(label, length);

    /// <summary>Derives a key that also depends on <paramref name="context"/>. An empty context is not the same as none (RFC 5705 4).</summary>
    /// <param name="label">What for.</param>
    /// <param name="context">Up to 65535 bytes that both ends know.</param>
    /// <param name="length">Bytes wanted.</param>
    /// <returns>A secret; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">As without a context.</exception>
    public byte[] ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, int length) => _engine.ExportKeyingMaterial(label, context, length);

    /// <summary>Sends close_notify: nothing more will be written. Reading goes on until the server's close_notify (RFC 5246 7.2.1).</summary>
    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);     // while it waited
            _engine.Shutdown();
            await SendOutputAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Ends the connection at once with a fatal alert: what the application above TLS saw must not go on (RFC 5246 7.2.2). Dispose afterwards.</summary>
    /// <param name="alert">Why; not <see cref="TlsAlert.CloseNotify"/>, for which there is <see cref="ShutdownAsync"/>.</param>
    /// <param name="cancellationToken">Gives up sending it.</param>
    public async Task AbortAsync(TlsAlert alert, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);     // while it waited
            _engine.Abort(alert);
            await SendOutputAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Blocks the thread; prefer <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Blocks the thread; prefer <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
        => TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
        => TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Data is never held back: flushes the inner stream only.</summary>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc cref="Flush"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Tries to send close_notify and closes the inner stream. Call <see cref="ShutdownAsync"/> first to be sure that close_notify is sent.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            StartCloseNotify();
            try
            {
                await _inner.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                _engine.Dispose();
            }
        }
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            StartCloseNotify();
            try
            {
                _inner.Dispose();
            }
            finally
            {
                _engine.Dispose();
            }
        }
        base.Dispose(disposing);
    }

    private static async Task<(TlsSessionInfo Session, TlsTimings Timings)> HandshakeInTimeAsync(
        Stream inner, TlsClientEngine engine, TlsClientOptions options, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.HandshakeTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await HandshakeAsync(inner, engine, options, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);    // callers know their own token again
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw engine.TimeOut(options.HandshakeTimeout);
        }
    }

    private static async Task<(TlsSessionInfo Session, TlsTimings Timings)> HandshakeAsync(
        Stream inner, TlsClientEngine engine, TlsClientOptions options, CancellationToken cancellationToken)
    {
        TimeProvider clock = options.TimeProvider;
        Exception? unsent = null;
        TimeSpan serverFlight = default, confirmation = default, computing = default;
        while (true)
        {
            TlsStatus status;
            long started = clock.GetTimestamp();
            try
            {
                status = engine.Handshake(clock.GetUtcNow());
            }
            catch (TlsException)
            {
                await LogKeysAsync(engine, options).ConfigureAwait(false);
                await TrySendOutputAsync(inner, engine, cancellationToken).ConfigureAwait(false);
                throw;
            }
            computing += clock.GetElapsedTime(started);
            await LogKeysAsync(engine, options).ConfigureAwait(false);
            if (status == TlsStatus.Complete && unsent is not null) ExceptionDispatchInfo.Throw(unsent);     // our Finished was the last word, and it did not go out
            if (status == TlsStatus.Complete && engine.Session is { } session) return (session, new TlsTimings(serverFlight, confirmation, computing));

            started = clock.GetTimestamp();
            try
            {
                if (status == TlsStatus.WantWrite) await SendOutputAsync(inner, engine, cancellationToken).ConfigureAwait(false);
                else await ReceiveAsync(inner, engine, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The server has gone. What it said before is worth more than how it went: after a failed write, look for an alert first.
                if (status == TlsStatus.WantRead) engine.InputEnded(e);
                else engine.OutputSent(engine.GetOutput().Length);
                unsent ??= status == TlsStatus.WantWrite ? e : null;
            }
            if (engine.HasFinished) confirmation += clock.GetElapsedTime(started);
            else serverFlight += clock.GetElapsedTime(started);
        }
    }

    /// <summary>Writes the secret, when this step has made it, before what it protects is sent.</summary>
    private static ValueTask LogKeysAsync(TlsClientEngine engine, TlsClientOptions options)
        => engine.TakeKeyLogLine() is { } line && options.KeyLog is { } file ? file.AppendAsync(line) : default;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask ReceiveAsync(Stream inner, TlsClientEngine engine, CancellationToken cancellationToken)
    {
        int received = await inner.ReadAsync(engine.InputBuffer, cancellationToken).ConfigureAwait(false);
        if (received == 0) engine.InputEnded();
        else engine.InputReceived(received);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SendOutputAsync(Stream inner, TlsClientEngine engine, CancellationToken cancellationToken)
    {
        while (engine.GetOutput() is { IsEmpty: false } output)
        {
            await inner.WriteAsync(output, cancellationToken).ConfigureAwait(false);
            engine.OutputSent(output.Length);
        }
        await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the alert that belongs to a failure. The failure is what the caller hears of, not that the server has gone.</summary>
    private static async ValueTask TrySendOutputAsync(Stream inner, TlsClientEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            await SendOutputAsync(inner, engine, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    /// <summary>Sends the alert of a failed read. When a writer is active it takes the alert along.</summary>
    private async ValueTask SendAlertAsync(CancellationToken cancellationToken)
    {
        if (!_sending.Wait(0, CancellationToken.None)) return;
        try
        {
            if (!_sendingBroken) await TrySendOutputAsync(_inner, _engine, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends what the engine has. An interrupted write may have sent half a record: nothing can follow it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendOutputAsync(CancellationToken cancellationToken)
    {
        if (_sendingBroken) throw new IOException("an earlier write was interrupted in the middle of a record; make a new connection");
        _sendingBroken = true;
        await SendOutputAsync(_inner, _engine, cancellationToken).ConfigureAwait(false);
        _sendingBroken = false;
    }

    /// <summary>Begins to send close_notify and does not wait: a server that takes no data must not hold up who disposes.</summary>
    private void StartCloseNotify()
    {
        if (!_sending.Wait(0)) return;      // a write is under way: it ends with an exception when the inner stream closes
        _ = SendCloseNotifyAsync();
    }

    private async Task SendCloseNotifyAsync()
    {
        try
        {
            if (_sendingBroken) return;
            _engine.Shutdown();
            await TrySendOutputAsync(_inner, _engine, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();     // for a write that waits since before the disposal, and must hear of it
        }
    }
}
