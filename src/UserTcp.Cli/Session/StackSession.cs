using System.Net;
using System.Net.Sockets;
using UserTcp.Cli.Costs;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Explain.Recording;
using UserTcp.Link;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;

namespace UserTcp.Cli.Session;

/// <summary>A stack on a link for the length of one command, with everything that the common options ask for around it.</summary>
internal sealed class StackSession : IAsyncDisposable
{
    private readonly CommonSettings _settings;
    private readonly Terminal _terminal;
    private readonly List<PeerConnection> _connections = [];
    private TwinWire? _wire;
    private TwinPeer? _twin;
    private ILink? _link;
    private CaptureFile? _capture;
    private TlsKeyLogFile? _keyLog;
    private TrustStore? _trust;
    private Stack? _stack;
    private readonly CostListener? _costListener;
    private readonly TlsSessionCache _tlsSessions = new();
    private IReadOnlyList<TlsClientCertificate> _clientCertificates = [];

    private StackSession(CommonSettings settings, Terminal terminal, bool record, CostMeter? meter)
    {
        _settings = settings;
        _terminal = terminal;
        Recorder = record ? new() : null;
        Costs = meter;
        _costListener = meter is null ? null : new(meter, Recorder);
    }

    /// <summary>What measures the steps; null when nobody wants to know.</summary>
    public CostMeter? Costs { get; }

    /// <summary>What the ladder is drawn from; null when nobody wants one.</summary>
    public ConversationRecorder? Recorder { get; }

    /// <summary>The connections so far, the oldest first.</summary>
    public IReadOnlyList<PeerConnection> Connections => _connections;

    /// <summary>The seed of the impairments and of the stack; null when chance is the operating system's.</summary>
    public ulong? Seed { get; private set; }

    /// <summary>The other end of the twin wire, when there is one and nobody serves there.</summary>
    public ILink? FarEnd => _wire?.Right;

    /// <summary>The stack.</summary>
    public Stack Stack => _stack!;

    /// <summary>Opens the link and starts the stack.</summary>
    /// <param name="settings">The common options.</param>
    /// <param name="terminal">Takes notes about what differs from the usual.</param>
    /// <param name="service">What the twin serves, when there is one; null when the verb takes the wire's <see cref="FarEnd"/> itself.</param>
    /// <param name="offload">Whether the verb profits from offload.</param>
    /// <param name="record">Whether a ladder will be drawn.</param>
    /// <param name="meter">Measures the steps; null when nobody wants to know.</param>
    /// <exception cref="CommandFailure">Something is missing; the message says what.</exception>
    public static async Task<StackSession> OpenAsync(CommonSettings settings, Terminal terminal, TwinService? service, bool offload, bool record, CostMeter? meter = null)
    {
        var session = new StackSession(settings, terminal, record, meter);
        try
        {
            session.Open(service, offload);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Resolves a host. On the twin wire every name is the twin's.</summary>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal) && literal.AddressFamily == AddressFamily.InterNetworkV6)
            throw new CommandFailure(ExitCode.Resolve, $"{host} is an IPv6 address; this stack speaks IPv4 only. Use the server's name or its IPv4 address");
        if (_twin is not null)
            return [TwinPeer.Address];
        try
        {
            return await Stack.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new CommandFailure(ExitCode.Resolve, $"{host} could not be resolved: {e.Message}", e);
        }
    }

    /// <summary>Resolves a host, connects to the first of its addresses that answers, and does a TLS handshake when asked for.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="tls">Whether to speak TLS.</param>
    /// <param name="applicationProtocols">ALPN.</param>
    /// <param name="patience">Is told each step.</param>
    /// <param name="change">What the verb wants otherwise of TLS.</param>
    public async Task<PeerConnection> ConnectAsync(
        string host, int port, bool tls, IReadOnlyList<string> applicationProtocols, Patience patience, Func<TlsClientOptions, TlsClientOptions>? change = null)
    {
        patience.Begin($"resolving {host}");
        IPAddress[] addresses = await ResolveAsync(host, patience.Token).ConfigureAwait(false);
        TcpStream tcp = await ConnectToFirstAsync(host, addresses, port, patience).ConfigureAwait(false);
        var connection = new PeerConnection(host, tcp);
        lock (_connections)
            _connections.Add(connection);
        if (!tls)
            return connection;

        patience.Begin($"the TLS handshake with {host}:{port}");
        var options = new TlsClientOptions
        {
            HostName = host,
            TrustStore = _trust,
            ApplicationProtocols = applicationProtocols,
            ClientCertificates = _clientCertificates,
            SessionCache = _tlsSessions,
            HandshakeTimeout = Timeout.InfiniteTimeSpan,    // the command's own patience bounds each step
            Legacy = _settings.Legacy,
            DangerouslySkipCertificateVerification = _settings.SkipVerification,
            KeyLog = _keyLog,
            Events = ListenerOf(tcp),
        };
        connection.Tls = await TlsClientStream.ConnectAsync(new UnclosedStream(tcp), change is null ? options : change(options), patience.Token).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Closes every connection in order and sits out the end that was asked for.</summary>
    public async Task CloseAsync(Patience patience)
    {
        foreach (PeerConnection connection in _connections)
            await CloseAsync(connection, patience).ConfigureAwait(false);

        string?[] notes = await Task.WhenAll(_connections.Select(connection => connection.SitOutTimeWaitAsync(_settings.TimeWait, _settings.Impaired, patience.Interrupt))).ConfigureAwait(false);
        foreach (string? note in notes.Distinct())
        {
            if (note is not null)
                _terminal.Note(note);
        }
    }

    /// <summary>Closes one connection in order.</summary>
    public async Task CloseAsync(PeerConnection connection, Patience patience)
    {
        patience.Begin($"closing the connection to {connection.Host}");
        string? disorder = await connection.CloseAsync(patience.Token).ConfigureAwait(false);
        patience.Interrupt.ThrowIfCancellationRequested();
        if (disorder is not null)
            _terminal.Note(disorder);
    }

    /// <summary>After a failure: closes what can be closed in a moment, so that the alert and the FIN are on the wire and in the ladder.</summary>
    public async Task CloseAfterFailureAsync()
    {
        using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        foreach (PeerConnection connection in _connections)
            await connection.CloseAsync(moment.Token).ConfigureAwait(false); // The failure itself has been told; how it ended is not news.
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stack is not null)
            await _stack.DisposeAsync().ConfigureAwait(false);
        if (_twin is not null)
            await _twin.DisposeAsync().ConfigureAwait(false);
        _link?.Dispose();
        _wire?.Dispose();
        if (_keyLog?.Failure is { } missing)
            _terminal.Note(missing);
        _keyLog?.Dispose();
        _tlsSessions.Dispose();
        if (_capture is null)
            return;
        _capture.Dispose();
        if (_capture.Failure is { } failure)
            _terminal.Note(failure);
        if (_capture.FramesDropped > 0)
            _terminal.Note($"the capture lacks {_capture.FramesDropped} frames that came faster than the file could be written");
    }

    private void Open(TwinService? service, bool offload)
    {
        if (_settings.SkipVerification)
            _terminal.Note("WARNING: the certificate is NOT verified (--dangerously-skip-certificate-verification): whoever sits between reads and changes everything");
        _keyLog = OpenKeyLog();
        Seed = _settings.Seed;
        StackOptions options = _settings.Twin ? TwinOptions() : TapOptions();
        _link = _settings.Twin ? OpenTwin(service) : OpenTap(offload);
        if (_settings.Impaired)
            _link = Impair(_link);
        if (_settings.Pcapng is { } file)
            _link = new CapturingLink(_link, _capture = OpenCapture(file, _link.Name));
        _trust = ChooseTrust();
        _clientCertificates = ReadClientCertificate();
        Costs?.Watch(_link);
        _stack = new(_link, options with { Seed = Seed, Events = (IStackEventSink?)_costListener ?? Recorder });
        Costs?.Mark("stack ready");
    }

    private SecretsListener ListenerOf(TcpStream tcp)
    {
        ITlsEventSink? ladder = Recorder?.TlsOf(tcp.LocalEndPoint, tcp.RemoteEndPoint);
        return new(_capture, _costListener is null ? ladder : _costListener.Tls(ladder));
    }

    private TlsKeyLogFile? OpenKeyLog()
    {
        try
        {
            return _settings.KeyLog is { } path ? new(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Write, $"the key log {_settings.KeyLog} cannot be written: {e.Message}", e);
        }
    }

    private TrustStore? ChooseTrust()
    {
        if (_settings.Authorities is { } file)
            return TrustStore.FromPemFile(file);
        return _twin is null ? null : TrustStore.FromCertificates([_twin.AuthorityCertificate]);
    }

    private IReadOnlyList<TlsClientCertificate> ReadClientCertificate()
    {
        if (_settings.ClientCertificate is not { } file)
            return _settings.ClientKey is null ? [] : throw new CommandFailure(ExitCode.Usage, "--key is the key of a certificate: --cert FILE names that");
        return Path.GetExtension(file).ToUpperInvariant() is ".P12" or ".PFX"
            ? [TlsClientCertificate.FromPkcs12File(file, _settings.ClientPassword)]
            : [TlsClientCertificate.FromPemFiles(file, _settings.ClientKey, _settings.ClientPassword)];
    }

    private ILink OpenTwin(TwinService? service)
    {
        _wire = new();
        if (service is not null)
            _twin = new(_wire.Right, service, _settings.Seed);
        return _wire.Left;
    }

    private TapDevice OpenTap(bool offload)
    {
        bool wanted = offload && !_settings.NoOffload;
        if (wanted && _settings.Impaired)
            _terminal.Note("offload is off for this run: with it one lost frame would be up to 45 lost segments, and a damaged one would go unnoticed");
        var tap = new TapDevice(_settings.Tap, wanted && !_settings.Impaired);
        try
        {
            tap.Open();
            return tap;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            tap.Dispose();
            throw new CommandFailure(ExitCode.Link, $"{e.Message} Without a TAP: --twin", e);
        }
    }

    private ImpairedLink Impair(ILink link)
    {
        Seed ??= (ulong)Random.Shared.NextInt64();
        _terminal.Note($"impairments on; --seed {Seed} repeats their chances");
        var impairment = new Impairment
        {
            Loss = _settings.Loss,
            Delay = _settings.Delay,
            Reorder = _settings.Reorder,
            Duplicate = _settings.Duplicate,
            Corrupt = _settings.Corrupt,
            BitsPerSecond = _settings.Rate,
        };
        return new(link, impairment, impairment, Seed.Value);
    }

    private static CaptureFile OpenCapture(string path, string interfaceName)
    {
        try
        {
            return new(path, interfaceName, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Write, $"the capture {path} cannot be written: {e.Message}", e);
        }
    }

    private static StackOptions TwinOptions() => new() { Address = TwinPeer.ClientAddress, PrefixLength = TwinPeer.PrefixLength };

    private StackOptions TapOptions()
    {
        if (_settings.Address is not { } address)
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"which address shall the stack have on {_settings.Tap}? Pass --address, such as --address 10.0.0.2/24 --gateway 10.0.0.1; "
                + "or let ./run-tap.sh set everything up; or use --twin, which needs no TAP");
        }

        var options = new StackOptions
        {
            Address = address.Address,
            PrefixLength = address.PrefixLength,
            Gateway = _settings.Gateway,
            Resolver = NameServers.Of(NameServers.ReadFile),
        };
        return _settings.Dns.Count > 0 ? options with { DnsServers = _settings.Dns } : options;
    }

    private async Task<TcpStream> ConnectToFirstAsync(string host, IPAddress[] addresses, int port, Patience patience)
    {
        SocketException? last = null;
        foreach (IPAddress address in addresses)
        {
            try
            {
                patience.Begin($"connecting to {address}:{port} ({host})");
                return await Stack.ConnectAsync(new IPEndPoint(address, port), patience.Token).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                last = e;
            }
        }

        throw new CommandFailure(ExitCode.Connect, $"no connection to {host}:{port}: {last?.Message ?? "it has no address"}", last);
    }
}
