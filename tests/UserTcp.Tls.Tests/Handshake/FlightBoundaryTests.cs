using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>Where keys or turns change, nothing of the old side may be left over: what was sent before its time would be read under keys that it was not sent under.</summary>
public class FlightBoundaryTests
{
    // client                                        server
    // ClientHello                              -->
    //     <--  ServerHello … ServerHelloDone and something behind it, in one record
    // fatal alert, not encrypted               -->
    [Theory, Rfc("5246", "7.3")]
    [InlineData("half a message")]
    [InlineData("a whole message")]
    public void Data_behind_ServerHelloDone_in_its_record_is_refused(string excess)
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        byte[] flight = [.. server.Messages(server.Hello()), .. server.Messages(server.Chain(), server.KeyExchange(), new ServerHelloDone())];
        byte[] finished = new Finished(new byte[Finished.VerifyDataSize]).ToArray();
        client.GiveAndFail(TlsError.ExcessHandshakeData,
            server.Record(ContentType.Handshake, [.. flight, .. excess == "half a message" ? finished[..2] : finished]));
        Assert.DoesNotContain(server.Received, message => message is ClientKeyExchange);
    }

    [Fact, Rfc("5246", "7.3")]
    public void Data_behind_the_servers_Finished_in_its_record_is_refused()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server);
        client.Give(server.Flight());
        client.GiveAndFail(TlsError.ExcessHandshakeData,
            [.. server.ChangeCipherSpec(), .. server.Record(ContentType.Handshake, [.. server.Messages(server.Finished()), 0])]);
    }

    /// <summary>Old servers choke on a ClientHello whose record says more than TLS 1.0; once the version is agreed it is TLS 1.2's.</summary>
    [Fact, Rfc("5246", "E.1")]
    public void Records_carry_TLS_1_0_until_the_version_is_agreed()
    {
        using var engine = new TlsClientEngine(
            new TlsClientOptions { HostName = TestCertificates.HostName, TrustStore = TestCertificates.TrustStore }, System.Security.Cryptography.RandomNumberGenerator.Fill);
        engine.Handshake(DateTimeOffset.UtcNow);
        Assert.True(RecordHeader.TryParse(engine.GetOutput().Span, out RecordHeader header));
        Assert.Equal(TlsVersion.Tls10, header.Version);
        engine.OutputSent(engine.GetOutput().Length);

        byte[] hello = new ServerHello(TlsVersion.Tls12, new byte[32], ReadOnlyMemory<byte>.Empty,
            System.Net.Security.TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0, []).ToArray();
        byte[] record = [22, 3, 3, 0, (byte)hello.Length, .. hello, 22, 3, 3, 0, 4, 14, 0, 0, 0];    // ServerHelloDone in place of Certificate
        record.CopyTo(engine.InputBuffer.Span);
        engine.InputReceived(record.Length);
        Assert.Throws<TlsException>(() => { engine.Handshake(DateTimeOffset.UtcNow); });
        Assert.True(RecordHeader.TryParse(engine.GetOutput().Span, out header));
        Assert.Equal((ContentType.Alert, TlsVersion.Tls12), (header.Type, header.Version));
    }
}
