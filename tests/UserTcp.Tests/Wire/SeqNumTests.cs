using UserTcp.Wire;

namespace UserTcp.Tests.Wire;

/// <summary>RFC 9293 3.4: the numbers go round.</summary>
public class SeqNumTests
{
    private static readonly SeqNum Last = new(uint.MaxValue), First = new(0);

    [Fact, Rfc("9293", "3.4")]
    public void The_number_after_the_largest_is_zero()
    {
        Assert.Equal(First, Last + 1);
        Assert.Equal(Last, First - 1);
        Assert.Equal(1, First - Last);
        Assert.Equal(-1, Last - First);
        Assert.True(Last < First && First > Last && Last <= First && First >= Last);
        Assert.Equal(First, SeqNum.Max(Last, First));
        Assert.Equal(Last, SeqNum.Min(Last, First));
    }

    [Fact]
    public void Order_holds_for_every_distance_below_half_the_circle()
    {
        Generator random = new(3);
        for (int i = 0; i < 10_000; i++)
        {
            SeqNum a = new(random.NextUInt32());
            int distance = 1 + (int)(random.NextUInt32() >> 1) % int.MaxValue;
            SeqNum b = a + distance;
            Assert.True(a < b && b > a && a <= b && b >= a && a != b);
            Assert.Equal(distance, b - a);
            Assert.Equal(a, b - distance);
        }
    }

    [Theory, Rfc("9293", "3.4")]
    [InlineData(0xffff_fff0u, 0x20u, 0xffff_fff0u, true)] // the first
    [InlineData(0xffff_fff0u, 0x20u, 0x0000_000fu, true)] // the last, behind the wrap
    [InlineData(0xffff_fff0u, 0x20u, 0x0000_0010u, false)] // one too far
    [InlineData(0xffff_fff0u, 0x20u, 0xffff_ffefu, false)] // one before
    [InlineData(5u, 0u, 5u, false)] // a closed window holds nothing
    public void A_window_goes_over_the_wrap(uint start, uint length, uint number, bool inside)
        => Assert.Equal(inside, new SeqNum(number).InWindow(new(start), length));
}
