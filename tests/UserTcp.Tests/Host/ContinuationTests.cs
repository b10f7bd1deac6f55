namespace UserTcp.Tests.Host;

/// <summary>Where a caller goes on after waiting for the stack.</summary>
public class ContinuationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accepting_goes_on_where_the_option_says(bool inline)
    {
        await using StackPair pair = new(inline: inline);
        await using TcpListener listener = pair.Server.Listen(80);

        Task<bool> accepted = InStackThread(async () => await listener.AcceptAsync(Cancelled));
        await pair.Client.ConnectAsync(new(StackPair.ServerAddress, 80), Cancelled);
        Assert.Equal(inline, await accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_and_writes_that_waited_go_on_where_the_option_says(bool inline)
    {
        await using StackPair pair = new(inline: inline);
        (TcpStream client, TcpStream server) = await pair.ConnectAsync(80, Cancelled);

        Task<bool> read = InStackThread(async () => await server.ReadAsync(new byte[1], Cancelled));
        await client.WriteAsync(new byte[1], Cancelled);
        Assert.Equal(inline, await read);

        Task<bool> written = InStackThread(async () => await client.WriteAsync(new byte[32 << 20], Cancelled)); // more than both buffers hold
        await Task.Run(async () => await server.ReadExactlyAsync(new byte[32 << 20], Cancelled), Cancelled);
        Assert.Equal(inline, await written);
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
                answer.SetResult(Thread.CurrentThread.Name?.StartsWith("UserTcp ", StringComparison.Ordinal) == true);
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        }
    }
}
