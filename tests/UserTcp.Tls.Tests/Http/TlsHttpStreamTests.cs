using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using UserTcp.Tls.Http;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Http;

/// <summary>HttpClient over TlsHttpStream: the real URI, our handshake, none of .NET's.</summary>
public class TlsHttpStreamTests
{
    // HttpClient: https://server.test/start  --> 302 to https://server.test/same-host
    //                                        --> 302 to https://other.test:PORT/other-host
    //                                        --> 200
    // Each host is one connection; on each the server sees exactly one ClientHello, and it is ours: no supported_versions, so no hello of .NET's.
    [Fact]
    public async Task HttpClient_follows_redirects_without_a_handshake_of_its_own()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var hostsSeen = new List<string>();
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), stream => Serve(stream, hostsSeen));
        var hellos = new CountingSink();
        var wires = new List<ChoppyStream>();
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, token) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, server.Port, token);
                var wire = new ChoppyStream(new NetworkStream(socket, ownsSocket: true), 65536);
                wires.Add(wire);
                var options = new TlsClientOptions
                {
                    HostName = context.DnsEndPoint.Host,
                    TrustStore = TestCertificates.TrustStore,
                    ApplicationProtocols = ["http/1.1"],
                    Events = hellos,
                };
                return new TlsHttpStream(await TlsClientStream.ConnectAsync(wire, options, token));
            },
            // If .NET did TLS of its own it would have to ask here; the test certificate is not in the system's store either.
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, _, _, _) => throw new InvalidOperationException(".NET made a handshake of its own"),
            },
        };
        using var http = new HttpClient(handler);

        using HttpResponseMessage response = await http.GetAsync(new Uri($"https://server.test:{server.Port}/start"), cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("the end", await response.Content.ReadAsStringAsync(cancel));
        Assert.Equal($"https://other.test:{server.Port}/other-host", response.RequestMessage?.RequestUri?.ToString());
        Assert.Equal([$"server.test:{server.Port}", $"server.test:{server.Port}", $"other.test:{server.Port}"], hostsSeen);
        Assert.Equal(2, hellos.ClientHellos);       // one per host
        Assert.Equal(2, wires.Count);
        // Of all that went over the sockets only the first record of each is a handshake message in the clear with type ClientHello.
        Assert.All(wires, wire => Assert.Equal(1, CountClientHellos(wire.Written.ToArray())));
    }

    private static int CountClientHellos(byte[] stream)
    {
        int count = 0;
        for (int at = 0; at + 5 < stream.Length; at += 5 + (stream[at + 3] << 8 | stream[at + 4]))
            if (stream[at] == 22 && stream[at + 5] == 1) count++;
        return count;
    }

    private static async Task Serve(SslStream stream, List<string> hostsSeen)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync() is { } request)
        {
            string host = "";
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
                if (header.StartsWith("Host: ", StringComparison.OrdinalIgnoreCase)) host = header[6..];
            lock (hostsSeen) hostsSeen.Add(host);
            string answer = request.Split(' ')[1] switch
            {
                "/start" => "HTTP/1.1 302 Found\r\nLocation: /same-host\r\nContent-Length: 0\r\n\r\n",
                "/same-host" => $"HTTP/1.1 302 Found\r\nLocation: https://{host.Replace("server.test", "other.test", StringComparison.Ordinal)}/other-host\r\nContent-Length: 0\r\n\r\n",
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthe end",
            };
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        }
    }

    private sealed class CountingSink : ITlsEventSink
    {
        private int _clientHellos;

        internal int ClientHellos => _clientHellos;

        public void Raise(TlsEvent e)
        {
            if (e is HandshakeMessagePassed { Message: UserTcp.Tls.Wire.ClientHello }) Interlocked.Increment(ref _clientHellos);
        }
    }
}
