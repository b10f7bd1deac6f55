using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Cli.Session;
using UserTcp.Link;
using UserTcp.Tcp;
using UserTcp.Tls;

namespace UserTcp.Cli.Tests;

/// <summary>Servers that do not close as the RFC would like: by then everything has been fetched, so the user is told and nothing fails.</summary>
public class ClosingTests
{
    private const int Port = 443;
    private const string SatOut = "(2 × RTO), in case the server repeats its FIN";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // client                         server
    // FIN, ACK                  -->
    //              <--  RST          closed its socket long ago
    [Fact]
    public async Task A_server_that_answers_the_close_with_a_reset_is_told_about()
    {
        using var wire = new TwinWire();
        await using Stack client = Client(wire), server = Server(wire);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        theirs.Abort();
        string? disorder = await connection.CloseAsync(Cancel);
        Assert.StartsWith("www.example.test did not close in order: ", disorder, StringComparison.Ordinal);
        Assert.Null(connection.Ended);
    }

    // client                         server
    // FIN, ACK                  -->
    //              <--  ACK          and never a FIN
    // RST                       -->
    [Fact]
    public async Task A_server_that_never_closes_is_left_when_patience_ends()
    {
        using var wire = new TwinWire();
        await using Stack client = Client(wire), server = Server(wire);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<string?> closing = connection.CloseAsync(patience.Token);
        Assert.Equal(0, await theirs.ReadAsync(new byte[1], Cancel));
        await patience.CancelAsync();
        Assert.Contains("has not closed its side", await closing, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => theirs.WaitForCloseAsync(Cancel));
    }

    // client                         server
    // FIN, ACK                  -->
    //              <--  FIN, ACK
    // ACK                       -->     which may be lost where others were
    [Theory]
    [InlineData("nothing", "left TIME-WAIT at once")]
    [InlineData("what the path is known for", SatOut)]
    [InlineData("data of ours", SatOut)]
    [InlineData("data of theirs", SatOut)]
    [InlineData("an acknowledgment of ours", SatOut)]
    public async Task TIME_WAIT_is_sat_out_where_the_last_acknowledgment_may_be_lost(string lost, string told)
    {
        using var wire = new TwinWire();
        using LosingLink left = new(wire.Left), right = new(wire.Right);
        await using Stack client = Client(left), server = Server(right);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        switch (lost)
        {
            case "data of ours":
                left.LosesNext = true;
                await connection.Tcp.WriteAsync("x"u8.ToArray(), Cancel);
                await UntilAsync(() => connection.Tcp.Info.Retransmissions > 0);
                break;
            case "data of theirs":
                right.LosesNext = true;
                await theirs.WriteAsync("x"u8.ToArray(), Cancel);
                await theirs.WriteAsync("y"u8.ToArray(), Cancel);
                await UntilAsync(() => connection.Tcp.Info.BytesOutOfOrder > 0);
                break;
            case "an acknowledgment of ours":
                left.LosesNext = true;
                await theirs.WriteAsync("x"u8.ToArray(), Cancel);
                await UntilAsync(() => connection.Tcp.Info.DuplicateSegmentsReceived > 0);
                break;
        }
        Task<string?> closing = connection.CloseAsync(Cancel);
        await theirs.CloseWriteAsync(Cancel);
        Assert.Null(await closing);
        bool lossy = lost == "what the path is known for";
        Assert.Contains(told, await connection.SitOutTimeWaitAsync(all: false, lossy, Cancel), StringComparison.Ordinal);
    }

    // client                         server
    // close_notify, FIN         -->
    //              <--  FIN          no close_notify: a common habit, and all was read
    [Theory]
    [InlineData(true, "the handshake", null)]
    [InlineData(false, "the handshake", "www.example.test closed without close_notify (RFC 5246 7.2.1); the handshake was complete by then")]
    [InlineData(false, "its answer", "www.example.test closed without close_notify (RFC 5246 7.2.1); its answer was complete by then")]
    public async Task A_server_that_closes_without_close_notify_is_told_about(bool saysSo, string wanted, string? told)
    {
        using var wire = new TwinWire();
        await using Stack client = Client(wire), server = Server(wire);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        connection.Wanted = wanted;
        await using var ssl = new SslStream(theirs, leaveInnerStreamOpen: true);
        Task accepted = ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = SelfSigned() }, Cancel);
        connection.Tls = await TlsClientStream.ConnectAsync(connection.Tcp, new() { HostName = connection.Host, DangerouslySkipCertificateVerification = true }, Cancel);
        await accepted;

        Task<string?> closing = connection.CloseAsync(Cancel);
        Assert.Equal(0, await ssl.ReadAsync(new byte[1], Cancel));
        if (saysSo) await ssl.ShutdownAsync();
        await theirs.CloseWriteAsync(Cancel);
        Assert.Equal(told, await closing);
        Assert.Equal(TcpState.TimeWait, connection.Ended);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=www.example.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    private static Stack Client(TwinWire wire) => Client(wire.Left);

    private static Stack Client(ILink link) => new(link, new() { Address = IPAddress.Parse("192.0.2.1"), PrefixLength = 24 });

    private static Stack Server(TwinWire wire) => Server(wire.Right);

    private static Stack Server(ILink link) => new(link, new() { Address = IPAddress.Parse("192.0.2.2"), PrefixLength = 24 });

    private static async Task UntilAsync(Func<bool> done)
    {
        while (!done()) await Task.Delay(5, Cancel);
    }

    private static async Task<(PeerConnection Connection, TcpStream Theirs)> ConnectAsync(Stack client, Stack server)
    {
        await using TcpListener listener = server.Listen(Port);
        ValueTask<TcpStream> accepting = listener.AcceptAsync(Cancel);
        var connection = new PeerConnection("www.example.test", await client.ConnectAsync(new IPEndPoint(IPAddress.Parse("192.0.2.2"), Port), Cancel));
        return (connection, await accepting);
    }

    /// <summary>Loses the next frame that is sent, on demand.</summary>
    private sealed class LosingLink(ILink inner) : ILink
    {
        private int _loses;

        internal bool LosesNext { set => Volatile.Write(ref _loses, value ? 1 : 0); }

        public string Name => inner.Name;

        public int Mtu => inner.Mtu;

        public bool Offload => inner.Offload;

        public LinkCounters Counters => inner.Counters;

        public Instant NextDeadline => inner.NextDeadline;

        public bool Receive(IFrameReceiver receiver, Instant now) => inner.Receive(receiver, now);

        public bool Send(in OutgoingFrame frame, Instant now) => Interlocked.Exchange(ref _loses, 0) == 1 || inner.Send(frame, now);

        public void Wait(TimeSpan timeout) => inner.Wait(timeout);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}
