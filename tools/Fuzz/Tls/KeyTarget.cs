using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>Public keys and signatures with real cryptography. The first byte chooses what is asked; then comes a key, and behind it, for signatures, what is to be one.</summary>
internal sealed class KeyTarget : FuzzTarget
{
    private static readonly NamedGroup[] Groups = [NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1];
    private static readonly TlsCryptoProvider[] Providers = [TlsCryptoProvider.Default, TlsCryptoProvider.BouncyCastle, TlsCryptoProvider.Platform];
    private static readonly SignatureScheme[] Schemes = [.. TlsClientOptions.Default.SignatureSchemes];

    public override string Name => "key";

    // BouncyCastle computes on curves with numbers on the heap.
    protected override long MostAllocated => 4 << 20;

    protected override long AllocatedPerByte => 1_000;

    public override IReadOnlyList<byte[]> Seeds()
    {
        var seeds = new List<byte[]>();
        for (int provider = 0; provider < Providers.Length; provider++)
        {
            for (int group = 0; group < Groups.Length; group++)
            {
                using IEphemeralKey key = TlsCryptography.Default.CreateKey(Groups[group], ConnectionRun.FixedRandom);
                seeds.Add([(byte)(provider * 16 + group), .. key.PublicKey]);
            }
            byte[] ec = Identities.Key("server").ExportSubjectPublicKeyInfo();
            byte[] rsa = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(Identities.RsaServer.Der).PublicKey.ExportSubjectPublicKeyInfo();
            for (int scheme = 0; scheme < Schemes.Length; scheme++)
            {
                bool isEc = Schemes[scheme].ToString().StartsWith("Ecdsa", StringComparison.Ordinal);
                byte[] signature = isEc ? Identities.Key("server").SignData([], System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence) : new byte[256];
                seeds.Add([(byte)(provider * 16 + Groups.Length + scheme), (byte)((isEc ? ec : rsa).Length >> 8), (byte)(isEc ? ec : rsa).Length, .. isEc ? ec : rsa, .. signature]);
            }
        }
        return seeds;
    }

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.Length < 3) return "empty";
        ITlsCrypto crypto = TlsCryptography.Of(Providers[(input[0] >> 4) % Providers.Length]);
        int question = input[0] & 15;
        if (question < Groups.Length)
        {
            using IEphemeralKey key = crypto.CreateKey(Groups[question], ConnectionRun.FixedRandom);
            return $"{Groups[question]} {(key.TryAgree(input[1..], out _) ? "agrees" : "refuses")}";
        }

        int length = Math.Min(input[1] << 8 | input[2], input.Length - 3);
        bool accepted = ServerPublicKey.TryParse(input.Slice(3, length).ToArray(), out ServerPublicKey? parsed, out TlsError error, out _);
        Must(accepted == (error == TlsError.None), $"accepted: {accepted}, error: {error}");
        if (parsed is null) return error.ToString();
        SignatureScheme scheme = Schemes[(question - Groups.Length) % Schemes.Length];
        return $"{parsed.Algorithm} {scheme} {(SignatureSchemes.Fits(scheme, parsed) ? crypto.Verify(scheme, parsed, [], input[(3 + length)..]) : "does not fit")}";
    }
}
