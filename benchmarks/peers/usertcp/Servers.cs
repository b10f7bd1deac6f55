namespace UserTcp.Peer;

/// <summary>The servers that every peer has.</summary>
internal static class Servers
{
    internal const int EchoPort = 7, DiscardPort = 9, HoldPort = 11, ClosePort = 13, ChargenPort = 19;
    private const int Chunk = 1 << 18;

    internal static void Start(Stack stack)
    {
        _ = Serve(stack, EchoPort, Echo);
        _ = Serve(stack, DiscardPort, stream => Discard(stream, Chunk));
        _ = Serve(stack, HoldPort, stream => Discard(stream, 1));
        _ = Serve(stack, ClosePort, static _ => Task.CompletedTask);
        _ = Serve(stack, ChargenPort, Generate);
    }

    private static async Task Serve(Stack stack, int port, Func<TcpStream, Task> handle)
    {
        await using TcpListener listener = stack.Listen(port, backlog: 4096);
        while (true) _ = Handle(await listener.AcceptAsync(), handle);
    }

    private static async Task Handle(TcpStream stream, Func<TcpStream, Task> handle)
    {
        await using (stream)
        {
            try
            {
                await handle(stream);
            }
            catch (IOException)
            {
                // The partner has gone: it stops receiving when its time is over.
            }
        }
    }

    private static async Task Echo(TcpStream stream)
    {
        byte[] bytes = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(bytes)) > 0) await stream.WriteAsync(bytes.AsMemory(0, count));
    }

    private static async Task Discard(TcpStream stream, int size)
    {
        byte[] bytes = new byte[size];
        while (await stream.ReadAsync(bytes) > 0)
        {
        }
    }

    private static async Task Generate(TcpStream stream)
    {
        byte[] bytes = new byte[Chunk];
        while (true) await stream.WriteAsync(bytes);
    }
}
