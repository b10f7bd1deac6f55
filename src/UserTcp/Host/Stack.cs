using System.Net;
using System.Net.Sockets;
using UserTcp.Dns;
using UserTcp.Host;
using UserTcp.Link;
using UserTcp.Network;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>A TCP/IP stack of one's own on a link: connects, listens, resolves names, pings.</summary>
/// <remarks>
/// One lock, and one thread at a time that waits for frames and deadlines; callers send on their own thread under the lock, so the order of decisions is the
/// order on the wire. Several stacks can live in one process: there is no static state. Disposing ends every connection with RST and leaves the link open.
/// </remarks>
public sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly ILink _link;
    private readonly TimeProvider _time;
    private readonly long _origin, _clockUnits; // of the clock's units, 100 on Linux, make one of ours; 0: not a whole number
    private readonly ushort _pingIdentifier;
    private readonly Dictionary<ushort, TaskCompletionSource<EchoResult>> _pings = [];
    private readonly Dictionary<int, TaskCompletionSource<DnsResult>> _questions = [];
    private readonly Dictionary<int, CancellationTokenSource> _exchanges = [];
    private ushort _pingSequence;
    private readonly HashSet<TcpListener> _listeners = [];
    private readonly Reader _reader;
    private volatile Exception? _end; // why nothing works any more: disposed, or the link has failed

    /// <summary>Starts a stack on a link. The link must be open; it stays the caller's.</summary>
    /// <exception cref="ArgumentException">An option contradicts another; the message says which.</exception>
    public Stack(ILink link, StackOptions options)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Address.AddressFamily != AddressFamily.InterNetwork)
            throw new ArgumentException($"{options.Address} is not an IPv4 address, and IPv6 is not implemented: give an address such as 192.0.2.2.", nameof(options));
        if (options.PrefixLength is < 0 or > 32)
            throw new ArgumentException($"A prefix of {options.PrefixLength} bits is impossible for IPv4: give 0 to 32, such as 24.", nameof(options));
        if (options.MaximumConnections < 1) throw new ArgumentException($"At most {options.MaximumConnections} connections are none: give 1 or more.", nameof(options));
        options.Tcp.Validate();
        _link = link;
        _time = options.TimeProvider;
        _reader = new(this, link, options.InlineContinuations);
        _origin = _time.GetTimestamp();
        _clockUnits = _time.TimestampFrequency % TimeSpan.TicksPerSecond == 0 ? _time.TimestampFrequency / TimeSpan.TicksPerSecond : 0;
        Func<uint> random = options.Seed is ulong seed ? RandomBits.Seeded(seed) : RandomBits.Unpredictable();
        _pingIdentifier = (ushort)random();
        Net = new(
            new()
            {
                Mac = MacAddress.LocallyAdministered((ulong)random() << 32 | random()),
                Address = new(IpAddress.From(options.Address), options.PrefixLength),
                Gateway = options.Gateway is null ? null : IpAddress.From(options.Gateway),
                Mtu = link.Mtu,
                Offload = link.Offload,
                MaximumConnections = options.MaximumConnections,
                Tcp = options.Tcp,
                Resolver = options.Resolver,
                Random = random,
                Events = options.Events,
            },
            Now);
        _reader.Start();
    }

    /// <summary>Guards <see cref="Net"/>. Held for decisions and for writing frames, never across a wait.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>The stack below.</summary>
    internal NetStack Net { get; }

    /// <summary>Whether nothing works any more.</summary>
    internal bool HasEnded => _end is not null;

    // GetElapsedTime divides in floating point, which several times per frame is worth avoiding where the clock's unit is a whole part of ours.
    internal Instant Now => new(_clockUnits > 0 ? (_time.GetTimestamp() - _origin) / _clockUnits : _time.GetElapsedTime(_origin).Ticks);

    /// <summary>The stack's own address.</summary>
    public IPAddress Address => Net.Address.ToIPAddress();

    /// <summary>Connections that exist, TIME-WAIT included.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (Gate) return Net.ConnectionCount;
        }
    }

    /// <summary>A copy of what the stack has counted since it started.</summary>
    public StackCounters Counters
    {
        get
        {
            lock (Gate) return Net.Counters with { };
        }
    }

    /// <summary>Looks up the addresses of a host; an address is returned as it is.</summary>
    /// <exception cref="SocketException">HostNotFound, NoData, TryAgain: the message says what each name server answered.</exception>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        TaskCompletionSource<DnsResult> waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int ticket;
        lock (Gate)
        {
            ThrowIfStopped();
            Instant now = Now;
            ticket = Net.Resolver.Resolve(host, now);
            _questions.Add(ticket, waiter);
            Flush(now);
        }
        DnsResult result;
        try
        {
            result = await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (Gate)
            {
                _questions.Remove(ticket);
                Net.Resolver.Cancel(ticket);
            }
        }
        if (result.Error != DnsError.None) throw new SocketException((int)DnsErrorTable.ToSocketError(result.Error), result.Message);
        return [.. result.Addresses.Select(address => address.ToIPAddress())];
    }

    /// <summary>Resolves a host and connects to the first of its addresses that answers.</summary>
    /// <exception cref="SocketException">No address could be connected to; the message of the last one.</exception>
    public async ValueTask<TcpStream> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        IPAddress[] addresses = await ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        SocketException? last = null;
        foreach (IPAddress address in addresses)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                last = e;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound, $"{host} has no address.");
    }

    /// <summary>Connects to an endpoint.</summary>
    /// <exception cref="SocketException">Refused, timed out, unreachable …; the message says what was seen and what to try.</exception>
    public ValueTask<TcpStream> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<TcpStream>(cancellationToken);
        TcpStream stream = new(this);
        Completion<TcpStream> opening;
        lock (Gate)
        {
            ThrowIfStopped();
            Instant now = Now;
            if (!Net.TryConnect(new(IpAddress.From(remote.Address), (ushort)remote.Port), stream, now, out TcpSlot? slot, out TcpFailure? failure))
                return ValueTask.FromException<TcpStream>(failure.ToSocketException());
            stream.Slot = slot;
            opening = stream.StartOpening();
            Flush(now);
        }
        return opening.Wait(cancellationToken);
    }

    /// <summary>Accepts connections on a port.</summary>
    /// <param name="port">1 to 65535.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="SocketException">AddressAlreadyInUse.</exception>
    public TcpListener Listen(int port, int backlog = 128)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        TcpListener listener = new(this);
        lock (Gate)
        {
            ThrowIfStopped();
            if (!Net.TryListen((ushort)port, backlog, listener, out ListenerSlot slot))
                throw new SocketException((int)SocketError.AddressAlreadyInUse, $"Port {port} of {Address} is being listened on already: close that listener or take another port.");
            listener.Slot = slot;
            _listeners.Add(listener);
        }
        return listener;
    }

    /// <summary>Sends an echo request and waits up to 5 s for the reply.</summary>
    /// <exception cref="SocketException">TimedOut, HostUnreachable, NetworkUnreachable.</exception>
    public async ValueTask<PingReply> PingAsync(IPAddress host, int payloadBytes = 56, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadBytes, ushort.MaxValue - Ipv4Header.MinimumSize - IcmpMessage.HeaderSize);
        TaskCompletionSource<EchoResult> waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] data = new byte[payloadBytes];
        for (int i = 0; i < data.Length; i++) data[i] = (byte)i;
        ushort sequence;
        lock (Gate)
        {
            ThrowIfStopped();
            sequence = ++_pingSequence;
            Instant now = Now;
            if (!Net.RequestEcho(IpAddress.From(host), _pingIdentifier, sequence, data, PingTimeout, now))
                throw new SocketException((int)SocketError.NetworkUnreachable, $"No route leads to {host}, or too many echoes are waiting: check --gateway.");
            _pings.Add(sequence, waiter);
            Flush(now);
        }
        EchoResult result;
        try
        {
            result = await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (Gate) _pings.Remove(sequence);
        }
        return result.Outcome switch
        {
            EchoOutcome.Replied => new(result.RoundTrip, result.TimeToLive, result.DataLength),
            EchoOutcome.TimedOut => throw new SocketException((int)SocketError.TimedOut, $"{host} did not answer within {PingTimeout.TotalSeconds:0} s."),
            _ => throw new SocketException((int)SocketError.HostUnreachable, result.Error.ToString()),
        };
    }

    /// <summary>Ends every connection with RST and stops the thread. The link stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (Gate) End("the stack was disposed", new ObjectDisposedException(nameof(Stack)));
        _reader.Wake();
        await _reader.Stopped.ConfigureAwait(false);
    }

    /// <summary>Makes a stream of a connection that was accepted; under the lock.</summary>
    internal TcpStream Adopt(TcpSlot slot)
    {
        TcpStream stream = new(this) { Slot = slot };
        slot.Listener = null;
        slot.User = stream;
        ((ITcpUser)stream).OnSignals(slot.SignalsSoFar, Now);
        return stream;
    }

    /// <summary>Forgets a listener that was closed; under the lock.</summary>
    internal void Forget(TcpListener listener) => _listeners.Remove(listener);

    /// <summary>Writes everything that wants to be sent, and wakes the thread when it would sleep past a deadline; under the lock.</summary>
    internal void Flush(Instant now)
    {
        if (_end is not null) return; // the link may be closed already
        bool sent = false;
        while (Net.TryTransmit(now, out OutgoingFrame frame))
        {
            _link.Send(frame, now);
            sent = true;
        }
        if (sent) _reader.NoteSending(now);
        CompleteErrands();
        _reader.NoteDeadline();
    }

    /// <inheritdoc cref="Reader.Continue"/>
    internal void Continue(IThreadPoolWorkItem caller) => _reader.Continue(caller);

    /// <summary>Ends every connection and every wait; under the lock.</summary>
    internal void End(string reason, Exception why)
    {
        if (_end is not null) return;
        Instant now = Now;
        bool linkWorks = why is ObjectDisposedException;
        if (linkWorks) Flush(now); // first what was to be said before, as in TcpStream.Abort
        Net.AbortAll(reason, now);
        if (linkWorks) Flush(now); // the resets
        _end = why;
        foreach (TaskCompletionSource<EchoResult> waiter in _pings.Values) waiter.TrySetException(why);
        foreach (TaskCompletionSource<DnsResult> waiter in _questions.Values) waiter.TrySetException(why);
        foreach (TcpListener listener in _listeners) listener.End(why);
    }

    /// <summary>Hands results of echoes and questions to those who wait, and starts the resolver's TCP exchanges; under the lock.</summary>
    private void CompleteErrands()
    {
        while (Net.TryTakeEcho(out EchoResult echo))
        {
            if (_pings.TryGetValue(echo.Sequence, out TaskCompletionSource<EchoResult>? waiter)) waiter.TrySetResult(echo);
        }
        while (Net.Resolver.TryTakeResult(out DnsResult result))
        {
            if (_questions.TryGetValue(result.Ticket, out TaskCompletionSource<DnsResult>? waiter)) waiter.TrySetResult(result);
        }
        while (Net.Resolver.TryTakeExchange(out DnsExchange exchange)) StartExchange(exchange);
        while (Net.Resolver.TryTakeFinishedExchange(out int id))
        {
            if (_exchanges.Remove(id, out CancellationTokenSource? cancellation)) _ = cancellation.CancelAsync();
        }
    }

    private void StartExchange(DnsExchange exchange)
    {
        CancellationTokenSource cancellation = new();
        _exchanges.Add(exchange.Id, cancellation);
        _ = Task.Run(() => Exchange(exchange, cancellation.Token));
    }

    /// <summary>Asks a name server over TCP, because the answer does not fit into a datagram (RFC 7766 5).</summary>
    private async Task Exchange(DnsExchange exchange, CancellationToken cancellationToken)
    {
        string problem = "the connection was closed before the answer was complete";
        try
        {
            using TcpStream stream = await ConnectAsync(exchange.Server.ToIPEndPoint(), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(exchange.Query, cancellationToken).ConfigureAwait(false);
            byte[] buffer = new byte[4096];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                lock (Gate)
                {
                    Instant now = Now;
                    Net.Resolver.ExchangeReceived(exchange.Id, buffer.AsSpan(0, count), now);
                    Flush(now);
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            problem = e.Message; // after the answer nobody asks for it any more
        }
        lock (Gate)
        {
            Instant now = Now;
            Net.Resolver.ExchangeFailed(exchange.Id, problem, now);
            Flush(now);
        }
    }

    /// <summary>Throws why nothing works any more, if that is so; under the lock.</summary>
    internal void ThrowIfStopped()
    {
        if (_end is SocketException failure) throw new SocketException((int)failure.SocketErrorCode, failure.Message);
        ObjectDisposedException.ThrowIf(_end is not null, this);
    }
}
