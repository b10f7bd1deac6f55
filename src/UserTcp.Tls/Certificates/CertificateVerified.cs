using UserTcp.Tls.Crypto;

namespace UserTcp.Tls.Certificates;

/// <summary>Proof that the server's certificates were verified, or that the caller waived it in so many words.</summary>
/// <remarks>The constructor is private: whoever holds one has passed <see cref="Check"/> or called <see cref="Waived"/>.</remarks>
public sealed class CertificateVerified
{
    private CertificateVerified(IReadOnlyList<CertificateInfo> path, ServerPublicKey leafKey, IReadOnlyList<CertificateCheck> checks, string? waivedReason)
    {
        Path = path;
        LeafKey = leafKey;
        Checks = checks;
        WaivedReason = waivedReason;
    }

    /// <summary>The certificates from the server's to the trust anchor's, both included; as sent when the check was waived.</summary>
    public IReadOnlyList<CertificateInfo> Path { get; }

    /// <summary>Why nothing was checked; null when everything was.</summary>
    public string? WaivedReason { get; }

    /// <summary>What was checked: validity, issuer and host name first. Empty when waived.</summary>
    public IReadOnlyList<CertificateCheck> Checks { get; }

    /// <summary>The server's public key.</summary>
    internal ServerPublicKey LeafKey { get; }

    /// <summary>Verifies the server's certificates.</summary>
    /// <param name="chainDer">The certificates as sent, the server's own first; the others in any order.</param>
    /// <param name="hostName">The name or IP address that was asked for.</param>
    /// <param name="anchors">Whom to trust.</param>
    /// <param name="utcNow">The time.</param>
    /// <param name="use">How the cipher suite uses the server's key.</param>
    /// <param name="report">Told of each check as it is made, also of those that fail.</param>
    /// <exception cref="TlsException">A check failed.</exception>
    internal static CertificateVerified Check(
        IReadOnlyList<byte[]> chainDer, string hostName, TrustStore anchors, DateTimeOffset utcNow, ServerKeyUse use, Action<CertificateCheck>? report) =>
        throw new TlsException(TlsError.CertificateUnknownIssuer, "not verified yet");

    /// <summary>Reads the certificates and verifies nothing.</summary>
    /// <param name="chainDer">The certificates as sent, the server's own first.</param>
    /// <param name="reason">Why, for everybody to see.</param>
    /// <exception cref="TlsException">The server's certificate cannot be read.</exception>
    internal static CertificateVerified Waived(IReadOnlyList<byte[]> chainDer, string reason) =>
        ServerPublicKey.TryParse(chainDer[0], out ServerPublicKey? key, out TlsError error, out string detail)
            ? new([], key, [], reason)
            : throw new TlsException(error, detail);
}
