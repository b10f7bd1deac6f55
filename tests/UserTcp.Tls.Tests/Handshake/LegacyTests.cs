using System.Net.Security;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Tests.Peers;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>CBC suites exist only for who asks for them.</summary>
public class LegacyTests
{
    public static TheoryData<TlsCipherSuite> Suites => [.. SuiteParameters.Legacy];

    [Fact]
    public void Without_the_option_no_CBC_suite_is_offered_or_can_be_asked_for()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        Assert.Empty(server.ClientHello.CipherSuites.Intersect(SuiteParameters.Legacy));
        Assert.Throws<ArgumentException>(() => new ScriptedClient(new ScriptedServer(), options => options with { CipherSuites = SuiteParameters.Legacy }));
    }

    [Theory, MemberData(nameof(Suites)), Rfc("5246", "7.4.1.3")]
    public void Without_the_option_a_server_that_chooses_one_is_refused(TlsCipherSuite suite)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.GiveAndFail(TlsError.CipherSuiteNotOffered, server.Send(server.Hello() with { CipherSuite = suite }));
    }

    [Fact]
    public void With_the_option_they_are_offered_last()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { Legacy = true });
        Assert.Equal([.. SuiteParameters.Preference, .. SuiteParameters.Legacy], server.ClientHello.CipherSuites);
    }

    // client                                        server
    // ClientHello, Legacy                      -->
    //                    (handshake)
    // 50000 bytes                              -->
    //                     <--  the same 50000 bytes
    [Theory, MemberData(nameof(Suites)), Rfc("5289", "3.1")]
    public async Task Each_carries_data_both_ways(TlsCipherSuite suite)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var leaf = suite.ToString().Contains("_RSA_", StringComparison.Ordinal) ? TestCertificates.Rsa : TestCertificates.EcdsaP256;
        await using var server = new SslServer(SslServer.Options(leaf, suite), SslServer.Echo);
        var options = new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore, Legacy = true };
        await using TlsClientStream tls = await TlsClientStream.ConnectAsync(await server.ConnectAsync(cancel), options, cancel);

        Assert.Equal(suite, tls.NegotiatedCipherSuite);
        byte[] sent = new byte[50_000], received = new byte[sent.Length];
        new Random(1).NextBytes(sent);
        Task writing = tls.WriteAsync(sent, cancel).AsTask();
        await tls.ReadExactlyAsync(received, cancel);
        await writing;
        Assert.Equal(sent, received);
        await tls.ShutdownAsync(cancel);
        Assert.Equal(0, await tls.ReadAsync(received, cancel));
    }
}
