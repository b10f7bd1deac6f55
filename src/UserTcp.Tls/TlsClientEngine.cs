using System.Runtime.ExceptionServices;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Diagnosis;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>A TLS 1.2 client without I/O, clock or random source: bytes in, bytes out, and a status that says what is needed next.</summary>
/// <remarks>
/// <para>Receiving: fill <see cref="InputBuffer"/>, call <see cref="InputReceived"/>. Sending: send <see cref="GetOutput"/>, call <see cref="OutputSent"/>.
/// Call <see cref="Handshake"/> until it is <see cref="TlsStatus.Complete"/>, then <see cref="Read"/> and <see cref="Write"/>, and <see cref="Shutdown"/> at the end.</para>
/// <para>Not thread-safe, except that after the handshake one thread may receive (InputBuffer, InputReceived, InputEnded, Read) while another sends (Write, Shutdown, GetOutput, OutputSent).</para>
/// <para>A <see cref="TlsException"/> leaves its fatal alert in the output: send that before closing.</para>
/// </remarks>
public sealed class TlsClientEngine : IDisposable
{
    private const int NoAlert = -1;

    private readonly HandshakeContext _context;
    private readonly HandshakeAssembler _assembler = new();
    private readonly RecordReader _reader;
    private readonly RecordWriter _writer;
    private readonly Func<HandshakeContext, ClientHello> _offer;
    private HandshakeState? _state;
    private ReadOnlyMemory<byte> _plaintext;        // of the newest application data record: what was not read yet
    private bool _inputEnded;
    private Exception? _endedBy;
    private bool _closeNotifyReceived;
    private bool _closeNotifySent;
    private int _warningAlerts;
    private TlsException? _failure;
    private int _pendingFatalAlert = NoAlert;       // handed from the receiving to the sending thread

    /// <summary>Makes an engine for one connection. Nothing happens before <see cref="Handshake"/>.</summary>
    /// <param name="options">What is wanted of the connection.</param>
    /// <param name="random">The only source of randomness: for the hello, for the ephemeral key and, with <see cref="TlsClientOptions.Legacy"/>, for the IVs of records.</param>
    /// <exception cref="ArgumentException">Something in <paramref name="options"/> cannot be.</exception>
    public TlsClientEngine(TlsClientOptions options, TlsRandomSource random) : this(options, random, offer: null)
    {
    }

    /// <summary>An engine that makes another offer, so that connections of other clients can be replayed; or with other cryptography: a fuzzer's lets
    /// changed bytes get behind tags and signatures.</summary>
    internal TlsClientEngine(TlsClientOptions options, TlsRandomSource random, Func<HandshakeContext, ClientHello>? offer = null, ITlsCrypto? crypto = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        _reader = new RecordReader(options.Events);
        _writer = new RecordWriter(options.Events);
        _context = new HandshakeContext(options, crypto ?? TlsCryptography.Of(options.CryptoProvider), random, _reader, _writer);
        _offer = offer ?? ClientHelloFactory.Create;
    }

    /// <summary>What was agreed; null until the handshake is complete.</summary>
    public TlsSessionInfo? Session => (_state as Traffic)?.Session;

    /// <summary>Ends a handshake that has taken longer than it may.</summary>
    internal TlsException TimeOut(TimeSpan limit)
        => Fail(new TlsException(TlsError.HandshakeTimeout, $"after {limit.TotalSeconds:0.###} s the handshake is not complete; {State.Expected} was wanted within that time"));

    /// <summary>The line for <see cref="TlsClientOptions.KeyLog"/> that the last step has made, once; null for none. To be written before the output is sent, so that
    /// who reads along has the key before anything that needs it.</summary>
    internal string? TakeKeyLogLine()
    {
        string? line = _context.KeyLogLine;
        _context.KeyLogLine = null;
        return line;
    }

    /// <summary>Whether the client's Finished is written: what the handshake waits for from then on is the confirmation.</summary>
    internal bool HasFinished => _writer.IsEncrypted;

    /// <summary>Where the next bytes from the server go. Empty while there is plaintext to be read first.</summary>
    public Memory<byte> InputBuffer => _plaintext.IsEmpty ? _reader.FreeSpace() : Memory<byte>.Empty;

    /// <summary>That many bytes of <see cref="InputBuffer"/> were filled.</summary>
    public void InputReceived(int count) => _reader.Received(count);

    /// <summary>The connection has ended below TLS: there will be no more input.</summary>
    /// <param name="cause">What broke it; null when the server has closed it.</param>
    public void InputEnded(Exception? cause = null) => (_inputEnded, _endedBy) = (true, cause);

    /// <summary>Bytes that wait to be sent, a pending alert included. The memory is valid until <see cref="OutputSent"/> or the next call that sends.</summary>
    public ReadOnlyMemory<byte> GetOutput()
    {
        int alert = Interlocked.Exchange(ref _pendingFatalAlert, NoAlert);
        if (alert != NoAlert) SendAlert(new Alert(AlertLevel.Fatal, (TlsAlert)alert));
        return _writer.Output;
    }

    /// <summary>That many bytes of <see cref="GetOutput"/> were sent.</summary>
    public void OutputSent(int count) => _writer.Sent(count);

    /// <summary>Goes on with the handshake as far as the input allows.</summary>
    /// <param name="utcNow">The time, for the certificates' validity.</param>
    /// <returns><see cref="TlsStatus.WantWrite"/>, <see cref="TlsStatus.WantRead"/> or <see cref="TlsStatus.Complete"/>.</returns>
    /// <exception cref="TlsException">The handshake failed; the alert is in the output.</exception>
    public TlsStatus Handshake(DateTimeOffset utcNow)
    {
        ThrowIfFailed();
        _context.UtcNow = utcNow;
        try
        {
            HandshakeState state = _state ??= SendClientHello();
            while (_state is not Traffic && _reader.TryRead(out Record record)) Process(record);
            if (_writer.HasOutput) return TlsStatus.WantWrite;
            if (_state is Traffic) return TlsStatus.Complete;
            ThrowIfInputEnded();
            return TlsStatus.WantRead;
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    /// <summary>Reads decrypted data.</summary>
    /// <param name="destination">Where it goes. Empty: only asks whether there is some.</param>
    /// <param name="written">Bytes read: at most one record's.</param>
    /// <returns><see cref="TlsStatus.Complete"/> when there was data, <see cref="TlsStatus.WantRead"/>, or <see cref="TlsStatus.Closed"/> after close_notify.</returns>
    /// <exception cref="TlsException">A record was wrong, a fatal alert came, or the connection ended without close_notify.</exception>
    public TlsStatus Read(Span<byte> destination, out int written)
    {
        written = 0;
        ThrowIfFailed();
        if (_state is not Traffic) throw new InvalidOperationException("the handshake is not complete");
        try
        {
            while (_plaintext.IsEmpty && !_closeNotifyReceived && _reader.TryRead(out Record record)) Process(record);
            if (!_plaintext.IsEmpty)
            {
                written = Math.Min(destination.Length, _plaintext.Length);
                _plaintext.Span[..written].CopyTo(destination);
                _plaintext = _plaintext[written..];
                return TlsStatus.Complete;
            }
            if (_closeNotifyReceived) return TlsStatus.Closed;
            ThrowIfInputEnded();
            return TlsStatus.WantRead;
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    /// <summary>Protects data for sending.</summary>
    /// <param name="source">The data.</param>
    /// <param name="consumed">Bytes taken: at most one record's, and none while older output fills the buffer.</param>
    /// <returns><see cref="TlsStatus.WantWrite"/>; <see cref="TlsStatus.Complete"/> when <paramref name="source"/> is empty.</returns>
    public TlsStatus Write(ReadOnlySpan<byte> source, out int consumed)
    {
        consumed = 0;
        ThrowIfFailed();
        if (_state is not Traffic) throw new InvalidOperationException("the handshake is not complete");
        if (_closeNotifySent) throw new InvalidOperationException("close_notify was sent: nothing can follow it (RFC 5246 7.2.1)");
        try
        {
            consumed = _writer.WriteApplicationData(source);
        }
        catch (TlsException e)
        {
            throw Fail(e);
        }
        return _writer.HasOutput ? TlsStatus.WantWrite : TlsStatus.Complete;
    }

    /// <summary>Derives a key for a protocol above TLS that is bound to this connection, without a context (RFC 5705).</summary>
    /// <param name="label">What for, such as "EXPORTER-my-protocol": other labels give other keys.</param>
    /// <param name="length">Bytes wanted.</param>
    /// <returns>A secret; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">The handshake is not complete, or the server does not know extended master secret: the key would not be bound to this connection alone (RFC 7627 5.4).</exception>
    public byte[] ExportKeyingMaterial(string label, int length) => Exporter.Export(label, hasContext: false, [], length);

    /// <summary>Derives a key that also depends on <paramref name="context"/>. An empty context is not the same as none (RFC 5705 4).</summary>
    /// <param name="label">What for.</param>
    /// <param name="context">Up to 65535 bytes that both ends know.</param>
    /// <param name="length">Bytes wanted.</param>
    /// <returns>A secret; the caller owns it.</returns>
    /// <exception cref="InvalidOperationException">As without a context.</exception>
    public byte[] ExportKeyingMaterial(string label, ReadOnlySpan<byte> context, int length) => Exporter.Export(label, hasContext: true, context, length);

    /// <summary>Ends the connection at once with a fatal alert of the caller's choice: what the application above TLS saw must not go on. RFC 5246 7.2.2</summary>
    /// <param name="alert">Why; <see cref="TlsAlert.CloseNotify"/> is no fatal alert.</param>
    /// <returns><see cref="TlsStatus.WantWrite"/>, or <see cref="TlsStatus.Complete"/> when the connection had failed before. Every call after it throws <see cref="TlsError.AbortedByCaller"/>.</returns>
    public TlsStatus Abort(TlsAlert alert)
    {
        if (alert == TlsAlert.CloseNotify) throw new ArgumentOutOfRangeException(nameof(alert), alert, "a fatal alert is wanted; Shutdown sends close_notify");
        if (_failure is null && _state is not null)
            Fail(new TlsException(TlsError.AbortedByCaller, $"the caller ended the connection with alert {alert.Name()}; for an ordinary end Shutdown is wanted") { ChosenAlert = alert });
        return GetOutput().IsEmpty ? TlsStatus.Complete : TlsStatus.WantWrite;
    }

    /// <summary>Ends our side with close_notify. RFC 5246 7.2.1</summary>
    /// <returns><see cref="TlsStatus.WantWrite"/>, or <see cref="TlsStatus.Complete"/> when it was sent before or the connection failed.</returns>
    public TlsStatus Shutdown()
    {
        if (_failure is null && _state is not null && !_closeNotifySent)
        {
            _closeNotifySent = true;
            SendAlert(new Alert(AlertLevel.Warning, TlsAlert.CloseNotify));
        }
        return _writer.HasOutput ? TlsStatus.WantWrite : TlsStatus.Complete;
    }

    /// <summary>Zeroes secrets and gives buffers back.</summary>
    public void Dispose()
    {
        _context.Dispose();
        _context.Secrets.DisposeProtection();
        _reader.Dispose();
    }

    private Exporter Exporter => (_state as Traffic)?.Exporter ?? throw new InvalidOperationException("the handshake is not complete");

    private ExpectServerHello SendClientHello()
    {
        _context.OfferedSession = _context.Options.SessionCache?.Find(_context.SessionKey, _context.UtcNow);
        ClientHello hello = _offer(_context);
        _context.Send(hello);
        return new ExpectServerHello(_context, hello);
    }

    private void Process(in Record record)
    {
        // An empty record is no reason to begin anew: in turn with warnings it would keep both budgets from ever being spent.
        if (record.Type != ContentType.Alert && !record.Plaintext.IsEmpty) _warningAlerts = 0;
        switch (record.Type)
        {
            case ContentType.Handshake: OnHandshake(record); break;
            case ContentType.ChangeCipherSpec: OnChangeCipherSpec(record); break;
            case ContentType.Alert: OnAlert(record); break;
            case ContentType.ApplicationData: OnApplicationData(record); break;
            default: throw new TlsException(TlsError.RecordContentType, $"a record of type {record.Type}; 20 to 23 are known");    // the reader lets none through
        }
    }

    private void OnHandshake(in Record record)
    {
        bool encrypted = _reader.IsEncrypted;
        _assembler.Append(record);
        while (_assembler.TryTake(out HandshakeMessage message))
        {
            _context.Events?.Raise(new HandshakeMessagePassed(TlsDirection.Received, message.Body, message.Raw.ToArray(), message.Range, encrypted));
            CheckEndOfFlight(message);
            // RFC 5246 7.4.1.1: a client in the middle of a handshake ignores it, and it is not hashed. Afterwards Traffic refuses it.
            if (message.Body is HelloRequest && State is not Traffic) continue;
            // RFC 5246 7.4.9: Finished covers everything before itself, and nothing is hashed after the server's.
            if (message.Body is not Finished) _context.Transcript.Append(message.Raw);
            _state = State.Handle(message);
        }
    }

    /// <summary>After these two the other end's keys or turn come: what shares their record was sent before its time, and would be read under the wrong keys.</summary>
    private void CheckEndOfFlight(in HandshakeMessage message)
    {
        if (message.Body is ServerHelloDone or Finished && _assembler.HasPartialMessage)    // RFC 5246 7.3, figures 1 and 2
            throw new TlsException(TlsError.ExcessHandshakeData, $"the server's {message.Body.Type} is followed by more handshake data in its record; it ends the server's turn, and nothing was wanted behind it");
    }

    private void OnChangeCipherSpec(in Record record)
    {
        if (record.Plaintext.Span is not [1])
            throw new TlsException(TlsError.ChangeCipherSpecMalformed, $"ChangeCipherSpec is {Convert.ToHexStringLower(record.Plaintext.Span)}; the one byte 01 was wanted");
        if (_assembler.HasPartialMessage)
            throw new TlsException(TlsError.MessageSplitAcrossChangeCipherSpec, "ChangeCipherSpec came in the middle of a handshake message; the rest of the message was wanted first");
        _context.Events?.Raise(new ChangeCipherSpecPassed(TlsDirection.Received, record.Range));
        _state = State.HandleChangeCipherSpec();
    }

    private void OnAlert(in Record record)
    {
        if (!Alert.TryParse(record.Plaintext.Span, out Alert alert))
            throw new TlsException(TlsError.DecodeError, $"an alert record of {record.Plaintext.Length} bytes; {Alert.Size} were wanted");
        _context.Events?.Raise(new AlertPassed(TlsDirection.Received, alert, record.Range));

        if (alert.Level is not (AlertLevel.Warning or AlertLevel.Fatal))
            throw new TlsException(TlsError.AlertLevel, $"an alert of level {(byte)alert.Level}; warning (1) or fatal (2) were wanted");
        if (alert.Description == TlsAlert.CloseNotify && State is Traffic)
        {
            _closeNotifyReceived = true;
            return;
        }
        if (alert.Level == AlertLevel.Fatal || alert.Description == TlsAlert.CloseNotify) throw ExplainAlert(alert.Description);
        if (++_warningAlerts > TlsBudgets.WarningAlerts)
            throw new TlsException(TlsError.TooManyWarningAlerts, $"more than {TlsBudgets.WarningAlerts} warning alerts in a row, the last is {alert.Description.Name()}; that many are allowed");
    }

    private void OnApplicationData(in Record record)
    {
        if (State is not Traffic)
        {
            throw new TlsException(_reader.IsEncrypted ? TlsError.UnexpectedApplicationData : TlsError.ApplicationDataUnprotected,
                $"the server sent application data{(_reader.IsEncrypted ? "" : " without protection")}; {State.Expected} was wanted");
        }
        if (_assembler.HasPartialMessage)
            throw new TlsException(TlsError.UnexpectedApplicationData, "application data came in the middle of a handshake message; the rest of the message was wanted first");
        _plaintext = record.Plaintext;
    }

    private HandshakeState State => _state ?? throw new InvalidOperationException("the handshake was not begun");

    private void SendAlert(Alert alert)
    {
        Span<byte> bytes = stackalloc byte[Alert.Size];
        alert.Write(bytes);
        TlsStreamRange range = _writer.WriteMessage(ContentType.Alert, bytes);
        _context.Events?.Raise(new AlertPassed(TlsDirection.Sent, alert, range));
    }

    /// <summary>Remembers the failure, queues its alert, zeroes the secrets. What is no TlsException is a fault of ours, and the server is told so too.</summary>
    private TlsException Fail(Exception cause)
    {
        TlsException failure = cause as TlsException
            ?? new TlsException(TlsError.InternalError, $"{cause.GetType().Name} ({cause.Message.TrimEnd('.')}) while {_state?.Expected ?? "the hello"} was wanted", cause);
        // Neither an end without close_notify nor a slow server is an alert (RFC 5246 7.2.1). But one that hangs up on a session's offer may do so again.
        if (failure.Error is not (TlsError.UnexpectedEof or TlsError.HandshakeTimeout)) _context.ForgetSession();
        _failure = failure;
        _context.Events?.Raise(new ConnectionFailed(failure));
        Volatile.Write(ref _pendingFatalAlert, (int?)failure.SentAlert ?? NoAlert);
        _context.Dispose();
        return failure;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
    }

    private void ThrowIfInputEnded()
    {
        if (!_inputEnded) return;
        _reader.CheckRemainder();
        string end = _endedBy is null ? "the server closed the connection" : $"the connection broke ({_endedBy.Message.TrimEnd('.')})";
        string where = _reader.Pending > 0 ? $" in the middle of a record, of which {_reader.Pending} bytes are here" : "";
        if (_state is Traffic)
            throw new TlsException(TlsError.UnexpectedEof, $"{end}{where} without close_notify, so that what was read may be cut short; close_notify was wanted", _endedBy);
        var offer = new TlsOffer(_context);
        throw new TlsException(TlsError.ClosedInHandshake, $"{end}{where} and said nothing; {State.Expected} was wanted", offer, EndGuess.Of(Turn, offer, _context.Options), _endedBy);
    }

    private TlsException ExplainAlert(TlsAlert alert)
    {
        string sentence = $"the server ended the connection with alert {alert.Name()}; {State.Expected} was wanted";
        var offer = new TlsOffer(_context);
        return new TlsException(TlsError.AlertReceived, sentence, State is Traffic ? null : offer, AlertGuess.Of(alert, Turn, offer, _context.Options)) { ReceivedAlert = alert };
    }

    /// <summary>How much the server has seen of us.</summary>
    private HandshakeTurn Turn =>
        State is Traffic ? HandshakeTurn.Traffic
        : State is ExpectServerHello ? HandshakeTurn.Offered
        : HasFinished ? HandshakeTurn.ClientFlight
        : HandshakeTurn.ServerFlight;
}
