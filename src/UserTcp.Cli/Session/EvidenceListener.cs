using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.Cli.Session;

/// <summary>Keeps what a server sent to prove who it is, also when the handshake failed over it.</summary>
internal sealed class EvidenceListener(ITlsEventSink? next) : ITlsEventSink
{
    /// <summary>The certificates as sent; null when none came.</summary>
    public IReadOnlyList<byte[]>? Chain { get; private set; }

    /// <summary>The stapled OCSP response; empty for none.</summary>
    public ReadOnlyMemory<byte> Staple { get; private set; }

    /// <inheritdoc/>
    public void Raise(TlsEvent e)
    {
        if (e is HandshakeMessagePassed { Direction: TlsDirection.Received } passed)
        {
            if (passed.Message is CertificateMessage certificates)
                Chain = certificates.Certificates;
            else if (passed.Message is CertificateStatus status)
                Staple = status.Response;
        }
        next?.Raise(e);
    }
}
