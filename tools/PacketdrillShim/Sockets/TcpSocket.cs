using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.PacketdrillShim.Sockets;

/// <summary>A TCP socket as Linux's calls know it, over a connection or a listener of the stack.</summary>
/// <remarks>Opening and closing are here, bytes in TcpSocket.Transfer.cs, options in TcpSocket.Options.cs.</remarks>
internal sealed partial class TcpSocket : Descriptor, ITcpUser, IListenerUser
{
    private readonly Machine _machine;
    private readonly SocketOptions _options;
    private IpEndpoint? _local;
    private ListenerSlot? _listener;
    private TcpSlot? _connection;
    private bool _established; // the handshake was completed, whatever came later
    private Instant _establishedAt = Instant.Never;
    private bool _readShut; // shutdown(SHUT_RD)
    private bool _writeShut; // shutdown(SHUT_WR)
    private int _error; // sk_err: told once
    private int _acceptable; // connections that wait to be accepted

    internal TcpSocket(Machine machine, SocketOptions options)
    {
        _machine = machine;
        _options = options;
    }

    private Instant Now => _machine.Time.Now;

    private NetStack Stack => _machine.Port.Stack(Now);

    /// <summary>bind.</summary>
    internal long Bind(IpEndpoint local)
    {
        if (_local is not null || _connection is not null) return -Errno.InvalidArgument;
        if (local.Address != IpAddress.AnyV4 && !_machine.Port.TryAddress(local.Address)) return -Errno.InvalidArgument;
        _local = local;
        return 0;
    }

    /// <summary>listen.</summary>
    internal long Listen(int backlog)
    {
        if (_listener is not null) return 0;
        if (_connection is not null || _local is not IpEndpoint local) return -Errno.InvalidArgument;
        // Linux takes one more than the backlog says.
        return Stack.TryListen(local.Port, Math.Max(backlog, 0) + 1, this, out _listener, _options.Settings) ? 0 : NotListening();
    }

    private long NotListening()
    {
        _listener = null;
        return -Errno.AddressInUse;
    }

    /// <summary>accept.</summary>
    /// <param name="remote">Who has connected.</param>
    /// <returns>The new descriptor.</returns>
    internal long Accept(out IpEndpoint remote)
    {
        remote = default;
        if (_listener is null) return -Errno.InvalidArgument;
        TcpSlot? slot;
        while (!_listener.TryDequeue(out slot))
        {
            if (NonBlocking || !_machine.Time.Wait(() => _acceptable > 0, DeadlineAfter(_options.ReceiveTimeout))) return -Errno.TryAgain;
        }
        _acceptable--;
        TcpSocket socket = new(_machine, _options.Inherit()) { _local = _local, _connection = slot, _established = true };
        slot.Listener = null;
        slot.User = socket;
        ((ITcpUser)socket).OnSignals(slot.SignalsSoFar, Now);
        remote = slot.Connection.Tuple.Remote;
        return _machine.Descriptors.Add(socket);
    }

    /// <summary>connect.</summary>
    internal long Connect(IpEndpoint remote)
    {
        if (_listener is not null) return -Errno.AlreadyConnected;
        if (_connection is null)
        {
            if (!Stack.TryConnect(remote, this, Now, out _connection, out TcpFailure? failure, _options.Settings)) return -ErrorOf(failure.Reason);
            if (NonBlocking) return -Errno.InProgress;
        }
        else if (_established)
        {
            return -Errno.AlreadyConnected;
        }
        else if (NonBlocking && State == TcpState.SynSent)
        {
            return -Errno.AlreadyInProgress;
        }
        if (!_machine.Time.Wait(() => State is not (TcpState.SynSent or TcpState.SynReceived), DeadlineAfter(_options.SendTimeout))) return -Errno.InProgress;
        if (_established) return 0;
        int error = TakeError();
        _connection = null;
        return error == 0 ? -Errno.ConnectionAborted : -error;
    }

    /// <summary>connect to AF_UNSPEC: the connection ends, the socket can be used again.</summary>
    internal long Disconnect()
    {
        if (_connection is not null) Stack.Abort(_connection, "disconnected", Now);
        if (_connection is not null) _connection.User = null;
        _connection = null;
        _established = _readShut = _writeShut = false;
        _error = 0;
        return 0;
    }

    /// <summary>shutdown.</summary>
    internal long Shutdown(int how)
    {
        const int Read = 0, Write = 1, Both = 2;
        if (how is < Read or > Both) return -Errno.InvalidArgument;
        if (_listener is not null && how != Write)
        {
            CloseListener();
            return 0;
        }
        if (_connection is null || State is TcpState.Closed or TcpState.TimeWait) return -Errno.NotConnected;
        _readShut |= how is Read or Both;
        if (how is Write or Both)
        {
            _writeShut = true;
            Stack.CloseWrite(_connection, Now);
        }
        Notify(Readiness.Input | Readiness.Output | Readiness.PeerHangUp | Readiness.HangUp);
        return 0;
    }

    /// <inheritdoc/>
    internal override long Close()
    {
        CloseListener();
        if (_connection is not TcpSlot slot) return 0;
        slot.User = null;
        if (_options.Linger == TimeSpan.Zero)
        {
            Stack.Abort(slot, "SO_LINGER of zero", Now); // RFC 9293 3.10.5
            return 0;
        }
        Stack.Close(slot, Now);
        if (_options.Linger is TimeSpan linger && !NonBlocking)
            _machine.Time.Wait(() => slot.Connection.State is TcpState.FinWait2 or TcpState.TimeWait or TcpState.Closed, Now + linger);
        return 0;
    }

    private void CloseListener()
    {
        if (_listener is not null) Stack.CloseListener(_listener, Now);
        _listener = null;
        _acceptable = 0;
    }

    /// <inheritdoc/>
    internal override Readiness Readiness
    {
        get
        {
            if (_listener is not null) return _acceptable > 0 ? Readiness.Input | Readiness.NormalInput : Readiness.None;
            bool closed = State == TcpState.Closed;
            bool inputEnds = _readShut || EndOfStream || (closed && _established);
            Readiness ready = Readiness.None;
            if (_error != 0) ready |= Readiness.Error;
            if (closed || (inputEnds && _writeShut)) ready |= Readiness.HangUp;
            if (inputEnds) ready |= Readiness.Input | Readiness.NormalInput | Readiness.PeerHangUp;
            if (State is TcpState.SynSent or TcpState.SynReceived) return ready;
            if (Available > 0) ready |= Readiness.Input | Readiness.NormalInput;
            if (_writeShut || closed || IsWritable) ready |= Readiness.Output | Readiness.NormalOutput;
            else _wantsToWrite = true;
            return ready;
        }
    }

    void ITcpUser.OnSignals(TcpSignals signals, Instant now)
    {
        Readiness edge = Readiness.None;
        if ((signals & TcpSignals.Established) != 0)
        {
            _established = true;
            _establishedAt = now;
            edge |= Readiness.Output | Readiness.NormalOutput;
        }
        if ((signals & TcpSignals.Readable) != 0) edge |= Readiness.Input | Readiness.NormalInput;
        if ((signals & TcpSignals.PeerClosed) != 0) edge |= Readiness.Input | Readiness.NormalInput | Readiness.PeerHangUp | Readiness.HangUp;
        if ((signals & TcpSignals.Failed) != 0) _error = ErrorOf(_connection!.Connection.Failure!.Reason);
        if ((signals & TcpSignals.Closed) != 0) edge |= (Readiness)~0u;
        if (edge != Readiness.None) Notify(edge);
    }

    void IListenerUser.OnAcceptable()
    {
        _acceptable++;
        Notify(Readiness.Input | Readiness.NormalInput);
    }

    private TcpState State => _connection?.Connection.State ?? TcpState.Closed;

    private int Available => _connection?.Connection.AvailableToRead ?? 0;

    private bool EndOfStream => _connection?.Connection.EndOfStream ?? false;

    private int TakeError()
    {
        int error = _error;
        _error = 0;
        return error;
    }

    private Instant DeadlineAfter(TimeSpan? span) => span is TimeSpan some ? Now + some : Instant.Never;

    private static int ErrorOf(TcpFailureReason reason)
        => reason switch
        {
            TcpFailureReason.Refused => Errno.ConnectionRefused,
            TcpFailureReason.Reset => Errno.ConnectionReset,
            TcpFailureReason.TimedOut => Errno.TimedOut,
            TcpFailureReason.HostUnreachable => Errno.HostUnreachable,
            TcpFailureReason.TooManyConnections => Errno.AddressNotAvailable,
            TcpFailureReason.NetworkUnreachable => Errno.NetworkUnreachable,
            _ => Errno.ConnectionAborted,
        };
}
