namespace UserTcp.Cli.Session;

/// <summary>A connection lent to somebody who disposes it: bytes pass, the close does not, because the command closes in its own order.</summary>
/// <remarks>Disposing ends what is pending, as disposing a connection would: HttpClient cancels in this way and in no other.</remarks>
internal sealed class UnclosedStream(TcpStream inner) : Stream
{
    // Never disposed: it holds nothing but memory, and a read may still look at it.
    private readonly CancellationTokenSource _returned = new();

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => cancellationToken.CanBeCanceled ? ReadLinkedAsync(buffer, cancellationToken) : inner.ReadAsync(buffer, _returned.Token);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => cancellationToken.CanBeCanceled ? WriteLinkedAsync(buffer, cancellationToken) : inner.WriteAsync(buffer, _returned.Token);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _returned.Cancel();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadLinkedAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _returned.Token);
        return await inner.ReadAsync(buffer, either.Token).ConfigureAwait(false);
    }

    private async ValueTask WriteLinkedAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _returned.Token);
        await inner.WriteAsync(buffer, either.Token).ConfigureAwait(false);
    }
}
