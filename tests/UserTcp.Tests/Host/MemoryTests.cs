using System.Net;

namespace UserTcp.Tests.Host;

/// <summary>What connections cost while nothing happens.</summary>
[Collection(nameof(AllocationTests))] // whole-process memory can only be told when nothing else runs
public class MemoryTests
{
    // Everything the stack keeps: slot, connection, sender, receiver, stream, entries in dictionary and heap; the rings are back in the pool.
    [Fact]
    public async Task An_idle_connection_with_a_pending_read_costs_at_most_4_KiB()
    {
        const int Connections = 10_000, Most = 4096;
        CancellationToken token = TestContext.Current.CancellationToken;
        await using StackPair pair = new();
        await using TcpListener listener = pair.Server.Listen(80);
        byte[] hello = new byte[1000], buffer = new byte[1000];
        List<(TcpStream Client, TcpStream Server, Task<int> ClientRead, Task<int> ServerRead)> open = new(Connections);
        await Open(); // what exists once
        await Task.Delay(1500, token); // emptied buffers give their memory back after a second
        long before = GC.GetTotalMemory(forceFullCollection: true);
        while (open.Count < Connections) await Open();
        await Task.Delay(1500, token);
        long bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * (Connections - 1));
        TestContext.Current.SendDiagnosticMessage($"{bytes} bytes per idle end of a connection");
        Assert.True(bytes <= Most, $"an idle connection costs {bytes} bytes");
        foreach ((TcpStream client, TcpStream server, Task<int> clientRead, Task<int> serverRead) in open)
        {
            client.Dispose();
            Assert.Equal(0, await serverRead);
            server.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await clientRead);
        }

        async Task Open()
        {
            ValueTask<TcpStream> accepting = listener.AcceptAsync(token);
            TcpStream client = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerAddress, 80), token);
            TcpStream server = await accepting;
            await client.WriteAsync(hello, token); // both have been in use
            await server.ReadExactlyAsync(buffer, token);
            await server.WriteAsync(hello, token);
            await client.ReadExactlyAsync(buffer, token);
            open.Add((client, server, client.ReadAsync(new byte[1], token).AsTask(), server.ReadAsync(new byte[1], token).AsTask()));
        }
    }
}
