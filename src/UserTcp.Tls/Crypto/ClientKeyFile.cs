using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;

namespace UserTcp.Tls.Crypto;

/// <summary>Reads certificates and a private key as people keep them: PKCS#12 (RFC 7292) or PEM (RFC 7468).</summary>
/// <param name="Chain">The certificates in DER, the one of the key first.</param>
/// <param name="Key">The private key.</param>
internal sealed record ClientKeyFile(IReadOnlyList<byte[]> Chain, AsymmetricKeyParameter Key)
{
    /// <summary>Reads a PKCS#12 store with one private key and its certificates.</summary>
    /// <exception cref="TlsException">With <see cref="TlsError.ClientCertificateUnusable"/>.</exception>
    internal static ClientKeyFile ReadPkcs12(byte[] content, string? password, string source)
    {
        X509Certificate2Collection store;
        try
        {
            // .NET's reader rather than BouncyCastle's: that one takes only ASCII passwords for the encryption that OpenSSL and .NET write today.
            store = X509CertificateLoader.LoadPkcs12Collection(content, password, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
        }
        catch (CryptographicException e)
        {
            throw Unusable(source, $"a file that is no PKCS#12 store, or that has another password ({e.Message})", "a PKCS#12 store and its password", e);
        }
        try
        {
            X509Certificate2[] owners = [.. store.Where(certificate => certificate.HasPrivateKey)];
            if (owners is not [X509Certificate2 owner]) throw Unusable(source, $"{owners.Length} private keys", "one private key with its certificate");
            return new ClientKeyFile(ChainOf(owner, store), KeyOf(owner, source));
        }
        finally
        {
            foreach (X509Certificate2 certificate in store) certificate.Dispose();
        }
    }

    /// <summary>Reads PEM text: the certificates of one text, the private key of the other; both may be the same.</summary>
    /// <exception cref="TlsException">With <see cref="TlsError.ClientCertificateUnusable"/>.</exception>
    internal static ClientKeyFile ReadPem(string certificates, string key, string? password, string source)
    {
        byte[][] chain = [.. Blocks(certificates).Where(block => block.Label is "CERTIFICATE" or "X509 CERTIFICATE").Select(block => block.Der)];
        if (chain.Length == 0) throw Unusable(source, "no CERTIFICATE block", "PEM text with the client's certificate first");
        if (Blocks(key).FirstOrDefault(block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)) is not { Text: { } text })
        {
            throw Unusable(source, key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal) ? "a key in OpenSSL's old encryption" : "no PRIVATE KEY block",
                "PEM text with a private key; openssl pkcs8 -topk8 makes one of any other");
        }
        return new ClientKeyFile(chain, ReadKey(text, password, source));
    }

    internal static TlsException Unusable(string source, string seen, string wanted, Exception? inner = null)
        => new(TlsError.ClientCertificateUnusable, $"Client certificate from {source}: seen {seen}; wanted {wanted}", inner);

    /// <summary>The certificate and those of the store that signed it, one after the other: a store has no order.</summary>
    private static List<byte[]> ChainOf(X509Certificate2 owner, X509Certificate2Collection store)
    {
        var chain = new List<X509Certificate2> { owner };
        while (store.FirstOrDefault(issuer => !chain.Contains(issuer) && issuer.SubjectName.RawData.AsSpan().SequenceEqual(chain[^1].IssuerName.RawData)) is { } next)
            chain.Add(next);
        return [.. chain.Select(certificate => certificate.RawData)];
    }

    private static AsymmetricKeyParameter KeyOf(X509Certificate2 owner, string source)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)owner.GetRSAPrivateKey() ?? owner.GetECDsaPrivateKey()
            ?? throw Unusable(source, $"a key of kind {owner.GetKeyAlgorithm()}", "an RSA or ECDSA key");
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            return PrivateKeyFactory.CreateKey(pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static AsymmetricKeyParameter ReadKey(string block, string? password, string source)
    {
        try
        {
            using var reader = new PemReader(new StringReader(block), new Password(password));
            return reader.ReadObject() switch
            {
                AsymmetricCipherKeyPair pair => pair.Private,
                AsymmetricKeyParameter { IsPrivate: true } key => key,
                _ => throw new PemException("no private key"),
            };
        }
#pragma warning disable CA1031 // BouncyCastle throws many types for a malformed key; a wrong password is one of them.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw Unusable(source, $"a private key that cannot be read, or that has another password ({e.Message})", "a private key and its password, if it has one", e);
        }
    }

    private static List<(string Label, byte[] Der, string Text)> Blocks(string text)
    {
        var blocks = new List<(string, byte[], string)>();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            blocks.Add((rest[fields.Label].ToString(), Convert.FromBase64String(rest[fields.Base64Data].ToString()), rest[fields.Location].ToString()));
            rest = rest[fields.Location.End..];
        }
        return blocks;
    }

    private sealed class Password(string? password) : IPasswordFinder
    {
        public char[] GetPassword() => (password ?? "").ToCharArray();
    }
}
