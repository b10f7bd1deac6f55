using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.X509;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>Public keys and signatures with real cryptography. The first byte chooses what is asked; then comes a key, and behind it, for signatures, what is to be one.</summary>
internal sealed class KeyTarget : FuzzTarget
{
    private static readonly IReadOnlyList<NamedGroup> Groups = TlsClientOptions.SupportedGroups;
    private static readonly IReadOnlyList<SignatureScheme> Schemes = TlsClientOptions.SupportedSignatureSchemes;
    private static readonly TlsCryptoProvider[] Providers = [TlsCryptoProvider.Default, TlsCryptoProvider.BouncyCastle, TlsCryptoProvider.Platform];

    public override string Name => "key";

    // BouncyCastle computes on curves with numbers on the heap.
    protected override long MostAllocated => 4 << 20;

    protected override long AllocatedPerByte => 1_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        var seeds = new List<byte[]>();
        for (int provider = 0; provider < Providers.Length; provider++)
        {
            for (int group = 0; group < Groups.Count; group++)
            {
                using IEphemeralKey key = TlsCryptography.Default.CreateKey(Groups[group], ConnectionRun.FixedRandom);
                seeds.Add([Choice(provider, group), .. key.PublicKey]);
            }
            for (int scheme = 0; scheme < Schemes.Count; scheme++)
            {
                foreach ((byte[] key, byte[] signature) in Signatures(Schemes[scheme]))
                    seeds.Add([Choice(provider, Groups.Count + scheme), (byte)(key.Length >> 8), (byte)key.Length, .. key, .. signature]);
            }
        }
        return seeds;
    }

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.Length < 3) return "empty";
        ITlsCrypto crypto = TlsCryptography.Of(Providers[input[0] % Providers.Length]);
        int question = input[0] / Providers.Length % (Groups.Count + Schemes.Count);
        if (question < Groups.Count)
        {
            using IEphemeralKey key = crypto.CreateKey(Groups[question], ConnectionRun.FixedRandom);
            return $"{Groups[question]} {(key.TryAgree(input[1..], out _) ? "agrees" : "refuses")}";
        }

        int length = Math.Min(input[1] << 8 | input[2], input.Length - 3);
        bool accepted = ServerPublicKey.TryParse(input.Slice(3, length).ToArray(), out ServerPublicKey? parsed, out TlsError error, out _);
        Must(accepted == (error == TlsError.None), $"accepted: {accepted}, error: {error}");
        if (parsed is null) return error.ToString();
        SignatureScheme scheme = Schemes[question - Groups.Count];
        return $"{parsed.Algorithm} {scheme} {(SignatureSchemes.Fits(scheme, parsed) ? crypto.Verify(scheme, parsed, [], input[(3 + length)..]) : "does not fit")}";
    }

    private static byte Choice(int provider, int question) => (byte)(question * Providers.Length + provider);

    /// <summary>Keys that a scheme can have, with a signature over nothing. The RSA key is nobody's: there is none of it.</summary>
    private static IEnumerable<(byte[] Key, byte[] Signature)> Signatures(SignatureScheme scheme)
    {
        string name = scheme.ToString();
        if (name.StartsWith("Ecdsa", StringComparison.Ordinal))
        {
            var hash = new HashAlgorithmName($"SHA{SignatureSchemes.HashBits(scheme)}");
            foreach (EllipticCurve curve in Groups.Except([NamedGroup.X25519]).Select(EllipticCurve.Of))
            {
                using ECDsa key = Identities.Key("server", ECCurve.CreateFromValue(curve.Oid.Id), curve.FieldSize);
                yield return (key.ExportSubjectPublicKeyInfo(), key.SignData([], hash, DSASignatureFormat.Rfc3279DerSequence));
            }
        }
        else if (scheme == SignatureScheme.Ed25519)
        {
            var key = new Ed25519PrivateKeyParameters(SHA256.HashData(Encoding.UTF8.GetBytes("server")));
            var signer = new Ed25519Signer();
            signer.Init(forSigning: true, key);
            yield return (SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(key.GeneratePublicKey()).GetDerEncoded(), signer.GenerateSignature());
        }
        else
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Identities.RsaServer.Der);
            yield return (certificate.PublicKey.ExportSubjectPublicKeyInfo(), new byte[256]);
        }
    }
}
