using System.Diagnostics;
using System.Net;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Our stack in this process, on a lab's TAP.</summary>
internal sealed class StackOnTap : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TapDevice _tap;
    private readonly TrustStore _trust;

    /// <summary>Opens the TAP and starts a stack on it.</summary>
    /// <param name="lab">Where the TAP is.</param>
    /// <param name="offload">Whether checksums and segmentation are left to the other side.</param>
    /// <param name="tcp">How its connections behave, when not as usual.</param>
    /// <param name="decorate">Puts links around the TAP: a capture, losses.</param>
    public StackOnTap(TapLab lab, bool offload, TcpSettings? tcp = null, Func<ILink, ILink>? decorate = null)
    {
        _trust = TrustStore.FromPemFile(lab.Roots);
        _tap = new(TapLab.Tap, offload);
        lab.Namespace.Run(_tap.Open);
        Stack = new(
            decorate is null ? _tap : decorate(_tap),
            new() { Address = TapLab.Ours, PrefixLength = 24, Gateway = TapLab.Kernel, DnsServers = [TapLab.Kernel], Tcp = tcp ?? new() });
    }

    /// <summary>The stack.</summary>
    public Stack Stack { get; }

    /// <summary>What a TLS connection to the lab's server wants.</summary>
    public TlsClientOptions Tls => new() { HostName = TestAuthority.Host, TrustStore = _trust };

    /// <summary>Connects to the lab's server.</summary>
    public async Task<TlsClientStream> ConnectTls(TlsClientOptions options)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        TcpStream tcp = await Stack.ConnectAsync(new IPEndPoint(TapLab.Kernel, TlsServers.Port), cancellation);
        return await TlsClientStream.ConnectAsync(tcp, options, cancellation);
    }

    /// <summary>Waits until the stack has forgotten every connection, those in TIME-WAIT too.</summary>
    public async Task NothingLeft()
    {
        for (long start = Stopwatch.GetTimestamp(); Stack.ConnectionCount > 0; await Task.Delay(10))
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"{Stack.ConnectionCount} connections are left");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stack.DisposeAsync();
        _tap.Close();
    }
}
