namespace UserTcp.Tls.Tests.Peers;

/// <summary>Passes at most a few bytes per read, and keeps what was written.</summary>
/// <param name="inner">The connection.</param>
/// <param name="bytesPerRead">How many at most.</param>
/// <param name="beforeWrite">Called before each write reaches the connection.</param>
/// <param name="beforeDispose">Called before it is disposed.</param>
internal sealed class ChoppyStream(Stream inner, int bytesPerRead, Action? beforeWrite = null, Action? beforeDispose = null) : Stream
{
    internal MemoryStream Written { get; } = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => inner.ReadAsync(buffer[..Math.Min(bytesPerRead, buffer.Length)], cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        beforeWrite?.Invoke();
        Written.Write(buffer.Span);
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            beforeDispose?.Invoke();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
