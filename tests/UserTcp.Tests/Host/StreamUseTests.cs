using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserTcp.Host;
using UserTcp.Tcp;

namespace UserTcp.Tests.Host;

/// <summary>Streams and listeners as .NET code uses them: TLS and pipes on top, cancellation at every wait, errors that existing code handles.</summary>
public sealed class StreamUseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SslStream_runs_on_it_at_both_ends()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=server.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(443, Cancelled);
        await using SslStream secureClient = new(client, leaveInnerStreamOpen: false, (_, theirs, _, _) => theirs!.Equals(certificate));
        await using SslStream secureServer = new(server);
        Task answering = secureServer.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Cancelled);
        await secureClient.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "server.example" }, Cancelled);
        await answering;

        byte[] sent = new byte[1 << 20], there = new byte[sent.Length], back = new byte[sent.Length];
        new Random(1).NextBytes(sent);
        Task echoing = Echo();
        await secureClient.WriteAsync(sent, Cancelled);
        await secureClient.ReadExactlyAsync(back, Cancelled);
        await echoing;
        Assert.Equal(sent, back);
        await secureClient.ShutdownAsync();
        Assert.Equal(0, await secureServer.ReadAsync(there, Cancelled)); // close_notify

        async Task Echo()
        {
            await secureServer.ReadExactlyAsync(there, Cancelled);
            await secureServer.WriteAsync(there, Cancelled);
        }
    }

    [Fact]
    public async Task Pipes_run_on_it_at_both_ends()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        Task answering = AnswerLines();
        PipeWriter writer = PipeWriter.Create(client);
        PipeReader reader = PipeReader.Create(client);
        for (int i = 0; i < 100; i++)
        {
            Encoding.ASCII.GetBytes($"line {i}\n", writer);
            await writer.FlushAsync(Cancelled);
            ReadResult answer = await reader.ReadAtLeastAsync($"LINE {i}\n".Length, Cancelled);
            Assert.Equal($"LINE {i}\n", Encoding.ASCII.GetString(answer.Buffer));
            reader.AdvanceTo(answer.Buffer.End);
        }
        await client.CloseWriteAsync(Cancelled);
        Assert.True((await reader.ReadAsync(Cancelled)).IsCompleted);
        await answering;

        async Task AnswerLines()
        {
            PipeReader lines = PipeReader.Create(server);
            PipeWriter answers = PipeWriter.Create(server);
            while (true)
            {
                ReadResult result = await lines.ReadAsync(Cancelled);
                Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(result.Buffer).ToUpperInvariant(), answers);
                lines.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) break;
                await answers.FlushAsync(Cancelled);
            }
            await answers.CompleteAsync(); // disposes the stream
        }
    }

    [Fact]
    public async Task A_read_cancelled_while_data_arrives_loses_none()
    {
        await using StackPair pair = new(settings: new() { NoDelay = true });
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] buffer = new byte[1];
        int cancelled = 0;
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource cancellation = new();
            ValueTask<int> reading = server.ReadAsync(buffer, cancellation.Token);
            Task writing = Task.Run(async () => await client.WriteAsync(new[] { (byte)i }, Cancelled), Cancelled);
            if (i % 2 == 0) await Task.Yield();
            await cancellation.CancelAsync();
            try
            {
                Assert.Equal(1, await reading);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
                Assert.Equal(1, await server.ReadAsync(buffer, Cancelled));
            }
            Assert.Equal((byte)i, buffer[0]);
            await writing;
        }
        Assert.Equal(0, server.Info.BytesToRead);
        Assert.Equal(200, server.Info.BytesReceived);
    }

    [Fact]
    public async Task Of_a_cancelled_write_a_part_is_sent_and_what_follows_comes_behind_it()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] much = new byte[32 << 20];
        new Random(1).NextBytes(much);
        using CancellationTokenSource cancellation = new();
        ValueTask writing = client.WriteAsync(much, cancellation.Token);
        Assert.False(writing.IsCompleted);
        await cancellation.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing);
        Assert.Equal(cancellation.Token, e.CancellationToken);

        using MemoryStream received = new();
        Task reading = server.CopyToAsync(received, Cancelled);
        await client.WriteAsync("the end"u8.ToArray(), Cancelled);
        await client.CloseWriteAsync(Cancelled);
        await reading;
        ReadOnlySpan<byte> all = received.GetBuffer().AsSpan(0, (int)received.Length);
        Assert.Equal("the end"u8, all[^7..]);
        Assert.True(all.Length > 7, "nothing was taken");
        Assert.True(all[..^7].SequenceEqual(much.AsSpan(0, all.Length - 7)), "what was taken is not the beginning of what was written");
    }

    [Fact]
    public async Task Accepts_cancelled_while_connections_come_lose_none()
    {
        await using StackPair pair = new();
        await using TcpListener listener = pair.Server.Listen(80);
        for (int i = 0; i < 50; i++)
        {
            using CancellationTokenSource cancellation = new();
            ValueTask<TcpStream> accepting = listener.AcceptAsync(cancellation.Token);
            Task<TcpStream> connecting = Task.Run(async () => await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), Cancelled), Cancelled);
            if (i % 2 == 0) await Task.Yield();
            else await connecting;
            await cancellation.CancelAsync();
            TcpStream accepted;
            try
            {
                accepted = await accepting;
            }
            catch (OperationCanceledException)
            {
                accepted = await listener.AcceptAsync(Cancelled);
            }
            TcpStream connected = await connecting;
            Assert.Equal(connected.LocalEndPoint, accepted.RemoteEndPoint);
            connected.Abort();
            accepted.Abort();
        }
    }

    [Fact]
    public async Task Disposing_ends_what_waits_on_the_stream()
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        ValueTask<int> reading = client.ReadAsync(new byte[1], Cancelled);
        ValueTask writing = client.WriteAsync(new byte[32 << 20], Cancelled);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await writing);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.ReadAsync(new byte[1], Cancelled));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.WriteAsync(new byte[1], Cancelled));
        Assert.Throws<ObjectDisposedException>(() => client.NoDelay = true);
        Assert.False(client.CanRead || client.CanWrite);
        await client.DisposeAsync(); // once more does nothing
        Assert.NotEqual(0, client.Info.SegmentsSent); // it can still be looked at
    }

    [Fact, Rfc("9293", "3.6", "MUST-12")]
    public async Task What_arrived_before_a_reset_can_be_read_and_then_every_call_says_so()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        await client.WriteAsync("data"u8.ToArray(), Cancelled);
        byte[] buffer = new byte[8];
        Assert.Equal(0, await server.ReadAsync(Memory<byte>.Empty, Cancelled)); // waits and takes nothing
        client.Abort();
        await Assert.ThrowsAsync<IOException>(() => server.WaitForCloseAsync(Cancelled));
        Assert.Equal(4, await server.ReadAsync(buffer, Cancelled));
        for (int i = 0; i < 2; i++)
        {
            IOException read = await Assert.ThrowsAsync<IOException>(async () => await server.ReadAsync(buffer, Cancelled));
            IOException write = await Assert.ThrowsAsync<IOException>(async () => await server.WriteAsync(buffer, Cancelled));
            Assert.All([read, write], e => Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode));
        }
    }

    // The SYN finds the accept queue full and is ignored.
    [Fact, Rfc("9293", "3.8.3", "MUST-23")]
    public async Task A_peer_that_does_not_answer_is_a_timeout()
    {
        await using StackPair pair = new(settings: new() { SynRetries = 0 });
        await using TcpListener listener = pair.Server.Listen(80, backlog: 1);
        IPEndPoint there = new(StackPair.ServerAddress, 80);
        await using TcpStream first = await pair.Client.ConnectAsync(there, Cancelled);
        await first.WriteAsync(new byte[1], Cancelled);
        while (first.Info.BytesAcknowledged == 0) await Task.Yield(); // now the server's end is open too
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () => await pair.Client.ConnectAsync(there, Cancelled));
        Assert.Equal(SocketError.TimedOut, e.SocketErrorCode);
        Assert.Contains("check that the peer is up", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_neighbour_that_is_not_there_is_unreachable()
    {
        await using StackPair pair = new();
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () => await pair.Client.ConnectAsync(IPEndPoint.Parse("192.0.2.99:80"), Cancelled));
        Assert.Equal(SocketError.HostUnreachable, e.SocketErrorCode);
        Assert.Equal(0, pair.Client.ConnectionCount);
    }

    [Theory]
    [InlineData(nameof(TcpFailureReason.Refused), SocketError.ConnectionRefused)]
    [InlineData(nameof(TcpFailureReason.Reset), SocketError.ConnectionReset)]
    [InlineData(nameof(TcpFailureReason.TimedOut), SocketError.TimedOut)]
    [InlineData(nameof(TcpFailureReason.HostUnreachable), SocketError.HostUnreachable)]
    [InlineData(nameof(TcpFailureReason.NetworkUnreachable), SocketError.NetworkUnreachable)]
    [InlineData(nameof(TcpFailureReason.TooManyConnections), SocketError.TooManyOpenSockets)]
    [InlineData(nameof(TcpFailureReason.Aborted), SocketError.ConnectionAborted)]
    public void Each_reason_has_the_error_that_NET_knows_and_our_sentence(string reason, SocketError error)
    {
        SocketException e = new TcpFailure(Enum.Parse<TcpFailureReason>(reason), "what was seen").ToSocketException();
        Assert.Equal((error, "what was seen"), (e.SocketErrorCode, e.Message));
    }
}
