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
/// One lock, one thread. The thread waits for frames and deadlines; callers send on their own thread under the lock, so the order of decisions is the
/// order on the wire. Several stacks can live in one process: there is no static state. Disposing ends every connection with RST and leaves the link open.
/// </remarks>
public sealed class Stack : IAsyncDisposable, IFrameReceiver
{
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    // What callers send sets timers of 200 ms and more. While they do, the thread looks at the timers more often than that, and need not be woken for each:
    // the answer nearly always comes first. After a second of silence it sleeps until something happens.
    private static readonly TimeSpan GlanceInterval = TimeSpan.FromMilliseconds(100), BusyTime = TimeSpan.FromSeconds(1);

    private readonly ILink _link;
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ushort _pingIdentifier;
    private readonly Dictionary<ushort, TaskCompletionSource<EchoResult>> _pings = [];
    private readonly Dictionary<int, TaskCompletionSource<DnsResult>> _questions = [];
    private readonly Dictionary<int, CancellationTokenSource> _exchanges = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ushort _pingSequence;
    private readonly HashSet<TcpListener> _listeners = [];
    private readonly bool _inline;
    private readonly Queue<IThreadPoolWorkItem> _continuations = new();
    private bool _collecting; // the thread holds the lock: what it completes goes on when it has let go
    private Instant _wakeAt, _busyUntil;
    private Exception? _end; // why nothing works any more: disposed, or the link has failed

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
        _inline = options.InlineContinuations;
        _origin = _time.GetTimestamp();
        Func<uint> random = options.Seed is ulong seed ? RandomBits.Seeded(seed) : RandomBits.Unpredictable;
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
        new Thread(Run) { IsBackground = true, Name = $"UserTcp {link.Name}" }.Start();
    }

    /// <summary>Guards <see cref="Net"/>. Held for decisions and for writing frames, never across a wait.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>The stack below.</summary>
    internal NetStack Net { get; }

    internal Instant Now => new(_time.GetElapsedTime(_origin).Ticks);

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
            ticket = Net.Resolver.Resolve(host, Now);
            _questions.Add(ticket, waiter);
            Flush();
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
    public async ValueTask<TcpStream> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        cancellationToken.ThrowIfCancellationRequested();
        Completion<TcpStream> opening = new(this);
        TcpStream stream = new(this, opening);
        lock (Gate)
        {
            ThrowIfStopped();
            opening.Start("connect");
            if (!Net.TryConnect(new(IpAddress.From(remote.Address), (ushort)remote.Port), stream, Now, out TcpSlot? slot, out TcpFailure? failure))
                throw failure.ToSocketException();
            stream.Slot = slot;
            Flush();
        }
        try
        {
            return await opening.Wait(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            stream.Abort();
            throw;
        }
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
            if (!Net.RequestEcho(IpAddress.From(host), _pingIdentifier, sequence, data, PingTimeout, Now))
                throw new SocketException((int)SocketError.NetworkUnreachable, $"No route leads to {host}, or too many echoes are waiting: check --gateway.");
            _pings.Add(sequence, waiter);
            Flush();
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
        _link.Wake();
        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Makes a stream of a connection that was accepted; under the lock.</summary>
    internal TcpStream Adopt(TcpSlot slot)
    {
        TcpStream stream = new(this) { Slot = slot };
        slot.Listener = null;
        slot.User = stream;
        ((ITcpUser)stream).OnSignals(slot.SignalsSoFar);
        return stream;
    }

    /// <summary>Forgets a listener that was closed; under the lock.</summary>
    internal void Forget(TcpListener listener) => _listeners.Remove(listener);

    /// <summary>Writes everything that wants to be sent, and wakes the thread when it would sleep past a deadline; under the lock.</summary>
    internal void Flush()
    {
        if (_end is not null) return; // the link may be closed already
        Instant now = Now;
        while (Net.TryTransmit(now, out OutgoingFrame frame))
        {
            _link.Send(frame, now);
            _busyUntil = now + BusyTime;
        }
        CompleteErrands();
        if (Instant.Min(Net.NextDeadline, _link.NextDeadline) < _wakeAt) _link.Wake();
    }

    void IFrameReceiver.Receive(in FrameBatch batch, Instant now)
    {
        lock (Gate)
        {
            _collecting = true;
            now = Now; // callers may have sent since the link was asked: an answer to that must not seem to come before it
            for (int i = 0; i < batch.Count; i++) Net.FrameArrives(batch.Frame(i), batch.Offload(i), now);
            Flush();
            _collecting = false;
        }
        RunContinuations();
    }

    /// <summary>Lets a caller go on whose wait has ended; under the lock.</summary>
    /// <remarks>Not before this thread has let go of the lock: whoever is woken earlier waits again, for the lock.</remarks>
    internal void Continue(IThreadPoolWorkItem caller)
    {
        if (_collecting) _continuations.Enqueue(caller);
        else ThreadPool.UnsafeQueueUserWorkItem(caller, preferLocal: false);
    }

    private void RunContinuations()
    {
        while (_continuations.TryDequeue(out IThreadPoolWorkItem? caller))
        {
            if (_inline) caller.Execute();
            else ThreadPool.UnsafeQueueUserWorkItem(caller, preferLocal: false);
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                Instant asked = Now;
                _link.Receive(this, asked); // one batch, then the timers: a flood must not stop them
                TimeSpan wait;
                lock (Gate)
                {
                    if (_end is not null) break;
                    _collecting = true;
                    _wakeAt = Instant.Zero; // awake: nobody needs to wake us
                    Instant now = Now;
                    // What a deadline since then waits for may have arrived: this thread can have lost its processor in between. The link is asked first.
                    if (Net.NextDeadline <= asked) Net.Advance(now);
                    Flush();
                    _collecting = false;
                    _wakeAt = Instant.Min(Net.NextDeadline, _link.NextDeadline);
                    if (now < _busyUntil) _wakeAt = Instant.Min(_wakeAt, now + GlanceInterval);
                    wait = _wakeAt == Instant.Never ? Timeout.InfiniteTimeSpan : _wakeAt - now;
                }
                RunContinuations();
                if (wait > TimeSpan.Zero || wait == Timeout.InfiniteTimeSpan) _link.Wait(wait); // returns at once when the batch was not all there was
            }
        }
        catch (Exception e)
        {
            // The device is gone, or was closed under us, or a sink of the user's threw: nothing is received any more, so everybody who waits must hear.
            // An exception that left this thread would end the process.
            lock (Gate)
            {
                _collecting = false;
                End($"the link has failed: {e.Message}", new SocketException((int)SocketError.NetworkDown, e.Message));
            }
            RunContinuations();
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    /// <summary>Ends every connection and every wait; under the lock.</summary>
    private void End(string reason, Exception why)
    {
        if (_end is not null) return;
        Net.AbortAll(reason, Now);
        if (why is ObjectDisposedException) Flush(); // the resets
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
                    Net.Resolver.ExchangeReceived(exchange.Id, buffer.AsSpan(0, count), Now);
                    Flush();
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            problem = e.Message; // after the answer nobody asks for it any more
        }
        lock (Gate)
        {
            Net.Resolver.ExchangeFailed(exchange.Id, problem, Now);
            Flush();
        }
    }

    /// <summary>Throws why nothing works any more, if that is so; under the lock.</summary>
    internal void ThrowIfStopped()
    {
        if (_end is SocketException failure) throw new SocketException((int)failure.SocketErrorCode, failure.Message);
        ObjectDisposedException.ThrowIf(_end is not null, this);
    }
}
