using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>Keeps the messages of the server that a test wants to look into.</summary>
internal sealed class HandshakeRecorder : ITlsEventSink
{
    internal CertificateRequest? CertificateRequest { get; private set; }

    internal CertificateMessage? ServerCertificates { get; private set; }

    public void Raise(TlsEvent e)
    {
        if (e is not HandshakeMessagePassed { Direction: TlsDirection.Received } passed) return;
        if (passed.Message is CertificateRequest request) CertificateRequest = request;
        if (passed.Message is CertificateMessage certificates) ServerCertificates = certificates;
    }
}
