using System.Security.Cryptography;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Http;

namespace UserTcp.Interop.Tests;

/// <summary>HttpClient on our stack and our TLS inside one process: many connections at once, kept open and used again.</summary>
public sealed class HttpClientTests(Bodies bodies)
{
    [Theory]
    [InlineData(TlsServer.Nginx, false)]
    [InlineData(TlsServer.Nginx, true)]
    [InlineData(TlsServer.Apache, true)]
    [InlineData(TlsServer.HaProxy, true)]
    [InlineData(TlsServer.Kestrel, false)]
    public async Task Many_requests_at_once_each_bring_the_whole_file(TlsServer server, bool offload)
    {
        const int atOnce = 8, size = 1 << 20;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        await lab.StartNameServer();
        await lab.StartServer(server, TestAuthority.Of(KeyKind.Ecdsa).Good(), bodies, size);
        await using StackOnTap ours = new(lab, offload);
        var trust = TrustStore.FromPemFile(lab.Roots);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, stop) =>
            {
                TcpStream tcp = await ours.Stack.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, stop);
                var options = new TlsClientOptions { HostName = context.DnsEndPoint.Host, TrustStore = trust };
                return new TlsHttpStream(await TlsClientStream.ConnectAsync(tcp, options, stop));
            },
        });

        for (int round = 0; round < 2; round++)
        {
            string[] hashes = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
            {
                await using Stream body = await client.GetStreamAsync(TapLab.UrlOf(Bodies.NameOf(size)), cancellation);
                return Convert.ToHexStringLower(await SHA256.HashDataAsync(body, cancellation));
            }));
            Assert.All(hashes, hash => Assert.Equal(bodies.Sha256(size), hash));
        }

        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }
}
