namespace UserTcp.Tls.Certificates;

/// <summary>The extensions that are processed. The value is the last number of the object identifier: below id-ce (RFC 5280 4.2.1), or from
/// <see cref="IdPe"/> on below id-pe (RFC 5280 4.2.2, RFC 7633 6).</summary>
internal enum CertificateExtension
{
    SubjectKeyIdentifier = 14,
    KeyUsage = 15,
    SubjectAlternativeName = 17,
    BasicConstraints = 19,
    NameConstraints = 30,
    CertificatePolicies = 32,
    PolicyMappings = 33,
    AuthorityKeyIdentifier = 35,
    PolicyConstraints = 36,
    ExtendedKeyUsage = 37,
    InhibitAnyPolicy = 54,

    /// <summary>Where the numbers below id-pe begin.</summary>
    IdPe = 64,
    AuthorityInfoAccess = IdPe + 1,
    TlsFeature = IdPe + 24,
}
