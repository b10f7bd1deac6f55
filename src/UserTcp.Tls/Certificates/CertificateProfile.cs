namespace UserTcp.Tls.Certificates;

/// <summary>How strictly certificates are held to the duties of those who issue them.</summary>
public enum CertificateProfile
{
    /// <summary>What RFC 5280 6 has a verifier check. The tools that make private authorities' certificates leave out much of the rest.</summary>
    Private,

    /// <summary>Also what public authorities are audited for: RFC 5280 4 as issuers must keep it, and the CA/Browser Forum's Baseline Requirements.</summary>
    Public,
}
