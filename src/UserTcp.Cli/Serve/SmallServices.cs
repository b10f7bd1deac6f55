using System.Buffers;

namespace UserTcp.Cli.Serve;

/// <summary>The services with which TCP has been tried out since 1983.</summary>
/// <remarks>A connection on which nothing happens costs no buffer: an empty read waits until there is something.</remarks>
internal static class SmallServices
{
    private const int BufferBytes = 64 * 1024; // a super-segment
    private const int LineLength = 72, FirstPrintable = ' ', Printable = '~' - ' ' + 1; // RFC 864

    // Each line starts one character later, so that the pattern comes round after as many lines as there are characters.
    private static readonly byte[] Pattern =
    [
        .. Enumerable.Range(0, Printable).SelectMany(
            line => Enumerable.Range(line, LineLength).Select(column => (byte)(FirstPrintable + column % Printable)).Concat("\r\n"u8.ToArray())),
    ];

    /// <summary>Sends back what comes (RFC 862).</summary>
    public static Task EchoAsync(Stream stream, CancellationToken cancellationToken)
        => ReadAllAsync(stream, (bytes, token) => stream.WriteAsync(bytes, token), cancellationToken);

    /// <summary>Throws away what comes (RFC 863).</summary>
    public static Task DiscardAsync(Stream stream, CancellationToken cancellationToken)
        => ReadAllAsync(stream, (_, _) => ValueTask.CompletedTask, cancellationToken);

    /// <summary>Sends a pattern of characters without end and throws away what comes (RFC 864). The peer ends it with its FIN.</summary>
    public static async Task ChargenAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendPatternAsync(stream, end.Token);
        try
        {
            await DiscardAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a connection that failed has told the reader
        }
    }

    private static async Task SendPatternAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
            await stream.WriteAsync(Pattern, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ReadAllAsync(Stream stream, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        while (true)
        {
            await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                int count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    return;
                await take(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
