using Org.BouncyCastle.Asn1.X509;

namespace UserTcp.Tls.Certificates;

/// <summary>What a certificate must be issued for (RFC 5280 4.2.1.12).</summary>
/// <param name="Oid">The extended key usage.</param>
/// <param name="Name">Its name.</param>
internal sealed record TlsPurpose(string Oid, string Name)
{
    internal static TlsPurpose Server { get; } = new(KeyPurposeID.id_kp_serverAuth.Id, "serverAuth");

    internal static TlsPurpose Client { get; } = new(KeyPurposeID.id_kp_clientAuth.Id, "clientAuth");

    /// <summary>What to try with the server's or the client's own certificate.</summary>
    internal string Advice { get; } = $"Have it issued for {Name}.";

    internal string WantedOfAuthority { get; } = $"{Name} or anyExtendedKeyUsage";

    internal string AdviceOnAuthority { get; } = $"That authority does not issue for {Name}: have the certificate issued by one that does.";
}
