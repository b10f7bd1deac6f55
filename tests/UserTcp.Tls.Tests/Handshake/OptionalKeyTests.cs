using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserTcp.Tls.Certificates;
using UserTcp.Tls.Tests.ClientCertificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Keys that are taken from a server and shown to it only where the options say so: P-521, P-224, Ed25519.</summary>
public class OptionalKeyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Rfc("8422", "5.1.1")]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp521r1, "nistP521", SignatureScheme.EcdsaSecp521r1Sha512)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp521r1, "nistP521", SignatureScheme.EcdsaSecp521r1Sha512)]
    [InlineData(TlsCryptoProvider.Default, NamedGroup.Secp224r1, "secp224r1", SignatureScheme.EcdsaSecp256r1Sha256)]
    [InlineData(TlsCryptoProvider.Platform, NamedGroup.Secp224r1, "secp224r1", SignatureScheme.EcdsaSecp256r1Sha256)]
    public async Task A_curve_serves_for_the_key_exchange_and_for_both_certificates(TlsCryptoProvider provider, NamedGroup group, string curve, SignatureScheme scheme)
    {
        X509Certificate2 leaf = TestCertificates.MakeLeaf(ECDsa.Create(ECCurve.CreateFromFriendlyName(curve)));
        await using OpenSslServer server = await OpenSslServer.StartAsync(leaf,
            $"-www -tls1_2 -groups {(group == NamedGroup.Secp521r1 ? "P-521" : "secp224r1")} -Verify 1 -verify_return_error -CAfile ca.pem", Cancel);
        TlsClientOptions options = new()
        {
            HostName = TestCertificates.HostName,
            TrustStore = TestCertificates.TrustStore,
            ClientCertificates = [ClientKeys.Load(leaf)],
            CryptoProvider = provider,
        };

        await using (TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), options with { Groups = [group], SignatureSchemes = [scheme] }, Cancel))
        {
            Assert.Equal((group, scheme), (tls.NegotiatedGroup, tls.SignatureScheme));
            Assert.Contains("Verify return code: 0 (ok)", await PageAsync(tls), StringComparison.Ordinal);
        }

        Stream connection = await server.ConnectAsync(Cancel);
        await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(connection, options, Cancel));
    }

    [Fact, Rfc("8422", "5.10")]
    public async Task Ed25519_serves_for_both_certificates()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory($"usertcp-ed25519-{Environment.ProcessId}-");
        try
        {
            string certificate = Path.Combine(folder.FullName, "cert.pem"), key = Path.Combine(folder.FullName, "key.pem");
            OpenSslServer.SkipUnlessInstalled();
            await OpenSslAsync($"req -x509 -newkey ed25519 -nodes -keyout {key} -out {certificate} -days 2 -subj /CN=ed25519 -addext subjectAltName=DNS:{TestCertificates.HostName} "
                + "-addext basicConstraints=critical,CA:FALSE");
            await using OpenSslServer ed25519 = await OpenSslServer.StartAsync(TestCertificates.Rsa,
                $"-www -tls1_2 -cert {certificate} -key {key} -Verify 1 -verify_return_error -CAfile {certificate}", Cancel);
            TlsClientOptions options = new()
            {
                HostName = TestCertificates.HostName,
                TrustStore = TrustStore.FromPemFile(certificate),
                ClientCertificates = [TlsClientCertificate.FromPemFiles(certificate, key)],
            };

            await using (TlsClientStream tls = await TlsClientStream.ConnectAsync(await ed25519.ConnectAsync(Cancel), options with { SignatureSchemes = [SignatureScheme.Ed25519] }, Cancel))
            {
                Assert.Equal(SignatureScheme.Ed25519, tls.SignatureScheme);
                Assert.Contains("Verify return code: 0 (ok)", await PageAsync(tls), StringComparison.Ordinal);
            }

            Stream connection = await ed25519.ConnectAsync(Cancel);
            TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(connection, options, Cancel));
            Assert.Equal(TlsAlert.HandshakeFailure, failure.ReceivedAlert);     // by default it is not offered
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> PageAsync(TlsClientStream tls)
    {
        await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(tls, Encoding.Latin1);
        return await reader.ReadToEndAsync(Cancel);
    }

    private static async Task OpenSslAsync(string arguments)
    {
        using Process openssl = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardError = true })!;
        string complaint = await openssl.StandardError.ReadToEndAsync(Cancel);
        await openssl.WaitForExitAsync(Cancel);
        Assert.True(openssl.ExitCode == 0, complaint);
    }
}
