using UserTcp.Tls;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Handshake;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Fuzz.Tls;

/// <summary>The record layer: the first byte says how records are protected and in how small pieces they come, the others are records.</summary>
internal sealed class RecordTarget : FuzzTarget
{
    private static readonly TrustingCrypto Crypto = new();

    private static readonly RecordCipher?[] Ciphers =
    [
        null, new AeadRecordCipher(AeadAlgorithm.Aes128Gcm), new AeadRecordCipher(AeadAlgorithm.ChaCha20Poly1305),
        new CbcRecordCipher(16, MacAlgorithm.HmacSha1), new CbcRecordCipher(32, MacAlgorithm.HmacSha256),
    ];

    public override string Name => "record";

    protected override long MostAllocated => 128 * 1024;

    public override IReadOnlyList<byte[]> Seeds() =>
        [.. Enumerable.Range(0, Ciphers.Length).SelectMany(cipher => (byte[][])[[(byte)cipher, .. Records(Ciphers[cipher])], [(byte)(cipher + 0x80), .. Records(Ciphers[cipher])]])];

    protected override string Take(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return "empty";
        using var reader = new RecordReader(events: null);
        RecordCipher? cipher = Ciphers[(input[0] & 0x7f) % Ciphers.Length];
        int most = (input[0] & 0x80) != 0 ? 3 : int.MaxValue, records = 0;
        if (cipher is not null)
        {
            reader.VersionNegotiated();
            reader.Limit(512);
            reader.Protect(Protection(cipher));
        }
        try
        {
            for (ReadOnlySpan<byte> rest = input[1..]; !rest.IsEmpty;)
            {
                Memory<byte> space = reader.FreeSpace();
                int count = Math.Min(Math.Min(space.Length, rest.Length), most);
                Must(count > 0, "the reader is full and has no record");
                rest[..count].CopyTo(space.Span);
                reader.Received(count);
                rest = rest[count..];
                for (; reader.TryRead(out Record record); records++)
                    Must(record.Plaintext.Length <= (cipher is null ? RecordLimits.Plaintext : 512), $"a record with {record.Plaintext.Length} bytes of content was let through");
            }
            reader.CheckRemainder();
            return records == 0 ? "no record" : "records";
        }
        catch (TlsException e) when (e.Error != TlsError.InternalError)
        {
            return e.Error.ToString();
        }
    }

    private static byte[] Records(RecordCipher? cipher)
    {
        using RecordProtection? protection = cipher is null ? null : Protection(cipher);
        var bytes = new List<byte>();
        foreach ((ContentType type, int length) in (ReadOnlySpan<(ContentType, int)>)[(ContentType.Handshake, 4), (ContentType.ApplicationData, 0), (ContentType.ApplicationData, 300), (ContentType.Alert, 2)])
        {
            byte[] record = new byte[RecordHeader.Size + (protection?.ProtectedLength(length) ?? length)];
            new RecordHeader(type, TlsVersion.Tls12, (ushort)(record.Length - RecordHeader.Size)).Write(record);
            protection?.Seal(type, record.AsSpan(RecordHeader.Size), length);
            bytes.AddRange(record);
        }
        return [.. bytes];
    }

    private static RecordProtection Protection(RecordCipher cipher) =>
        cipher.Protect(Crypto, ConnectionRun.FixedRandom, new KeyBlock(new byte[KeyBlock.Length(cipher)], cipher).Server, sending: false);
}
