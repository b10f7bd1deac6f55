using UserTcp.Tls;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>The client's options that a test's flags ask for.</summary>
internal static class ConnectionOptions
{
    /// <summary>The name in the runner's certificates, when the test gives none.</summary>
    private const string CertificateName = "test";

    private static readonly TlsClientOptions Default = new() { HostName = CertificateName };

    internal static IReadOnlyList<NamedGroup> SupportedGroups => Default.Groups;

    internal static IReadOnlyList<SignatureScheme> SupportedSchemes => Default.SignatureSchemes;

    /// <summary>Groups and schemes that are not implemented are left out, as any client does that is asked for more than it has.</summary>
    internal static TlsClientOptions Of(ShimFlags flags) => Default with
    {
        HostName = flags.HostName ?? CertificateName,
        SendServerName = flags.HostName is not null,
        TrustStore = flags.TrustedCertificates is { } path ? TrustStore.FromPemFile(path) : null,
        DangerouslySkipCertificateVerification = !flags.VerifyPeer,
        CertificatePolicy = flags.VerifyPeer && flags.VerifyFails ? _ => RefusalAlert(flags) : null,
        ApplicationProtocols = flags.ApplicationProtocols,
        Groups = flags.Groups.Count > 0 ? [.. flags.Groups.Intersect(SupportedGroups)] : SupportedGroups,
        SignatureSchemes = flags.VerifySchemes.Count > 0 ? [.. flags.VerifySchemes.Intersect(SupportedSchemes)] : SupportedSchemes,
    };

    /// <summary>The alert that the runner's own client sends when its verification, or an application's in its place, says no.</summary>
    private static TlsAlert RefusalAlert(ShimFlags flags) => flags.CustomVerifyCallback ? TlsAlert.CertificateUnknown : TlsAlert.HandshakeFailure;
}
