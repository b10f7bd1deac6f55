using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>The client's options that a test's flags ask for. One object makes those of all connections of a test: sessions are resumed only
/// under the same trust store and the same policy, and both are compared by reference.</summary>
internal sealed class ConnectionOptions : IDisposable
{
    /// <summary>The name in the runner's certificates, when the test gives none.</summary>
    private const string CertificateName = "test";

    private static readonly TlsClientOptions Default = new() { HostName = CertificateName };

    private readonly TlsSessionCache _sessions = new();
    private readonly Dictionary<string, TrustStore> _trustStores = [];
    private readonly Func<CertificateVerified, TlsAlert?> _policy;
    private TlsAlert? _refusal;
    private HandshakeRecorder _recorder = new();

    internal ConnectionOptions() => _policy = _ => _refusal;

    public void Dispose() => _sessions.Dispose();

    /// <summary>What the connection that was asked for last received.</summary>
    internal HandshakeRecorder Recorder => _recorder;

    /// <summary>Groups and schemes that are not implemented are left out, as any client does that is asked for more than it has.</summary>
    internal TlsClientOptions Of(ShimFlags flags)
    {
        _refusal = RefusalAlert(flags);
        _recorder = new HandshakeRecorder();
        return Default with
        {
            HostName = flags.HostName ?? CertificateName,
            SendServerName = flags.HostName is not null,
            TrustStore = flags.TrustedCertificates is { } path ? Load(path) : null,
            // The runner staples bytes that are no OCSP response and wants them handed on; who verifies refuses them.
            DangerouslySkipCertificateVerification = !flags.VerifyPeer || flags.OcspStapling,
            CertificatePolicy = _policy,
            RequestCertificateStatus = flags.OcspStapling,
            RequestSignedCertificateTimestamps = flags.SignedCertificateTimestamps,
            ClientCertificates = flags.CertificateFile is { } file ? [ClientCertificate(file, flags)] : [],
            Events = _recorder,
            SessionCache = _sessions,
            Legacy = true,      // the runner chooses CBC suites without asking for them
            ApplicationProtocols = flags.ApplicationProtocols,
            Groups = flags.Groups.Count > 0 ? [.. flags.Groups.Intersect(TlsClientOptions.SupportedGroups)] : Default.Groups,
            SignatureSchemes = flags.VerifySchemes.Count > 0 ? [.. flags.VerifySchemes.Intersect(TlsClientOptions.SupportedSignatureSchemes)] : Default.SignatureSchemes,
        };
    }

    private TrustStore Load(string path)
    {
        if (!_trustStores.TryGetValue(path, out TrustStore? store)) _trustStores.Add(path, store = TrustStore.FromPemFile(path));
        return store;
    }

    private static TlsClientCertificate ClientCertificate(string file, ShimFlags flags)
    {
        TlsClientCertificate certificate = TlsClientCertificate.FromPemFiles(file, flags.KeyFile);
        if (flags.SigningSchemes.Count == 0) return certificate;
        SignatureScheme[] schemes = [.. flags.SigningSchemes.Intersect(certificate.SignatureSchemes)];
        return schemes.Length > 0 ? certificate.WithSignatureSchemes(schemes) : throw new NotSupportedException("-signing-prefs");
    }

    /// <summary>The alert that the runner's own client sends when its verification, or an application's in its place, says no; null when it says yes.</summary>
    private static TlsAlert? RefusalAlert(ShimFlags flags) => flags switch
    {
        { VerifyPeer: true, VerifyFails: true } => flags.CustomVerifyCallback ? TlsAlert.CertificateUnknown : TlsAlert.HandshakeFailure,
        { OcspCallbackFails: true } => TlsAlert.BadCertificateStatusResponse,
        _ => null,
    };
}
