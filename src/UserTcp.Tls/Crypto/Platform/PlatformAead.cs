using System.Security.Cryptography;

namespace UserTcp.Tls.Crypto.Platform;

/// <summary>AES-GCM of the platform (RFC 5288). Allocates nothing per record.</summary>
internal sealed class PlatformAesGcm(ReadOnlySpan<byte> key) : IAead
{
    private readonly AesGcm _cipher = new(key, IAead.TagSize);

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
        => _cipher.Encrypt(nonce, message[..^IAead.TagSize], message[..^IAead.TagSize], message[^IAead.TagSize..], additionalData);

    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
    {
        try
        {
            _cipher.Decrypt(nonce, message[..^IAead.TagSize], message[^IAead.TagSize..], message[..^IAead.TagSize], additionalData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}

/// <summary>ChaCha20-Poly1305 of the platform (RFC 7905). Allocates nothing per record.</summary>
internal sealed class PlatformChaCha20Poly1305(ReadOnlySpan<byte> key) : IAead
{
    private readonly ChaCha20Poly1305 _cipher = new(key);

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
        => _cipher.Encrypt(nonce, message[..^IAead.TagSize], message[..^IAead.TagSize], message[^IAead.TagSize..], additionalData);

    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additionalData, Span<byte> message)
    {
        try
        {
            _cipher.Decrypt(nonce, message[..^IAead.TagSize], message[^IAead.TagSize..], message[..^IAead.TagSize], additionalData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
