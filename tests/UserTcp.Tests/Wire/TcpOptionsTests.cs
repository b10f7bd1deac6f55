using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>The bytes of our options in the order of Linux, which scripts of other people compare byte by byte.</summary>
public class TcpOptionsTests
{
    private static readonly TcpTimestamps Stamps = new(0x01020304, 0x05060708);

    private static byte[] Write(TcpOptions options)
    {
        byte[] bytes = new byte[TcpHeader.MaximumOptions];
        return bytes[..options.Write(bytes)];
    }

    [Fact, Rfc("9293", "3.1", "MUST-68", "MUST-69")]
    public void A_syn_with_everything_is_mss_sackok_ts_nop_wscale()
        => Assert.Equal(
            [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 8],
            Write(new() { MaximumSegmentSize = 1460, SackPermitted = true, Timestamps = Stamps, WindowScale = 8 }));

    [Fact]
    public void A_syn_without_timestamps_is_mss_nop_nop_sackok_nop_wscale()
        => Assert.Equal(
            [2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 8],
            Write(new() { MaximumSegmentSize = 1460, SackPermitted = true, WindowScale = 8 }));

    [Fact]
    public void A_syn_without_sack_and_timestamps_is_mss_nop_wscale()
        => Assert.Equal([2, 4, 0x05, 0xb4, 1, 3, 3, 8], Write(new() { MaximumSegmentSize = 1460, WindowScale = 8 }));

    [Fact]
    public void A_syn_without_sack_is_mss_nop_nop_ts_nop_wscale()
        => Assert.Equal(
            [2, 4, 0x05, 0xb4, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 8],
            Write(new() { MaximumSegmentSize = 1460, Timestamps = Stamps, WindowScale = 8 }));

    [Fact]
    public void A_syn_with_mss_alone_is_mss() => Assert.Equal([2, 4, 0x05, 0xb4], Write(new() { MaximumSegmentSize = 1460 }));

    [Fact]
    public void Data_carries_nop_nop_ts()
        => Assert.Equal([1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8], Write(new() { Timestamps = Stamps }));

    [Fact]
    public void Blocks_follow_as_nop_nop_sack()
    {
        TcpOptions options = new() { Timestamps = Stamps };
        Assert.True(options.AddSack(new(new(0x11223344), new(0x55667788))));
        Assert.Equal(
            [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 5, 10, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
            Write(options));
    }

    [Fact]
    public void Four_blocks_fit_alone_and_three_beside_timestamps()
    {
        TcpOptions alone = default, beside = new() { Timestamps = Stamps };
        for (uint i = 0; i < SackBlocks.Capacity; i++)
        {
            Assert.True(alone.AddSack(new(new(i), new(i + 1))));
            Assert.Equal(i < 3, beside.AddSack(new(new(i), new(i + 1))));
        }
        Assert.False(alone.AddSack(default));
        Assert.Equal(36, Write(alone).Length);
        Assert.Equal(40, Write(beside).Length);
    }

    [Fact]
    public void What_does_not_fit_into_forty_bytes_is_left_out_from_the_end()
    {
        TcpOptions options = default;
        for (uint i = 0; i < SackBlocks.Capacity; i++) options.AddSack(new(new(i), new(i + 1)));
        options.Timestamps = Stamps;
        options.MaximumSegmentSize = 1460;
        byte[] bytes = Write(options);
        Assert.Equal(ParseError.None, TcpOptions.TryParse(bytes, out TcpOptions read));
        Assert.Equal(2, read.SackCount);
        Assert.Equal(Stamps, read.Timestamps);
    }

    [Theory, Rfc("9293", "3.1", "MUST-7")]
    [InlineData(new byte[] { 2 }, "a kind without a length")]
    [InlineData(new byte[] { 2, 0, 5, 180 }, "a length of 0, which would loop for ever")]
    [InlineData(new byte[] { 2, 1, 5, 180 }, "a length of 1")]
    [InlineData(new byte[] { 2, 4, 5 }, "a length beyond the end")]
    [InlineData(new byte[] { 2, 3, 5 }, "an MSS of one byte")]
    [InlineData(new byte[] { 5, 9, 1, 2, 3, 4, 5, 6, 7 }, "SACK blocks of 7 bytes")]
    [InlineData(new byte[] { 5, 2 }, "SACK without a block")]
    public void Impossible_lengths_are_an_error(byte[] bytes, string why)
        => Assert.True(TcpOptions.TryParse(bytes, out _) == ParseError.Option, why);

    [Fact, Rfc("9293", "3.1", "MUST-6"), Rfc("9293", "3.2", "MUST-4", "MUST-64")]
    public void Unknown_options_are_skipped_and_nothing_is_read_behind_the_end()
    {
        Assert.Equal(ParseError.None, TcpOptions.TryParse([254, 5, 1, 2, 3, 1, 3, 3, 7, 0, 2, 4, 1, 1], out TcpOptions options));
        Assert.Equal(new TcpOptions { WindowScale = 7 }, options);
    }
}
