using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace UserTcp.Tls.Crypto;

/// <summary>An ephemeral key on Curve25519 (RFC 7748 5, RFC 8422 5.11).</summary>
internal sealed class X25519Key : IEphemeralKey
{
    private readonly byte[] _scalar = new byte[X25519.ScalarSize];

    internal X25519Key(TlsRandomSource random)
    {
        random(_scalar);
        PublicKey = new byte[X25519.PointSize];
        X25519.GeneratePublicKey(_scalar, PublicKey);   // clamps the scalar as RFC 7748 5 says
    }

    public byte[] PublicKey { get; }

    public bool TryAgree(ReadOnlySpan<byte> peerPublicKey, [NotNullWhen(true)] out byte[]? premaster)
    {
        premaster = null;
        if (peerPublicKey.Length != X25519.PointSize) return false;
        byte[] shared = new byte[X25519.PointSize];
        // False for an all-zero result: a point of small order would make the secret known to everybody. RFC 8422 5.11
        if (!X25519.CalculateAgreement(_scalar, peerPublicKey, shared)) return false;
        premaster = shared;
        return true;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_scalar);
}
