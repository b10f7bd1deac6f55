using UserTcp.Link;
using UserTcp.Tls;

namespace UserTcp.Cli.Session;

/// <summary>Hears a TLS connection: hands its secrets to the capture, and everything to the ladder.</summary>
/// <param name="capture">The capture; null for none.</param>
/// <param name="next">Who else listens; null for nobody.</param>
internal sealed class SecretsListener(CaptureFile? capture, ITlsEventSink? next) : ITlsEventSink
{
    public void Raise(TlsEvent e)
    {
        if (e is KeyLogged keys)
            capture?.AddTlsSecrets(keys.Line + "\n");
        next?.Raise(e);
    }
}
