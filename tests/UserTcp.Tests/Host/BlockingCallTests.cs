using System.Net.Sockets;

namespace UserTcp.Tests.Host;

/// <summary>The calls of a stream that block, as NetworkStream has them.</summary>
public sealed class BlockingCallTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_and_spans_go_both_ways()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        await Task.Run(
            () =>
            {
                client.WriteByte(7);
                Assert.Equal(7, server.ReadByte());
                client.Write([1, 2, 3]);
                client.Write([0, 4, 5, 0], 1, 2);
                byte[] read = new byte[7];
                server.ReadExactly(read, 1, 5);
                Assert.Equal([0, 1, 2, 3, 4, 5, 0], read);
                client.Dispose();
                Assert.Equal(-1, server.ReadByte());
                Assert.Equal(0, server.Read(new byte[1]));
            },
            Cancelled);
    }

    [Fact]
    public async Task A_write_larger_than_all_buffers_blocks_until_it_is_read()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] sent = new byte[16 << 20], received = new byte[16 << 20];
        new Random(1).NextBytes(sent);
        Task writing = Task.Run(() => client.Write(sent), Cancelled);
        await Task.Run(() => server.ReadExactly(received), Cancelled);
        await writing;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task The_old_pairs_of_calls_work_too()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        byte[] buffer = new byte[4];
        Task<int> reading = Task.Factory.FromAsync(server.BeginRead, server.EndRead, buffer, 0, 4, null);
        await Task.Factory.FromAsync(client.BeginWrite, client.EndWrite, new byte[] { 1, 2, 3 }, 0, 3, null);
        Assert.Equal(3, await reading);
        Assert.Equal([1, 2, 3, 0], buffer);
    }

    [Fact]
    public async Task A_read_that_times_out_says_so_and_loses_nothing()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        Assert.True(server.CanTimeout);
        Assert.Equal(Timeout.Infinite, server.ReadTimeout);
        server.ReadTimeout = 1;
        await Task.Run(
            () =>
            {
                IOException e = Assert.Throws<IOException>(() => server.Read(new byte[4]));
                Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
                Assert.Contains("ReadTimeout", e.Message, StringComparison.Ordinal);
                server.ReadTimeout = Timeout.Infinite;
                client.Write("data"u8);
                byte[] buffer = new byte[4];
                server.ReadExactly(buffer);
                Assert.Equal("data"u8, buffer);
            },
            Cancelled);
    }

    [Fact]
    public async Task A_write_that_times_out_says_so()
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        client.WriteTimeout = 1;
        IOException e = await Assert.ThrowsAsync<IOException>(() => Task.Run(() => client.Write(new byte[16 << 20]), Cancelled));
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
        Assert.Contains("WriteTimeout", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public async Task Impossible_timeouts_are_refused(int milliseconds)
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.ReadTimeout = milliseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.WriteTimeout = milliseconds);
    }

    [Fact]
    public async Task Disposing_ends_a_read_that_blocks()
    {
        await using StackPair pair = new();
        (TcpStream client, _) = await pair.ConnectAsync(80, Cancelled);
        Task reading = Task.Run(client.ReadByte, Cancelled);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
    }

    // The asynchronous calls wait in an object of the stream; what blocks has only the thread to wait with.
    [Fact]
    public async Task Reading_and_writing_single_bytes_allocates_nothing()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        await client.WriteAsync(new byte[2000], Cancelled);
        while (server.Info.BytesToRead < 2000) await Task.Yield();
        for (int i = 0; i < 100; i++) server.ReadByte();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) server.ReadByte();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
