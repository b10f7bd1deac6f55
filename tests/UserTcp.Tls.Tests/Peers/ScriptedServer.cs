using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Peers;

/// <summary>A TLS 1.2 server that does what the test says, right or wrong: P-256, AES-128-GCM, one thread, no sockets.
/// Its cryptography is .NET's, so it is also an independent check of ours.</summary>
internal sealed class ScriptedServer(X509Certificate2 certificate)
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<byte> _transcript = [];
    private readonly byte[] _random = RandomNumberGenerator.GetBytes(32);
    private ServerHello? _sentHello;
    private byte[] _keyBlock = [];
    private bool _encryptSent;
    private bool _encryptReceived;
    private ulong _sentRecords;
    private ulong _receivedRecords;

    internal ScriptedServer() : this(TestCertificates.Rsa) { }

    internal byte[] MasterSecret { get; private set; } = [];

    /// <summary>Handshake messages of the client, in order.</summary>
    internal List<HandshakeBody> Received { get; } = [];

    internal List<Alert> ReceivedAlerts { get; } = [];

    internal List<byte> ReceivedData { get; } = [];

    internal ClientHello ClientHello => Received.OfType<ClientHello>().Single();

    internal bool IsRsa => certificate.GetRSAPublicKey() is not null;

    internal static TlsExtension Extension(ExtensionType type, params byte[] data) => new(type, data);

    /// <summary>A ServerHello without faults.</summary>
    internal ServerHello Hello() => new(TlsVersion.Tls12, _random, ReadOnlyMemory<byte>.Empty,
        IsRsa ? TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 : TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0,
        [Extension(ExtensionType.ExtendedMasterSecret), Extension(ExtensionType.RenegotiationInfo, 0)]);

    internal CertificateMessage Chain() => new([certificate.RawData]);

    /// <summary>A ServerKeyExchange without faults, unless the arguments say so.</summary>
    internal ServerKeyExchange KeyExchange(byte[]? clientRandom = null, byte[]? publicKey = null, NamedGroup group = NamedGroup.Secp256r1)
    {
        ECPoint point = _key.ExportParameters(false).Q;
        var exchange = new ServerKeyExchange(group, publicKey ?? [4, .. point.X!, .. point.Y!],
            IsRsa ? SignatureScheme.RsaPssRsaeSha256 : SignatureScheme.EcdsaSecp256r1Sha256, ReadOnlyMemory<byte>.Empty);
        byte[] signed = [.. clientRandom ?? ClientHello.Random.ToArray(), .. (_sentHello?.Random ?? _random).Span, .. exchange.Parameters()];
        byte[] signature = certificate.GetRSAPrivateKey() is { } rsa
            ? rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            : certificate.GetECDsaPrivateKey()!.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return exchange with { Signature = signature };
    }

    /// <summary>The server's flight without faults, in one record.</summary>
    internal byte[] Flight() => Send(Hello()).Concat(Send(Chain(), KeyExchange(), new ServerHelloDone())).ToArray();

    /// <summary>A hello without faults that accepts the session that the client offers.</summary>
    internal ServerHello ResumingHello() => Hello() with { SessionId = ClientHello.SessionId };

    /// <summary>The hello of an abbreviated handshake, after which the keys are those of an earlier connection's master secret.</summary>
    internal byte[] Resume(byte[] masterSecret, ServerHello? hello = null)
    {
        byte[] record = Send(hello ?? ResumingHello());
        MasterSecret = masterSecret;
        ExpandKeys();
        return record;
    }

    /// <summary>ChangeCipherSpec and Finished without faults.</summary>
    internal byte[] LastFlight() => [.. ChangeCipherSpec(), .. Send(Finished())];

    /// <summary>The Finished that belongs here.</summary>
    internal Finished Finished() => new(VerifyData("server finished"));

    /// <summary>Adds the messages to the transcript and puts them into one record.</summary>
    internal byte[] Send(params HandshakeBody[] messages) => Record(ContentType.Handshake, Messages(messages));

    /// <summary>Adds the messages to the transcript and returns their bytes without a record.</summary>
    internal byte[] Messages(params HandshakeBody[] messages)
    {
        byte[] bytes = [];
        foreach (HandshakeBody message in messages)
        {
            if (message is ServerHello hello) _sentHello = hello;
            bytes = [.. bytes, .. message.ToArray()];
            if (message is not HelloRequest) _transcript.AddRange(message.ToArray());
        }
        return bytes;
    }

    internal byte[] ChangeCipherSpec()
    {
        byte[] record = Record(ContentType.ChangeCipherSpec, [1]);
        _encryptSent = true;
        return record;
    }

    internal byte[] Alert(AlertLevel level, TlsAlert description) => Record(ContentType.Alert, [(byte)level, (byte)description]);

    /// <summary>A record, protected once ChangeCipherSpec was sent.</summary>
    internal byte[] Record(ContentType type, ReadOnlySpan<byte> content)
    {
        byte[] payload = content.ToArray();
        if (_encryptSent)
        {
            byte[] explicitNonce = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(explicitNonce, 0xabcd_0000_0000_0000 + _sentRecords);   // need not be the sequence number
            byte[] sealedContent = new byte[content.Length];
            byte[] tag = new byte[16];
            using var gcm = new AesGcm(_keyBlock.AsSpan(16, 16), 16);
            gcm.Encrypt([.. _keyBlock[36..40], .. explicitNonce], content, sealedContent, tag, AdditionalData(_sentRecords++, type, content.Length));
            payload = [.. explicitNonce, .. sealedContent, .. tag];
        }
        byte[] record = new byte[RecordHeader.Size + payload.Length];
        new RecordHeader(type, TlsVersion.Tls12, (ushort)payload.Length).Write(record);
        payload.CopyTo(record, RecordHeader.Size);
        return record;
    }

    /// <summary>RFC 5705 4; a context of null is none.</summary>
    internal byte[] Export(string label, byte[]? context, int length)
        => Prf(MasterSecret, label, [.. ClientHello.Random.Span, .. _sentHello!.Random.Span,
            .. context is null ? [] : (byte[])[(byte)(context.Length >> 8), (byte)context.Length, .. context]], length);

    /// <summary>Takes what the client sent: whole records.</summary>
    internal void Receive(ReadOnlySpan<byte> bytes)
    {
        while (RecordHeader.TryParse(bytes, out RecordHeader header))
        {
            byte[] content = bytes.Slice(RecordHeader.Size, header.Length).ToArray();
            bytes = bytes[(RecordHeader.Size + header.Length)..];
            if (_encryptReceived) content = Open(header.Type, content);
            switch (header.Type)
            {
                case ContentType.ChangeCipherSpec: _encryptReceived = true; break;
                case ContentType.Alert: Assert.True(Tls.Wire.Alert.TryParse(content, out Alert alert)); ReceivedAlerts.Add(alert); break;
                case ContentType.ApplicationData: ReceivedData.AddRange(content); break;
                default: OnHandshake(content); break;
            }
        }
    }

    private void OnHandshake(byte[] content)
    {
        var reader = new TlsReader(content);
        while (reader.TryReadByte(out byte type) && reader.TryReadVector24(out ReadOnlySpan<byte> body))
        {
            Assert.True(HandshakeBody.TryParse((HandshakeType)type, body, out HandshakeBody? message, out _));
            if (message is Finished finished) Assert.Equal(VerifyData("client finished"), finished.VerifyData.ToArray());
            if (message is CertificateVerify verify) CheckSignature(verify);
            _transcript.AddRange(message.ToArray());
            Received.Add(message);
            if (message is ClientKeyExchange exchange) DeriveKeys(exchange.PublicKey.Span);
        }
    }

    private void CheckSignature(CertificateVerify verify)
    {
        using X509Certificate2 client = X509CertificateLoader.LoadCertificate(Received.OfType<CertificateMessage>().Single().Certificates[0]);
        var hash = new HashAlgorithmName(verify.Scheme.ToString()[^6..].ToUpperInvariant());
        RSASignaturePadding padding = verify.Scheme.ToString().Contains("Pss", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        byte[] signed = [.. _transcript], signature = verify.Signature.ToArray();
        Assert.True(client.GetRSAPublicKey()?.VerifyData(signed, signature, hash, padding)
            ?? client.GetECDsaPublicKey()!.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence));
    }

    private void DeriveKeys(ReadOnlySpan<byte> point)
    {
        using var peer = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        });
        byte[] premaster = _key.DeriveRawSecretAgreement(peer.PublicKey);
        byte[] serverRandom = _sentHello!.Random.ToArray(), clientRandom = ClientHello.Random.ToArray();
        MasterSecret = _sentHello.Extensions.Any(extension => extension.Type == ExtensionType.ExtendedMasterSecret)
            ? Prf(premaster, "extended master secret", SHA256.HashData([.. _transcript]), 48)
            : Prf(premaster, "master secret", [.. clientRandom, .. serverRandom], 48);
        ExpandKeys();
    }

    private void ExpandKeys()
        => _keyBlock = Prf(MasterSecret, "key expansion", [.. _sentHello!.Random.ToArray(), .. ClientHello.Random.ToArray()], 40);

    private byte[] VerifyData(string label) => Prf(MasterSecret, label, SHA256.HashData([.. _transcript]), 12);

    private byte[] Open(ContentType type, byte[] payload)
    {
        byte[] content = new byte[payload.Length - 24];
        using var gcm = new AesGcm(_keyBlock.AsSpan(0, 16), 16);
        gcm.Decrypt([.. _keyBlock[32..36], .. payload[..8]], payload.AsSpan(8, content.Length), payload.AsSpan(payload.Length - 16), content,
            AdditionalData(_receivedRecords++, type, content.Length));
        return content;
    }

    private static byte[] AdditionalData(ulong sequence, ContentType type, int length)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt64BigEndian(data, sequence);
        new RecordHeader(type, TlsVersion.Tls12, (ushort)length).Write(data.AsSpan(8));
        return data;
    }

    private static byte[] Prf(byte[] secret, string label, byte[] seed, int length)
    {
        byte[] labelAndSeed = [.. System.Text.Encoding.ASCII.GetBytes(label), .. seed];
        byte[] a = labelAndSeed, output = [];
        while (output.Length < length)
        {
            a = HMACSHA256.HashData(secret, a);
            output = [.. output, .. HMACSHA256.HashData(secret, (byte[])[.. a, .. labelAndSeed])];
        }
        return output[..length];
    }
}
