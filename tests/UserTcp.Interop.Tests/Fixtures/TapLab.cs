using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Testing;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>A namespace with a TAP: at one end the kernel and its servers, at the other the `usertcp` command.</summary>
internal sealed class TapLab : IAsyncDisposable
{
    /// <summary>The TAP's name.</summary>
    public const string Tap = "tap0";

    /// <summary>The kernel's address on the TAP.</summary>
    public static readonly IPAddress Kernel = IPAddress.Parse("10.77.0.1");

    /// <summary>The address of our stack.</summary>
    public static readonly IPAddress Ours = IPAddress.Parse("10.77.0.2");

    private readonly Stack<IAsyncDisposable> _owned = new();
    private int _configurations;

    /// <summary>Makes the namespace and the TAP, or skips the running test.</summary>
    public TapLab()
    {
        Namespace = TestNamespace.Create();
        try
        {
            Namespace.Ip($"tuntap add dev {Tap} mode tap");
            Namespace.Ip($"address add {Kernel}/24 dev {Tap}");
            Namespace.Ip($"link set dev {Tap} up");
            Folder = new();
            Folder.Write("ca.pem", TestAuthority.RootsPem);
            Uploads = Folder.MakeOpen("upload");
        }
        catch
        {
            Folder?.Dispose();
            Namespace.Dispose();
            throw;
        }
    }

    /// <summary>The namespace.</summary>
    public TestNamespace Namespace { get; }

    /// <summary>Where the lab's files are.</summary>
    public TemporaryFolder Folder { get; }

    /// <summary>The roots that sign everything right, as a PEM file.</summary>
    public string Roots => Folder.PathOf("ca.pem");

    /// <summary>Where servers put what is sent to them below /upload/.</summary>
    public string Uploads { get; }

    /// <summary>Whom the command asks for names.</summary>
    public IPAddress NameServer { get; init; } = Kernel;

    /// <summary>The URL of a file of the server on the TAP.</summary>
    public static Uri UrlOf(string name) => new($"https://{TestAuthority.Host}:{TlsServers.Port}/{name}");

    /// <summary>The option for a run with or without offload.</summary>
    public static string[] Offload(bool on) => on ? [] : ["--no-offload"];

    /// <summary>Runs a verb of `usertcp` on the TAP until it ends.</summary>
    public Task<CommandResult> Usertcp(string verb, params string[] arguments) => Usertcp(UsertcpCommand.OnRuntime, verb, arguments);

    /// <summary>Runs a verb of `usertcp`, started in some other way, on the TAP until it ends.</summary>
    public Task<CommandResult> Usertcp(string[] command, string verb, params string[] arguments)
        => UsertcpCommand.Run(
            Namespace, command,
            [verb, "--tap", Tap, "--address", $"{Ours}/24", "--gateway", $"{Kernel}", "--dns", $"{NameServer}", "--ca", Roots, .. arguments],
            TestContext.Current.CancellationToken);

    /// <summary>Starts the name server on the TAP.</summary>
    public Task StartNameServer() => StartNameServer(Namespace, Kernel, $"--host-record={TestAuthority.Host},{Kernel}");

    /// <summary>Starts dnsmasq for names below .test; what is not given to it does not exist.</summary>
    public async Task<ChildProcess> StartNameServer(TestNamespace where, IPAddress address, params string[] records)
    {
        ChildProcess server = Start(where, "dnsmasq",
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--log-facility=-", "--log-queries", "--pid-file=",
                "--user=root", "--bind-interfaces", "--except-interface=lo", $"--listen-address={address}", "--local=/test/", .. records,
            ]);
        await server.WaitForPort(53);
        return server;
    }

    /// <summary>Starts a program in one of the lab's namespaces; it ends with the lab.</summary>
    public ChildProcess Start(TestNamespace where, string program, params string[] arguments) => Own(ChildProcess.Start(where, program, arguments));

    /// <summary>A listening socket on the kernel's side; it ends with the lab.</summary>
    public Socket Listen(int port) => Namespace.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _owned.Push(new Closing(socket));
        socket.Bind(new IPEndPoint(Kernel, port));
        socket.Listen();
        return socket;
    });

    /// <summary>How many segments the kernel has thrown away as broken: bad checksum, bad offset, bad length.</summary>
    public long SegmentsRefusedByKernel() => Namespace.Run(() =>
    {
        string[] text = File.ReadAllLines("/proc/thread-self/net/snmp");
        string[][] lines = [.. text.Where(line => line.StartsWith("Tcp:", StringComparison.Ordinal)).Select(line => line.Split(' '))];
        return long.Parse(lines[1][Array.IndexOf(lines[0], "InErrs")], CultureInfo.InvariantCulture);
    });

    /// <summary>Disposes something with the lab, last one first.</summary>
    public T Own<T>(T what)
        where T : IAsyncDisposable
    {
        _owned.Push(what);
        return what;
    }

    /// <summary>Writes a configuration, certificate or key under a name of its own.</summary>
    /// <returns>Its path.</returns>
    public string WriteFile(string kind, string text) => Folder.Write($"{Interlocked.Increment(ref _configurations)}.{kind}", text);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out IAsyncDisposable? owned))
            await owned.DisposeAsync();
        Namespace.Dispose();
        Folder.Dispose();
    }

    private sealed class Closing(IDisposable what) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            what.Dispose();
            return default;
        }
    }
}
