using System.Net.Security;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls;

/// <summary>What the client put before the server: the first thing to look at when the server refuses it.</summary>
public sealed class TlsOffer
{
    // A server may name hundreds of authorities; these are enough to recognise whose certificates it takes.
    private const int MostAuthorities = 3;

    internal TlsOffer(HandshakeContext context)
    {
        TlsClientOptions options = context.Options;
        CipherSuites = options.OfferedSuites;
        Groups = options.Groups;
        SignatureSchemes = options.SignatureSchemes;
        ApplicationProtocols = options.ApplicationProtocols;
        ServerName = context.SentServerName;
        CertificateRequest = context.CertificateRequest;
        ClientCertificate = context.ShownCertificate?.Chain[0].Subject;
        UnofferedCurve = context.ShownCertificate?.Key.Curve is { Group: var curve } && !Groups.Contains(curve) ? curve : null;
    }

    /// <summary>The suites, in order of preference.</summary>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; }

    /// <summary>The groups, in order of preference.</summary>
    public IReadOnlyList<NamedGroup> Groups { get; }

    /// <summary>The schemes for the server's signature, in order of preference.</summary>
    public IReadOnlyList<SignatureScheme> SignatureSchemes { get; }

    /// <summary>The ALPN protocols; empty for none.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; }

    /// <summary>The name in SNI; null when none was sent.</summary>
    public string? ServerName { get; }

    /// <summary>What the server said of client certificates; null when it did not ask for one.</summary>
    public CertificateRequest? CertificateRequest { get; }

    /// <summary>The subject of the client certificate that was shown; null for none.</summary>
    public string? ClientCertificate { get; }

    /// <summary>The curve of that certificate's key when it is none of <see cref="Groups"/>; else null.</summary>
    internal NamedGroup? UnofferedCurve { get; }

    /// <summary>One line for each part.</summary>
    public override string ToString() => $"""
        Offered: {TlsVersion.Tls12.Name()}
          suites: {string.Join(", ", CipherSuites.Select(suite => suite.Name()))}
          groups: {string.Join(", ", Groups.Select(group => group.Name()))}
          signatures: {string.Join(", ", SignatureSchemes.Select(scheme => scheme.Name()))}
          ALPN: {(ApplicationProtocols.Count == 0 ? "none" : string.Join(", ", ApplicationProtocols))}
          server name: {ServerName ?? "none"}
          client certificate: {ClientCertificate ?? "none"}{(CertificateRequest is null ? "; the server did not ask for one" : $"; the server asked for {Wanted(CertificateRequest)}")}
        """;

    private static string Wanted(CertificateRequest request)
    {
        string[] types = [.. request.CertificateTypes.ToArray().Select(TypeName)];
        string[] authorities = [.. request.AuthorityNames.Take(MostAuthorities).Select(der => DistinguishedName.TryRead(der)?.ToString() ?? "an authority whose name cannot be read")];
        string more = request.AuthorityNames.Count > MostAuthorities ? $" or {request.AuthorityNames.Count - MostAuthorities} others" : "";
        return $"{string.Join(" or ", types)}, signed with {string.Join(", ", request.SignatureSchemes.Select(scheme => scheme.Name()))}, "
            + (authorities.Length == 0 ? "issued by anybody" : $"issued by {string.Join(" or ", authorities)}{more}");
    }

    // RFC 5246 7.4.4, RFC 8422 5.5
    private static string TypeName(byte type) => type switch
    {
        1 => "rsa_sign",
        2 => "dss_sign",
        64 => "ecdsa_sign",
        _ => $"certificate type {type}",
    };
}
