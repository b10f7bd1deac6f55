using System.Net.Security;

namespace UserTcp.Tls.Http;

/// <summary>A <see cref="TlsClientStream"/> in the clothes of an <see cref="SslStream"/>, for <see cref="System.Net.Http.SocketsHttpHandler.ConnectCallback"/>:
/// on an https URI HttpClient does a TLS handshake of its own unless what it gets is an SslStream already. No code of SslStream runs here.</summary>
public sealed class TlsHttpStream : SslStream
{
    private readonly TlsClientStream _tls;

    /// <summary>Wraps a connection after its handshake. Owns it.</summary>
    public TlsHttpStream(TlsClientStream tls) : base(tls, leaveInnerStreamOpen: false) => _tls = tls;

    /// <inheritdoc/>
    public override bool IsAuthenticated => true;

    /// <inheritdoc/>
    public override bool IsEncrypted => true;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override bool CanRead => _tls.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _tls.CanWrite;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _tls.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => _tls.ReadAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => _tls.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => _tls.Read(buffer);

    /// <inheritdoc/>
    public override int ReadByte() => _tls.ReadByte();

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _tls.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => _tls.WriteAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => _tls.Write(buffer, offset, count);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => _tls.Write(buffer);

    /// <inheritdoc/>
    public override void Flush() => _tls.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _tls.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task ShutdownAsync() => _tls.ShutdownAsync();
}
