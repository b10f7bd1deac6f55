using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>A full handshake that a real server once answered, for playing it again in memory: with the same random bytes and at the same time the client
/// says the same, so the recorded answers fit, the server's Finished included.</summary>
internal sealed class RecordedHandshake
{
    private readonly List<byte[]> _flights = [];

    /// <summary>Makes one handshake with SslStream over a loopback socket and keeps what the server said.</summary>
    /// <param name="options">The client's; the trust store among them.</param>
    /// <param name="server">The server's.</param>
    internal RecordedHandshake(TlsClientOptions options, SslServerAuthenticationOptions server)
    {
        Options = options;
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using TcpClient accepted = listener.AcceptTcpClient();
        using var ssl = new SslStream(accepted.GetStream());
        Task serving = ssl.AuthenticateAsServerAsync(server);

        NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[1 << 16];
        byte[] flight = [];
        using TlsClientEngine engine = Engine(options);
        TlsStatus status;
        while ((status = engine.Handshake(Time)) != TlsStatus.Complete)
        {
            if (status == TlsStatus.WantWrite)
            {
                if (flight.Length > 0) _flights.Add(flight);
                flight = [];
                stream.Write(engine.GetOutput().Span);
                engine.OutputSent(engine.GetOutput().Length);
                continue;
            }
            int count = stream.Read(engine.InputBuffer.Span);
            flight = [.. flight, .. engine.InputBuffer.Span[..count]];
            engine.InputReceived(count);
        }
        _flights.Add(flight);
        serving.GetAwaiter().GetResult();
    }

    /// <summary>When it is played.</summary>
    internal static DateTimeOffset Time { get; } = RsaChain.NotBefore.AddDays(200);

    internal TlsClientOptions Options { get; }

    /// <summary>Plays the handshake. The engine is connected; the caller disposes it.</summary>
    internal TlsClientEngine Play(TlsClientOptions options)
    {
        TlsClientEngine engine = Engine(options);
        foreach (byte[] flight in _flights)
        {
            Send(engine);
            flight.CopyTo(engine.InputBuffer.Span);
            engine.InputReceived(flight.Length);
        }
        return engine.Handshake(Time) == TlsStatus.Complete ? engine : throw new InvalidOperationException("the recording does not fit");
    }

    /// <summary>Lets the client say what it has to say.</summary>
    private static void Send(TlsClientEngine engine)
    {
        while (engine.Handshake(Time) == TlsStatus.WantWrite) engine.OutputSent(engine.GetOutput().Length);
    }

    private static TlsClientEngine Engine(TlsClientOptions options) => new(options, new Random(1).NextBytes);
}
