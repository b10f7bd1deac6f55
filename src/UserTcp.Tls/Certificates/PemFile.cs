using System.Security.Cryptography;

namespace UserTcp.Tls.Certificates;

/// <summary>Reads the certificates of a PEM file (RFC 7468), whatever text and other blocks stand between them.</summary>
internal static class PemFile
{
    /// <summary>The DER of each certificate, at least one.</summary>
    /// <exception cref="TlsException">It cannot be read, or holds none, with <see cref="TlsError.NoTrustAnchors"/>.</exception>
    internal static IReadOnlyList<byte[]> Read(string path)
    {
        byte[] content = ReadFile(path);
        string text = System.Text.Encoding.Latin1.GetString(content);
        var certificates = new List<byte[]>();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            // RFC 7468 5.1: parsers MAY take the old label too.
            if (rest[fields.Label] is "CERTIFICATE" or "X509 CERTIFICATE") certificates.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            rest = rest[fields.Location.End..];
        }
        return certificates.Count > 0
            ? certificates
            : throw Unusable(path, Describe(content, text), "PEM text with at least one BEGIN CERTIFICATE", Advice(path, content));
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > TlsBudgets.TrustAnchorFile)
                throw Unusable(path, $"{file.Length} bytes", $"a PEM file of at most {TlsBudgets.TrustAnchorFile} bytes", "Name the file of the certification authorities.");
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException) and not TlsException)
        {
            string seen = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : Directory.Exists(path) ? "a directory" : e.Message;
            throw Unusable(path, seen, "a readable PEM file",
                "Check the path and its permissions.", e);
        }
    }

    private static string Describe(byte[] content, string text) =>
        content.Length == 0 ? "an empty file"
        : content[0] == 0x30 ? "binary data, probably a certificate in DER"
        : text.Contains("-----BEGIN TRUSTED CERTIFICATE", StringComparison.Ordinal) ? "OpenSSL's TRUSTED CERTIFICATE blocks"
        : text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? "a private key and no certificate"
        : text.Contains("-----BEGIN CERTIFICATE", StringComparison.Ordinal) ? "a CERTIFICATE block that is damaged"
        : $"{content.Length} bytes without a PEM block";

    private static string Advice(string path, byte[] content) =>
        content is [0x30, ..] ? $"Convert it: openssl x509 -inform der -in {path} -out ca.pem" : "Name the certificate of the certification authority in PEM.";

    private static TlsException Unusable(string path, string seen, string wanted, string advice, Exception? inner = null) =>
        new(TlsError.NoTrustAnchors, $"Trust anchors from {path}: seen {seen}; wanted {wanted}", advice, inner);
}
