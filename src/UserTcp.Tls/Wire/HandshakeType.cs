namespace UserTcp.Tls.Wire;

/// <summary>Kinds of handshake message (RFC 5246 7.4, RFC 5077 3.3, RFC 6066 8).</summary>
public enum HandshakeType : byte
{
#pragma warning disable CS1591 // The names are the RFC's.
    HelloRequest = 0,
    ClientHello = 1,
    ServerHello = 2,
    NewSessionTicket = 4,
    Certificate = 11,
    ServerKeyExchange = 12,
    CertificateRequest = 13,
    ServerHelloDone = 14,
    CertificateVerify = 15,
    ClientKeyExchange = 16,
    Finished = 20,
    CertificateStatus = 22,
#pragma warning restore CS1591
}
