using System.Net.Security;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Wire;

/// <summary>Properties of the parsers: what is written is read back, and no bytes make them throw.</summary>
public class MessageTests
{
    public static TheoryData<HandshakeType> Types => [.. Samples.Select(sample => sample.Type)];

    private static readonly HandshakeBody[] Samples = MakeSamples();

    [Theory, MemberData(nameof(Types))]
    public void Every_message_is_read_back_as_it_was_written(HandshakeType type)
    {
        byte[] bytes = Samples.Single(sample => sample.Type == type).ToArray();
        Assert.True(HandshakeBody.TryParse(type, bytes.AsSpan(HandshakeBody.HeaderSize), out HandshakeBody? parsed, out TlsError error));
        Assert.Equal(TlsError.None, error);
        Assert.Equal(bytes, parsed.ToArray());
    }

    [Theory, MemberData(nameof(Types))]
    public void Every_cut_and_every_extra_byte_is_refused(HandshakeType type)
    {
        byte[] body = Samples.Single(sample => sample.Type == type).ToArray()[HandshakeBody.HeaderSize..];
        if (type == HandshakeType.Finished) return;     // any length is a verify_data, judged where it is compared
        for (int length = 0; length < body.Length; length++)
        {
            bool isHello = type is HandshakeType.ClientHello or HandshakeType.ServerHello;
            bool accepted = HandshakeBody.TryParse(type, body.AsSpan(0, length), out HandshakeBody? parsed, out _);
            Assert.True(!accepted || (isHello && parsed!.ToArray().Length == HandshakeBody.HeaderSize + length));   // a hello may end before its extensions
        }
        Assert.False(HandshakeBody.TryParse(type, [.. body, 0], out _, out TlsError error));
        Assert.True(error is TlsError.TrailingData or TlsError.DecodeError);
    }

    [Fact]
    public void Extensions_of_any_content_are_described_without_throwing()
    {
        var random = new Random(5);
        byte[] data = new byte[40];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(data);
            int length = random.Next(data.Length);
            if (length > 2) (data[0], data[1]) = (0, (byte)(length - 2));   // half-right vectors go deeper
            foreach (ExtensionType type in Enum.GetValues<ExtensionType>())
                Assert.DoesNotContain(new TlsExtension(type, data.AsMemory(0, length)).Describe(), c => c is < ' ' or '\u007f');
        }
    }

    [Theory]
    [InlineData(0x1a1a, "GREASE (0x1a1a)")]
    [InlineData(0x1234, "0x1234")]
    [InlineData(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")]
    [InlineData(0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV")]
    public void Suites_are_named_as_IANA_names_them(int code, string name) => Assert.Equal(name, ((TlsCipherSuite)code).Name());

    [Fact]
    public void A_record_header_is_read_back_as_it_was_written()
    {
        Span<byte> bytes = stackalloc byte[RecordHeader.Size];
        var random = new Random(6);
        for (int i = 0; i < 1000; i++)
        {
            var header = new RecordHeader((ContentType)random.Next(256), (TlsVersion)random.Next(65536), (ushort)random.Next(65536));
            header.Write(bytes);
            Assert.True(RecordHeader.TryParse(bytes, out RecordHeader parsed));
            Assert.Equal(header, parsed);
        }
        Assert.False(RecordHeader.TryParse(bytes[..4], out _));
    }

    [Fact]
    public void An_unknown_message_is_unexpected_and_no_exception()
    {
        for (int type = 0; type < 256; type++)
        {
            if (Samples.Any(sample => (int)sample.Type == type)) continue;
            Assert.False(HandshakeBody.TryParse((HandshakeType)type, [1, 2, 3], out _, out TlsError error));
            Assert.Equal(TlsError.UnexpectedMessage, error);
        }
    }

    private static HandshakeBody[] MakeSamples()
    {
        var server = new ScriptedServer();
        using var client = new ScriptedClient(server, options => options with { ApplicationProtocols = ["h2", "http/1.1"] });
        return
        [
            new HelloRequest(), server.ClientHello, server.Hello(), new CertificateMessage([[1, 2, 3], [4]]), server.KeyExchange(),
            new CertificateRequest(new byte[] { 1, 64 }, [SignatureScheme.RsaPssRsaeSha256, SignatureScheme.EcdsaSecp256r1Sha256], [[0x30, 0], [0x30, 1, 2]]),
            new ServerHelloDone(), new ClientKeyExchange(new byte[65]), new Finished(new byte[12]), new NewSessionTicket(300, new byte[] { 1, 2, 3 }),
            new CertificateStatus(new byte[] { 0x30, 0 }), new CertificateVerify(SignatureScheme.EcdsaSecp256r1Sha256, new byte[] { 1, 2 }),
        ];
    }
}
