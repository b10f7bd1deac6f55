using System.Security.Cryptography.X509Certificates;
using System.Text;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.ClientCertificates;

/// <summary>Client certificates before servers that are not ours.</summary>
public class ClientAuthenticationPeerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Rfc("5246", "7.4.8")]
    [InlineData("RSA", "")]
    [InlineData("RSA", "-client_sigalgs RSA+SHA512")]
    [InlineData("RSA", "-client_sigalgs rsa_pss_rsae_sha384")]
    [InlineData("P-256", "")]
    [InlineData("P-256", "-cipher ECDHE-RSA-AES256-GCM-SHA384")]
    [InlineData("P-384", "-client_sigalgs ECDSA+SHA384")]
    [InlineData("P-384", "-no_ticket")]
    public async Task OpenSSL_knows_who_the_client_is_and_remembers_it(string kind, string arguments)
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa,
            $"-www -tls1_2 -Verify 1 -verify_return_error -CAfile ca.pem {arguments}", Cancel);
        TlsClientCertificate certificate = ClientKeys.Load(ClientKeys.Of(kind));
        using var cache = new TlsSessionCache();
        foreach (bool resumed in new[] { false, true })
        {
            await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(certificate) with { SessionCache = cache }, Cancel);
            Assert.Equal(resumed, tls.Session.Resumed);
            Assert.Same(resumed ? null : certificate, tls.Session.ClientCertificate);
            await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancel);
            using var reader = new StreamReader(tls, Encoding.Latin1);
            string page = await reader.ReadToEndAsync(Cancel);
            Assert.Contains("Client certificate", page, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_refused_and_that_is_explained()
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, "-tls1_2 -Verify 1 -verify_return_error", Cancel);
        Stream connection = await server.ConnectAsync(Cancel);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(connection, Options(ClientKeys.Load(ClientKeys.P256)), Cancel));
        Assert.Equal(TlsAlert.UnknownCa, failure.ReceivedAlert);
    }

    [Fact, Rfc("8422", "5.1.1")]
    public async Task A_certificate_on_a_curve_that_was_not_offered_is_refused_and_that_is_explained()
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, "-tls1_2 -Verify 1 -verify_return_error -CAfile ca.pem", Cancel);
        TlsClientOptions options = Options(ClientKeys.Load(ClientKeys.P384)) with { Groups = [NamedGroup.X25519, NamedGroup.Secp256r1] };
        Stream connection = await server.ConnectAsync(Cancel);
        TlsException failure = await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(connection, options, Cancel));
        Assert.Equal(TlsAlert.IllegalParameter, failure.ReceivedAlert);
        Assert.Contains("whose key is on secp384r1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Groups", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SslStream_knows_who_the_client_is()
    {
        var seen = new TaskCompletionSource<byte[]?>();
        System.Net.Security.SslServerAuthenticationOptions options = SslServer.Options(TestCertificates.Rsa);
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) => seen.TrySetResult(certificate?.Export(X509ContentType.Cert));
        await using var server = new SslServer(options, SslServer.Echo);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options(ClientKeys.Load(ClientKeys.P384)), Cancel);
        Assert.Equal(ClientKeys.P384.RawData, await seen.Task.WaitAsync(Cancel));
    }

    private static TlsClientOptions Options(TlsClientCertificate certificate)
        => new() { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, ClientCertificates = [certificate] };
}
