using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests;

/// <summary>TlsClientStream over kernel sockets.</summary>
public class StreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TlsClientOptions Options(string host = TestCertificates.HostName) => new() { HostName = host, TrustStore = TestCertificates.TrustStore };

    [Fact]
    public async Task One_byte_at_a_time_makes_a_handshake_and_carries_data()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(new ChoppyStream(await server.ConnectAsync(Cancel), 1), Options(), Cancel);
        byte[] data = new byte[5000], answer = new byte[5000];
        new Random(2).NextBytes(data);
        await tls.WriteAsync(data, Cancel);
        await tls.ReadExactlyAsync(answer, Cancel);
        Assert.Equal(data, answer);
    }

    [Fact]
    public async Task An_address_is_verified_against_the_certificates_addresses()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.EcdsaP256), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options("127.0.0.1"), Cancel);
        Assert.Null(tls.Certificate.WaivedReason);
    }

    // client                                        server
    // ClientHello                              -->
    //                     <--  ServerHello … ServerHelloDone
    // fatal bad_certificate                    -->     reads it before the connection ends
    [Fact]
    public async Task The_alert_is_on_the_wire_before_the_exception_is_thrown()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        var wire = new ChoppyStream(await server.ConnectAsync(Cancel), 65536);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(wire, Options("wrong.test"), Cancel));
        Assert.Equal(TlsError.CertificateHostName, failure.Error);
        Assert.Equal([21, 3, 3, 0, 2, 2, (byte)TlsAlert.BadCertificate], wire.Written.ToArray()[^7..]);
    }

    [Fact]
    public async Task Close_notify_goes_both_ways()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        await tls.WriteAsync("bye"u8.ToArray(), Cancel);
        await tls.ShutdownAsync(Cancel);
        using var reader = new StreamReader(tls, Encoding.ASCII);
        Assert.Equal("bye", await reader.ReadToEndAsync(Cancel));      // half-closed: the answer still comes, then the server's close_notify
    }

    [Fact]
    public async Task A_connection_that_ends_without_close_notify_is_a_truncation()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), stream => stream.WriteAsync("half of"u8.ToArray()).AsTask());
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        byte[] buffer = new byte[100];
        Assert.Equal(7, await tls.ReadAsync(buffer, Cancel));
        TlsException failure = await Assert.ThrowsAsync<TlsException>(async () => await tls.ReadExactlyAsync(buffer, Cancel));
        Assert.Equal(TlsError.UnexpectedEof, failure.Error);
    }

    [Fact]
    public async Task Dispose_sends_close_notify()
    {
        var ended = new TaskCompletionSource<int>();
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), async stream => ended.SetResult(await stream.ReadAsync(new byte[1])));
        var wire = new ChoppyStream(await server.ConnectAsync(Cancel), 65536);
        TlsClientStream tls = await TlsClientStream.ConnectAsync(wire, Options(), Cancel);
        long before = wire.Written.Length;
        tls.Dispose();
        Assert.Equal(0, await ended.Task.WaitAsync(Cancel));
        Assert.Equal(RecordHeader.Size + Alert.Size + 24, wire.Written.Length - before);
    }

    [Fact]
    public async Task A_silent_server_is_left_when_the_token_says_so()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, Cancel);
        using Socket accepted = await listener.AcceptAsync(Cancel);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        Task<TlsClientStream> connecting = TlsClientStream.ConnectAsync(new NetworkStream(socket, ownsSocket: true), Options(), giveUp.Token);
        Assert.True(await accepted.ReceiveAsync(new byte[10], Cancel) > 0);      // the ClientHello is out, no answer will come
        await giveUp.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(giveUp.Token, cancelled.CancellationToken);
        Assert.False(socket.Connected);
    }

    // client                            server
    // ClientHello                  -->
    //                              <--  22, the first byte of a record
    //                              <--  3, later
    //                              <--  3, later, and so on: what was read is never a record
    [Fact]
    public async Task A_server_that_trickles_is_left_when_the_handshake_takes_too_long()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(Cancel);

        TlsClientOptions hasty = Options() with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) };
        Task<TlsClientStream> connecting = TlsClientStream.ConnectAsync(client.GetStream(), hasty, Cancel);
        byte[] record = [22, 3, 3, 0x40, 0, .. new byte[16384]];
        for (int i = 0; i < record.Length && !connecting.IsCompleted; i++)
        {
            accepted.Client.Send(record.AsSpan(i, 1), SocketFlags.None, out _);
            await Task.WhenAny(connecting, Task.Delay(20, Cancel));
        }
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => connecting);
        Assert.Equal(TlsError.HandshakeTimeout, failure.Error);
        Assert.Contains("ServerHello was wanted", failure.Message, StringComparison.Ordinal);
        Assert.False(client.Connected);
    }

    [Fact]
    public async Task A_plain_text_server_is_named_as_such()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        using TcpClient accepted = await listener.AcceptTcpClientAsync(Cancel);
        await accepted.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Cancel);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(client.GetStream(), Options(), Cancel));
        Assert.Equal(TlsError.NotTls, failure.Error);
        Assert.Contains("HTTP/1.1 400 Bad Request", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_read_waits_for_data_and_takes_none()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        ValueTask<int> waiting = tls.ReadAsync(Memory<byte>.Empty, Cancel);
        Assert.False(waiting.IsCompleted);
        await tls.WriteAsync("x"u8.ToArray(), Cancel);
        Assert.Equal(0, await waiting);
        Assert.Equal(1, await tls.ReadAsync(new byte[5], Cancel));
    }

    [Fact]
    public async Task Two_megabytes_each_way_at_the_same_time_arrive_whole()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.EcdsaP256), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        byte[] data = new byte[2_000_000], answer = new byte[2_000_000];
        new Random(9).NextBytes(data);
        Task writing = tls.WriteAsync(data, Cancel).AsTask();
        await tls.ReadExactlyAsync(answer, Cancel);
        await writing;
        Assert.True(data.AsSpan().SequenceEqual(answer));
    }

    /// <summary>RFC 8446 4.1.3: this server could do better, and says so.</summary>
    [Fact]
    public async Task A_server_with_TLS_1_3_switched_on_shows_its_sentinel()
    {
        var events = new ListSink();
        SslServerAuthenticationOptions serverOptions = SslServer.Options(TestCertificates.Rsa);
        serverOptions.EnabledSslProtocols |= System.Security.Authentication.SslProtocols.Tls13;
        await using var server = new SslServer(serverOptions, SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options() with { Events = events }, Cancel);
        Assert.Equal(TlsVersion.Tls13, events.Events.OfType<DowngradeSentinelSeen>().Single().BestVersion);
    }

    // writer 1 holds the stream; writer 2 and the shutdown wait behind it; then the stream is disposed
    [Fact]
    public async Task What_waits_behind_a_write_hears_that_the_stream_was_disposed()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        var wire = new StallingStream(await server.ConnectAsync(Cancel));
        TlsClientStream tls = await TlsClientStream.ConnectAsync(wire, Options(), Cancel);
        wire.Stalls = true;
        Task first = tls.WriteAsync(new byte[10], Cancel).AsTask(), second = tls.WriteAsync(new byte[10], Cancel).AsTask(), shutdown = tls.ShutdownAsync(Cancel);
        Assert.False(first.IsCompleted);
        await tls.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => shutdown);
    }

    [Fact]
    public async Task A_second_read_is_refused_and_harms_nothing()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        byte[] answer = new byte[5];
        Task first = tls.ReadExactlyAsync(answer, Cancel).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await tls.ReadAsync(new byte[5], Cancel));
        await tls.WriteAsync("hello"u8.ToArray(), Cancel);
        await first;
        Assert.Equal("hello"u8.ToArray(), answer);
        await tls.WriteAsync("again"u8.ToArray(), Cancel);
        await tls.ReadExactlyAsync(answer, Cancel);
        Assert.Equal("again"u8.ToArray(), answer);
    }

    [Fact]
    public async Task BeginWrite_does_not_wait_for_BeginRead()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(), Cancel);
        byte[] answer = new byte[1];
        IAsyncResult reading = tls.BeginRead(answer, 0, 1, null, null);
        await Task.Factory.FromAsync(tls.BeginWrite([42], 0, 1, null, null), tls.EndWrite).WaitAsync(Cancel); // the stream's own would wait here for ever
        Assert.Equal(1, await Task.Factory.FromAsync(reading, tls.EndRead).WaitAsync(Cancel));
        Assert.Equal(42, answer[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Secrets_end_also_when_the_connection_cannot_be_closed(bool blocking)
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        using Stream connection = await server.ConnectAsync(Cancel);
        TlsClientStream tls = await TlsClientStream.ConnectAsync(Unclosable(connection), Options(), Cancel);
        Assert.Equal(32, tls.ExportKeyingMaterial("EXPORTER-test", 32).Length);
        if (blocking) Assert.Throws<IOException>(tls.Dispose);
        else await Assert.ThrowsAsync<IOException>(async () => await tls.DisposeAsync());
        Assert.Throws<ObjectDisposedException>(() => tls.ExportKeyingMaterial("EXPORTER-test", 32));
    }

    [Fact]
    public async Task Why_a_handshake_failed_is_worth_more_than_that_the_connection_cannot_be_closed()
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        using Stream connection = await server.ConnectAsync(Cancel);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(Unclosable(connection), Options("wrong.test"), Cancel));
        Assert.Equal(TlsError.CertificateHostName, failure.Error);
    }

    [Theory]
    [InlineData("1")]       // a name of one label, not the address 0.0.0.1
    [InlineData("0x7f.1")]
    public async Task What_only_looks_like_an_address_is_a_name(string host)
    {
        await using var server = new SslServer(SslServer.Options(TestCertificates.Rsa), SslServer.Echo);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(async () => await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(host), Cancel));
        Assert.Contains($"wanted DNS:{host}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_name_that_is_none_is_refused_before_anything_is_sent()
        => await Assert.ThrowsAsync<ArgumentException>(() => TlsClientStream.ConnectAsync(new MemoryStream(), Options("not a name"), Cancel));

    private static ChoppyStream Unclosable(Stream inner) => new(inner, 65536, beforeDispose: () => throw new IOException("it cannot be closed"));

    private sealed class ListSink : ITlsEventSink
    {
        internal List<TlsEvent> Events { get; } = [];

        public void Raise(TlsEvent e)
        {
            lock (Events) Events.Add(e);
        }
    }
}
