using System.Net.Security;
using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>A whole connection with real cryptography: the input is what the server says to the client whose randomness is <see cref="ConnectionRun.FixedRandom"/>.</summary>
internal sealed class HandshakeTarget : FuzzTarget
{
    private static readonly TlsClientOptions Options = new()
    {
        HostName = Identities.HostName,
        TrustStore = Identities.Private,
        RememberVerifiedChains = false,
        RequestCertificateStatus = true,
    };

    public override string Name => "handshake";

    // As in the target "connection", and what a curve needs.
    protected override long MostAllocated => 4 << 20;

    protected override long AllocatedPerByte => 2_000;

    public override IReadOnlyList<byte[]> Seeds() => [Speak(NamedGroup.X25519), Speak(NamedGroup.Secp256r1), Speak(NamedGroup.Secp384r1)];

    protected override string Take(ReadOnlySpan<byte> input) => new ConnectionRun(Options, TlsCryptography.Default).Take(input, int.MaxValue);

    private static byte[] Speak(NamedGroup group)
    {
        using var script = new Script(Options, TlsCryptography.Default);
        ServerHello hello = HandshakeSamples.ServerHello(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            [.. HandshakeSamples.PlainAnswers, new(ExtensionType.StatusRequest, Array.Empty<byte>())]);
        script.Send([hello]).Send([new CertificateMessage([Identities.Server.Der, Identities.Intermediate.Der]), new CertificateStatus(new TestResponder(Identities.Intermediate).Respond(Identities.Server))]);
        script.Send([script.KeyExchange(hello, group), new ServerHelloDone()]);
        return script.ChangeCipherSpec().Finish().Write(ContentType.ApplicationData, "hello"u8).Alert(AlertLevel.Warning, TlsAlert.CloseNotify).Spoken;
    }
}
