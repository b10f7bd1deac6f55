using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Tests.Tcp;

public sealed class InitialSequenceNumberTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
    private static readonly FourTuple Tuple = new(new(IpAddress.Parse("192.0.2.1"), 40000), new(IpAddress.Parse("192.0.2.2"), 443));

    // The vectors of the authors' reference code: key 00 01 … 0f, message 00 01 … of each length.
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void SipHash_gives_the_published_values(int length, ulong expected)
    {
        byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        Assert.Equal(expected, SipHash.Compute(0x0706050403020100, 0x0f0e0d0c0b0a0908, message));
    }

    [Fact, Rfc("9293", "3.4.1", "MUST-8"), Rfc("6528", "3")]
    public void The_number_of_a_tuple_follows_a_clock_of_4_microseconds()
    {
        var numbers = new InitialSequenceNumber(Key);
        SeqNum first = numbers.For(Tuple, Instant.Zero);
        Assert.Equal(first + 250_000, numbers.For(Tuple, Instant.Zero + TimeSpan.FromSeconds(1)));
    }

    [Fact, Rfc("9293", "3.4.1", "SHLD-1", "MUST-9"), Rfc("6528", "3"), Rfc("7323", "7.1")]
    public void Another_tuple_or_secret_gives_an_unrelated_number()
    {
        var numbers = new InitialSequenceNumber(Key);
        HashSet<uint> seen = [numbers.For(Tuple, Instant.Zero).Value, numbers.TimestampOffset(Tuple), new InitialSequenceNumber(new byte[16]).For(Tuple, Instant.Zero).Value];
        for (ushort port = 1; port < 1000; port++) seen.Add(numbers.For(Tuple with { Local = Tuple.Local with { Port = port } }, Instant.Zero).Value);
        Assert.Equal(1002, seen.Count);
    }
}
