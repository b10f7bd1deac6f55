using UserTcp.Network;
using UserTcp.Wire;

namespace UserTcp.Tests.Network;

public class PathMtuCacheTests
{
    private static readonly IpAddress Far = IpAddress.Parse("203.0.113.9"), Near = IpAddress.Parse("10.0.0.9");
    private readonly PathMtuCache _cache = new();

    [Fact, Rfc("1191", "3")]
    public void A_path_shrinks_for_its_destination_alone_and_is_never_raised_by_a_message()
    {
        Assert.True(_cache.Lower(Far, 1400, 1500, Instant.Zero));
        Assert.Equal(1400, _cache.Find(Far, 1500, Instant.Zero));
        Assert.Equal(1500, _cache.Find(Near, 1500, Instant.Zero));
        Assert.False(_cache.Lower(Far, 1450, 1500, Instant.Zero));
        Assert.False(_cache.Lower(Far, 1400, 1500, Instant.Zero));
        Assert.Equal(1400, _cache.Find(Far, 1500, Instant.Zero));
        Assert.True(_cache.Lower(Far, 1300, 1500, Instant.Zero));
        Assert.Equal(1300, _cache.Find(Far, 1500, Instant.Zero));
    }

    [Fact]
    public void The_link_is_no_wider_for_what_is_remembered_and_a_message_about_it_no_news()
    {
        Assert.True(_cache.Lower(Far, 1400, 1500, Instant.Zero));
        Assert.Equal(1200, _cache.Find(Far, 1200, Instant.Zero));
        Assert.False(_cache.Lower(Near, 1500, 1500, Instant.Zero));
        Assert.Equal(1, _cache.Count);
    }

    [Fact, Rfc("1191", "6.3")]
    public void After_ten_minutes_it_is_forgotten()
    {
        _cache.Lower(Far, 1400, 1500, Instant.Zero);
        Instant old = Instant.Zero + TimeSpan.FromMinutes(10);
        Assert.Equal(1400, _cache.Find(Far, 1500, old - TimeSpan.FromTicks(1)));
        Assert.Equal(1500, _cache.Find(Far, 1500, old));
        Assert.True(_cache.Lower(Far, 1450, 1500, old)); // and may be larger now
    }

    [Theory, InlineData(68), InlineData(0), InlineData(551), Rfc("5927", "7.2")]
    public void No_message_makes_it_absurdly_small(int mtu)
    {
        Assert.True(_cache.Lower(Far, mtu, 1500, Instant.Zero));
        Assert.Equal(Budgets.LeastPathMtu, _cache.Find(Far, 1500, Instant.Zero));
    }

    [Fact]
    public void Its_memory_is_bounded_and_the_oldest_makes_room()
    {
        Instant now = Instant.Zero;
        for (uint i = 0; i <= Budgets.PathMtus; i++)
        {
            now += TimeSpan.FromMilliseconds(1);
            Assert.True(_cache.Lower(IpAddress.FromV4(0x0b00_0000 + i), 1400, 1500, now));
        }
        Assert.Equal(Budgets.PathMtus, _cache.Count);
        Assert.Equal(1500, _cache.Find(IpAddress.FromV4(0x0b00_0000), 1500, now));
        Assert.Equal(1400, _cache.Find(IpAddress.FromV4(0x0b00_0001), 1500, now));
    }
}
