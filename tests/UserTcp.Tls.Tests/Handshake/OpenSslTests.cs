using System.Net.Security;
using System.Text;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>The openssl command as the server: what SslStream cannot be told to do.</summary>
public class OpenSslTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly TlsClientOptions Options = new() { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore };

    public static TheoryData<TlsCryptoProvider, string> Servers()
    {
        var servers = new TheoryData<TlsCryptoProvider, string>();
        foreach (TlsCryptoProvider provider in Enum.GetValues<TlsCryptoProvider>())
        {
            servers.Add(provider, "-tls1_2");                                                 // TLS 1.2 with a ticket
            servers.Add(provider, "");                                                        // TLS 1.3 too: the sentinel
            servers.Add(provider, "-tls1_2 -no_ticket");
            servers.Add(provider, "-tls1_2 -verify 1");                                       // asks for a certificate, does without
            servers.Add(provider, "-tls1_2 -groups P-384 -sigalgs rsa_pss_rsae_sha512");
            servers.Add(provider, "-tls1_2 -split_send_frag 512 -max_send_frag 512");         // the page in small records
            servers.Add(provider, "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305");
        }
        return servers;
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_page_comes_whole_from_openssl(TlsCryptoProvider provider, string arguments)
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, $"-www {arguments}", Cancel);
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(Cancel), Options with { CryptoProvider = provider }, Cancel);
        await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(tls, Encoding.Latin1);
        string page = await reader.ReadToEndAsync(Cancel);
        Assert.StartsWith("HTTP/1.0 200 ok", page, StringComparison.Ordinal);
        Assert.Contains("Extended master secret: yes", page, StringComparison.Ordinal);
        Assert.Contains($"Cipher    : {OpenSslName(tls.NegotiatedCipherSuite)}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_speaks_only_TLS_1_3_is_named_as_such()
    {
        TlsException failure = await FailAsync("-tls1_3");
        Assert.Equal((TlsError.AlertReceived, TlsAlert.ProtocolVersion), (failure.Error, failure.ReceivedAlert));
        Assert.Contains("speaks only TLS 1.3", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_speaks_only_RSA_key_exchange_is_explained()
    {
        TlsException failure = await FailAsync("-tls1_2 -cipher AES128-GCM-SHA256");
        Assert.Equal((TlsError.AlertReceived, TlsAlert.HandshakeFailure), (failure.Error, failure.ReceivedAlert));
        Assert.Contains("only RSA key exchange", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_insists_on_a_client_certificate_is_explained()
    {
        TlsException failure = await FailAsync("-tls1_2 -Verify 1");
        Assert.Equal(TlsError.AlertReceived, failure.Error);
        Assert.Contains("client certificate", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_common_group_answers_handshake_failure()
    {
        TlsException failure = await FailAsync("-tls1_2 -groups P-521");
        Assert.Equal(TlsAlert.HandshakeFailure, failure.ReceivedAlert);
    }

    private static async Task<TlsException> FailAsync(string arguments)
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(TestCertificates.Rsa, arguments, Cancel);
        Stream connection = await server.ConnectAsync(Cancel);
        return await Assert.ThrowsAsync<TlsException>(() => TlsClientStream.ConnectAsync(connection, Options, Cancel));
    }

    private static string OpenSslName(TlsCipherSuite suite) => suite switch
    {
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        _ => "ECDHE-RSA-CHACHA20-POLY1305",
    };
}
