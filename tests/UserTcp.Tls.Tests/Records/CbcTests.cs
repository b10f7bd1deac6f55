using System.Security.Cryptography;
using UserTcp.Tls.Crypto;
using UserTcp.Tls.Records;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Records;

/// <summary>CBC records against .NET's own AES and HMAC, with every padding that there can be, right and wrong.</summary>
public class CbcTests
{
    private static readonly byte[] AesKey = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] Iv = RandomNumberGenerator.GetBytes(16);

    public static TheoryData<int> MacSizes => [20, 32];

    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.2")]
    public void What_we_seal_is_what_others_open(int macSize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(macSize);
        using CbcProtection sealing = Protection(macKey, sending: true);
        for (int length = 0; length < 70; length++)
        {
            byte[] data = RandomNumberGenerator.GetBytes(length);
            byte[] payload = new byte[sealing.ProtectedLength(length)];
            data.CopyTo(payload, sealing.PrefixSize);
            sealing.Seal(ContentType.ApplicationData, payload, length);

            byte[] content = Aes(payload[..16], payload[16..], encrypt: false);
            Assert.Equal(data, content[..length]);
            Assert.Equal(Mac(macKey, (ulong)length, data), content[length..(length + macSize)]);
            Assert.InRange(content[^1], 0, 15);
            Assert.All(content[(length + macSize)..], padding => Assert.Equal(content[^1], padding));
            Assert.Equal(content.Length - length - macSize - 1, content[^1]);
            Assert.InRange(payload.Length - length, 0, sealing.MaxOverhead);
        }
    }

    /// <summary>Padding may be longer than it need be: up to 255 bytes.</summary>
    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.2")]
    public void Every_length_of_padding_opens(int macSize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(macSize);
        using CbcProtection opening = Protection(macKey, sending: false);
        ulong sequence = 0;
        for (int padding = 0; padding < 256; padding++)
        {
            byte[] data = RandomNumberGenerator.GetBytes(16 * 3 + 15 - (macSize + padding) % 16);
            byte[] payload = Seal([.. data, .. Mac(macKey, sequence++, data), .. Enumerable.Repeat((byte)padding, padding + 1)]);
            Assert.True(opening.TryOpen(ContentType.ApplicationData, payload, out Range plaintext));
            Assert.Equal(data, payload[plaintext]);
        }
    }

    /// <summary>Every byte of the padding counts (POODLE for TLS), the first as the last.</summary>
    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.2")]
    public void One_wrong_byte_of_padding_is_refused(int macSize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(macSize);
        using CbcProtection opening = Protection(macKey, sending: false);
        int padding = 255;
        byte[] data = RandomNumberGenerator.GetBytes(16 * 3 + 15 - (macSize + padding) % 16);
        for (int at = 0; at < padding; at++)
        {
            byte[] content = [.. data, .. Mac(macKey, (ulong)at, data), .. Enumerable.Repeat((byte)padding, padding + 1)];
            content[data.Length + macSize + at] ^= 0x80;
            Assert.False(opening.TryOpen(ContentType.ApplicationData, Seal(content), out _));
        }
    }

    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.1")]
    public void One_wrong_byte_of_data_or_MAC_is_refused(int macSize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(macSize);
        using CbcProtection opening = Protection(macKey, sending: false);
        byte[] data = RandomNumberGenerator.GetBytes(16 * 3 + 15 - macSize % 16);
        for (int at = 0; at < data.Length + macSize; at++)
        {
            byte[] content = [.. data, .. Mac(macKey, (ulong)at, data), 0];
            content[at] ^= 1;
            Assert.False(opening.TryOpen(ContentType.ApplicationData, Seal(content), out _));
        }
    }

    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.2")]
    public void Padding_that_is_longer_than_the_record_is_refused(int macSize)
    {
        byte[] macKey = RandomNumberGenerator.GetBytes(macSize);
        using CbcProtection opening = Protection(macKey, sending: false);
        for (int length = (macSize + 16) / 16 * 16; length <= 256; length += 16)
        {
            int fits = length - macSize - 1;
            foreach (int padding in (int[])[fits + 1, length - 1, 255])
                Assert.False(opening.TryOpen(ContentType.ApplicationData, Seal([.. Enumerable.Repeat((byte)padding, length)]), out _));
        }
    }

    [Theory, MemberData(nameof(MacSizes)), Rfc("5246", "6.2.3.2")]
    public void A_record_that_is_no_whole_blocks_or_holds_no_MAC_is_refused(int macSize)
    {
        using CbcProtection opening = Protection(RandomNumberGenerator.GetBytes(macSize), sending: false);
        for (int length = 0; length <= 16 + macSize; length++)
            Assert.False(opening.TryOpen(ContentType.ApplicationData, new byte[length], out _));
        Assert.False(opening.TryOpen(ContentType.ApplicationData, new byte[16 * 8 + 1], out _));
    }

    [Fact, Rfc("5246", "6.2.3.2")]
    public void Equal_records_never_look_alike()
    {
        using CbcProtection sealing = Protection(new byte[20], sending: true);
        byte[] Seal()
        {
            byte[] payload = new byte[sealing.ProtectedLength(32)];
            sealing.Seal(ContentType.ApplicationData, payload, 32);
            return payload;
        }
        byte[] first = Seal(), second = Seal();
        Assert.NotEqual(first[..16], second[..16]);
        Assert.NotEqual(first[16..32], second[16..32]);
    }

    [Fact]
    public void Opening_allocates_nothing()
    {
        byte[] macKey = new byte[20];
        using CbcProtection opening = Protection(macKey, sending: false);
        byte[][] payloads = [.. Enumerable.Range(0, 20).Select(i => Seal([.. new byte[11], .. Mac(macKey, (ulong)i, new byte[11]), 0]))];
        for (int i = 0; i < 10; i++) Assert.True(opening.TryOpen(ContentType.ApplicationData, payloads[i], out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 10; i < 20; i++) opening.TryOpen(ContentType.ApplicationData, payloads[i], out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static CbcProtection Protection(byte[] macKey, bool sending) => new(
        TlsCryptography.Default.CreateCbc(AesKey, sending),
        TlsCryptography.Default.CreateMac(macKey.Length == 20 ? MacAlgorithm.HmacSha1 : MacAlgorithm.HmacSha256, macKey),
        RandomNumberGenerator.Fill);

    private static byte[] Seal(byte[] content) => [.. Iv, .. Aes(Iv, content, encrypt: true)];

    private static byte[] Aes(byte[] iv, byte[] content, bool encrypt)
    {
        using var aes = System.Security.Cryptography.Aes.Create();
        aes.Key = AesKey;
        return encrypt ? aes.EncryptCbc(content, iv, PaddingMode.None) : aes.DecryptCbc(content, iv, PaddingMode.None);
    }

    private static byte[] Mac(byte[] key, ulong sequence, byte[] data)
    {
        byte[] header = new byte[AuthenticatedHeader.Size];
        AuthenticatedHeader.Write(header, sequence, ContentType.ApplicationData, data.Length);
        byte[] message = [.. header, .. data];
#pragma warning disable CA5350 // It is what these suites have.
        return key.Length == 20 ? HMACSHA1.HashData(key, message) : HMACSHA256.HashData(key, message);
#pragma warning restore CA5350
    }
}
