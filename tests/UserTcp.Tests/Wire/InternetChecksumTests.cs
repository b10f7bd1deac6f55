using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

public class InternetChecksumTests
{
    private readonly Generator _random = new(2);

    /// <summary>RFC 1071 4.1, word by word.</summary>
    private static ushort Naive(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (ushort)~sum;
    }

    [Fact]
    public void Every_length_at_every_offset_gives_what_the_naive_loop_gives()
    {
        byte[] bytes = _random.Bytes(400);
        for (int offset = 0; offset < 33; offset++)
        {
            for (int length = 0; length <= bytes.Length - offset; length++)
            {
                ReadOnlySpan<byte> piece = bytes.AsSpan(offset, length);
                Assert.Equal(Naive(piece), InternetChecksum.Of(piece));
            }
        }
    }

    [Fact]
    public void The_vector_loop_and_the_scalar_loop_agree()
    {
        byte[] bytes = _random.Bytes(300);
        for (int length = 0; length <= bytes.Length; length++)
        {
            ReadOnlySpan<byte> piece = bytes.AsSpan(0, length);
            Assert.Equal(InternetChecksum.SumScalar(piece) % 0xffff, InternetChecksum.SumVector(piece) % 0xffff);
        }
    }

    [Fact]
    public void The_largest_message_of_all_ones_loses_no_carry()
    {
        byte[] bytes = new byte[65_536];
        bytes.AsSpan().Fill(0xff);
        Assert.Equal(0, InternetChecksum.Of(bytes));
        Assert.Equal(Naive(bytes), InternetChecksum.Of(bytes));
    }

    [Fact]
    public void Parts_of_odd_length_give_the_sum_of_the_whole()
    {
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = _random.Bytes(_random.Next(500));
            InternetChecksum checksum = default;
            for (int at = 0; at < bytes.Length;)
            {
                int part = Math.Min(_random.Next(_random.NextBool() ? 8 : 200), bytes.Length - at);
                checksum.Add(bytes.AsSpan(at, part));
                at += part;
            }
            Assert.Equal(Naive(bytes), checksum.Finish());
        }
    }

    [Fact, Rfc("1071", "3")]
    public void The_example_of_rfc_1071_sums_to_ddf2()
    {
        InternetChecksum checksum = default;
        checksum.Add([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        Assert.Equal(0xddf2, checksum.Sum());
        Assert.Equal(0x220d, checksum.Finish());
    }
}
