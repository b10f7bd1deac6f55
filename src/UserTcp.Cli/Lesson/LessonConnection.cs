using System.Net.Sockets;

namespace UserTcp.Cli.Lesson;

/// <summary>A connection that the lesson server has accepted, from the kernel or from a stack of ours.</summary>
/// <param name="Stream">Its bytes.</param>
/// <param name="CloseWriteAsync">Sends our FIN; the other direction stays open.</param>
internal sealed record LessonConnection(Stream Stream, Func<CancellationToken, ValueTask> CloseWriteAsync)
{
    /// <summary>A connection of the kernel's TCP.</summary>
    public static LessonConnection Of(Socket socket)
    {
        socket.NoDelay = true;
        return new(new NetworkStream(socket, ownsSocket: true), _ =>
        {
            socket.Shutdown(SocketShutdown.Send);
            return ValueTask.CompletedTask;
        });
    }
}
