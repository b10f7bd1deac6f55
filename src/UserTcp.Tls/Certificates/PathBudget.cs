namespace UserTcp.Tls.Certificates;

/// <summary>How much work a server's certificates may cause.
/// Each is far above what real chains need (4 signatures, 3 intermediates, dozens of names).</summary>
/// <param name="Signatures">Signatures verified while paths are tried.
/// A hostile set of n cross-signed certificates has n! paths; Go and rustls-webpki stop at 100.</param>
/// <param name="Intermediates">Certificates between the server's and the trust anchor; rustls-webpki stops at 6, GnuTLS at 16.</param>
/// <param name="NameComparisons">Names times constraints,
/// which is quadratic in the size of the certificates; Go and rustls-webpki stop at 250,000.</param>
internal sealed record PathBudget(int Signatures = 100, int Intermediates = 8, int NameComparisons = 250_000)
{
    internal static PathBudget Default { get; } = new();
}
