namespace UserTcp.Tests.Host;

/// <summary>Where a caller goes on after waiting for the stack.</summary>
public class ContinuationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static bool IsStackThread => Thread.CurrentThread.Name?.StartsWith("UserTcp ", StringComparison.Ordinal) == true;

    [Fact]
    public async Task Inline_every_wait_ends_in_the_stacks_thread()
    {
        await using StackPair pair = new(inline: true);
        await using TcpListener listener = pair.Server.Listen(80);

        Task<bool> accepted = InStackThread(async () => await listener.AcceptAsync(Cancelled));
        await pair.Client.ConnectAsync(new(StackPair.ServerAddress, 80), Cancelled);
        Assert.True(await accepted);
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(81, Cancelled);

        Task<bool> read = InStackThread(async () => await server.ReadAsync(new byte[1], Cancelled));
        await client.WriteAsync(new byte[1], Cancelled);
        Assert.True(await read);

        Task<bool> written = InStackThread(async () => await client.WriteAsync(new byte[32 << 20], Cancelled)); // more than both buffers hold
        await Task.Run(async () => await server.ReadExactlyAsync(new byte[32 << 20], Cancelled), Cancelled);
        Assert.True(await written);
    }

    // Two stacks answer each other a thousand times: each answer takes a few microseconds, so the threads that read give them themselves.
    [Fact]
    public async Task Short_steps_run_in_the_thread_that_reads()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        _ = Echo(server);
        int inStackThread = 0;
        await Task.Run(async () =>
        {
            byte[] one = new byte[1];
            for (int i = 0; i < 1000; i++)
            {
                await client.WriteAsync(one, Cancelled).ConfigureAwait(false);
                await client.ReadExactlyAsync(one, Cancelled).ConfigureAwait(false);
                if (IsStackThread) inStackThread++;
            }
        }, Cancelled);
        Assert.True(inStackThread > 0, "every step went to the pool");
    }

    // client                     server
    // FIN                  -->
    //                      <--   FIN, ACK      not first ACK and then FIN: whoever reads the end closes before anything is sent
    [Fact]
    public async Task A_short_step_answers_before_the_acknowledgment_leaves()
    {
        const int connections = 200;
        await using StackPair pair = new();
        for (int i = 0; i < connections; i++)
        {
            (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
            Task closing = CloseAtTheEnd(server);
            await client.CloseWriteAsync(Cancelled);
            await closing.WaitAsync(Patience, Cancelled);
            await client.WaitForCloseAsync(Cancelled).WaitAsync(Patience, Cancelled);
        }
        Assert.InRange(pair.Server.Counters.SegmentsSent, 2 * connections, 3 * connections - 1); // SYN-ACK and FIN each time, and not always an ACK alone

        static async Task CloseAtTheEnd(TcpStream stream)
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancelled).ConfigureAwait(false));
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Whoever is connected and resets at once, in the very step that the SYN-ACK lets go on: the ACK leaves first, so the peer hears of both.
    [Theory]
    [InlineData(false, false), InlineData(false, true), InlineData(true, false), InlineData(true, true)]
    public async Task A_reset_in_the_first_step_does_not_overtake_the_handshake(bool inline, bool dispose)
    {
        for (int i = 0; i < 20; i++)
        {
            await using StackPair pair = new(inline: inline);
            await using TcpListener listener = pair.Server.Listen(80);
            Task<TcpStream> accepting = listener.AcceptAsync(Cancelled).AsTask();
            await Task.Run(ConnectAndReset, Cancelled).WaitAsync(Patience, Cancelled);
            TcpStream accepted = await accepting.WaitAsync(Patience, Cancelled);
            await Assert.ThrowsAsync<IOException>(async () => await accepted.ReadAsync(new byte[1], Cancelled).AsTask().WaitAsync(Patience, Cancelled));

            async Task ConnectAndReset()
            {
                TcpStream stream = await pair.Client.ConnectAsync(new(StackPair.ServerAddress, 80), Cancelled).ConfigureAwait(false);
                if (dispose) await pair.Client.DisposeAsync().ConfigureAwait(false);
                else stream.Abort();
            }
        }
    }

    // A caller sits in the thread that reads until something arrives, which only reading can bring: the other thread takes over, again and again,
    // also when it has fallen asleep.
    [Fact]
    public async Task A_step_that_blocks_does_not_stop_the_reading()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        _ = Echo(server);
        await Task.Run(async () =>
        {
            byte[] one = new byte[1];
            for (int i = 0; i < 300; i++)
            {
                if (i % 75 == 74) await Task.Delay(300, Cancelled).ConfigureAwait(false);
                await client.WriteAsync(one, Cancelled).ConfigureAwait(false);
                await client.ReadExactlyAsync(one, Cancelled).ConfigureAwait(false);
                client.Write(one);
                Assert.Equal(1, client.Read(one));
            }
        }, Cancelled).WaitAsync(Patience, Cancelled);
    }

    // All steps of both threads hang in foreign code, and yet others are served: their steps go to the pool.
    [Fact]
    public async Task Steps_that_never_end_do_not_stop_the_others()
    {
        await using StackPair pair = new();
        using ManualResetEventSlim release = new();
        List<Task> stuck = [];
        for (int port = 81; port < 85; port++)
        {
            (TcpStream client, TcpStream server) = await pair.ConnectAsync(port, Cancelled);
            stuck.Add(Stick(client));
            await server.WriteAsync(new byte[1], Cancelled);
        }
        (TcpStream lively, TcpStream other) = await pair.ConnectAsync(80, Cancelled);
        _ = Echo(other);
        byte[] bytes = new byte[100];
        await lively.WriteAsync(bytes, Cancelled);
        await lively.ReadExactlyAsync(bytes, Cancelled).AsTask().WaitAsync(Patience, Cancelled);
        Assert.All(stuck, task => Assert.False(task.IsCompleted));
        release.Set();
        await Task.WhenAll(stuck).WaitAsync(Patience, Cancelled);

        async Task Stick(TcpStream stream)
        {
            await stream.ReadExactlyAsync(new byte[1], Cancelled).ConfigureAwait(false);
            release.Wait(Cancelled);
        }
    }

    // The one who disposes is in a step of the very thread that has to end; the other one ends for it.
    [Fact]
    public async Task A_step_may_wait_for_the_stacks_end()
    {
        await using StackPair pair = new();
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);
        Task ending = End();
        await server.WriteAsync(new byte[1], Cancelled);
        await ending.WaitAsync(Patience, Cancelled);

        async Task End()
        {
            await client.ReadExactlyAsync(new byte[1], Cancelled).ConfigureAwait(false);
            pair.Client.DisposeAsync().AsTask().Wait(Cancelled);
        }
    }

    // An exchange of two stacks, all of it in their own threads: a continuation that writes, reads and closes must find the lock free.
    [Fact]
    public async Task Inline_continuations_may_use_the_stack()
    {
        await using StackPair pair = new(inline: true);
        await using TcpListener listener = pair.Server.Listen(80);
        Task serving = Serve();
        for (int i = 0; i < 50; i++)
        {
            await using TcpStream client = await pair.Client.ConnectAsync(new(StackPair.ServerAddress, 80), Cancelled);
            byte[] bytes = new byte[4];
            await client.WriteAsync("ping"u8.ToArray(), Cancelled);
            await client.ReadExactlyAsync(bytes, Cancelled);
            Assert.Equal("ping"u8, bytes);
            Assert.Equal(0, await client.ReadAsync(bytes, Cancelled));
        }
        await serving;

        async Task Serve()
        {
            for (int i = 0; i < 50; i++)
            {
                await using TcpStream server = await listener.AcceptAsync(Cancelled);
                byte[] bytes = new byte[4];
                await server.ReadExactlyAsync(bytes, Cancelled);
                await server.WriteAsync(bytes, Cancelled);
            }
        }
    }

    // Started in a thread of its own: when that has ended, the wait has begun, and nothing was there yet that would have ended it at once.
    private static Task<bool> InStackThread(Func<Task> wait)
    {
        TaskCompletionSource<bool> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread starter = new(() => _ = Start());
        starter.Start();
        starter.Join();
        return answer.Task;

        async Task Start()
        {
            try
            {
                await wait().ConfigureAwait(false);
                answer.SetResult(IsStackThread);
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        }
    }

    private static async Task Echo(TcpStream stream)
    {
        byte[] bytes = new byte[100];
        int count;
        while ((count = await stream.ReadAsync(bytes, Cancelled).ConfigureAwait(false)) > 0)
            await stream.WriteAsync(bytes.AsMemory(0, count), Cancelled).ConfigureAwait(false);
    }
}
