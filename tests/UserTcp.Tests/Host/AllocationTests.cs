namespace UserTcp.Tests.Host;

/// <summary>Whole-process allocation can only be told when nothing else runs.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_steady_transfer_allocates_nothing_per_segment(bool offload)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        const int Window = 1 << 20; // buffers that still grow would be counted
        await using StackPair pair = new(
            offload, settings: new() { InitialReceiveBufferSize = Window, ReceiveBufferSize = Window, InitialSendBufferSize = Window, SendBufferSize = Window });
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, token);
        byte[] outgoing = new byte[64 << 10], incoming = new byte[64 << 10];

        // Both rings grow to their full size before anything is counted: the writer waits, so nothing more fits.
        ValueTask filling = client.WriteAsync(new byte[4 << 20], token);
        while (client.Info.SendWindow > 0) await Task.Delay(1, token);
        await server.ReadExactlyAsync(new byte[4 << 20], token);
        await filling;

        // Away from the runner's context, which allocates for every continuation.
        long allocated = await Task.Run(
            async () =>
            {
                await Transfer(32 << 20);
                long least = long.MaxValue;
                for (int round = 0; round < 3; round++)
                {
                    long before = GC.GetTotalAllocatedBytes(precise: true);
                    await Transfer(64 << 20);
                    least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
                }
                return least;
            },
            token);
        // The smallest object per segment would be 24 × 46,000 = 1.1 MB each time. What happens once, a queue of the wire that grows when a thread has waited
        // longer than ever, is not what is looked for.
        Assert.True(allocated < 512 << 10, $"{allocated} bytes were allocated for 64 MiB");

        async Task Transfer(int bytes)
        {
            Task reading = Read(bytes);
            for (int sent = 0; sent < bytes; sent += outgoing.Length) await client.WriteAsync(outgoing, token);
            await reading;
        }

        async Task Read(int bytes)
        {
            for (int received = 0; received < bytes;) received += await server.ReadAsync(incoming, token);
        }
    }
}
