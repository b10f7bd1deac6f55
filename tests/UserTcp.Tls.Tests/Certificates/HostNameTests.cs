using System.Net;
using System.Text;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Tests.Certificates;

public class HostNameTests
{
    [Theory]
    [InlineData("example.com", "example.com", true)]
    [InlineData("EXAMPLE.com", "example.COM", true)]
    [InlineData("example.com.", "example.com", true)]           // an absolute name
    [InlineData("example.com", "example.com.", false)]
    [InlineData("www.example.com", "example.com", false)]
    [InlineData("www.example.com", "*.example.com", true)]
    [InlineData("example.com", "*.example.com", false)]
    [InlineData("a.b.example.com", "*.example.com", false)]
    [InlineData("www.example.com", "w*.example.com", false)]    // not the complete label
    [InlineData("www.example.com", "*w.example.com", false)]
    [InlineData("www.example.com", "www.*.com", false)]
    [InlineData("www.example.com", "*.*.com", false)]
    [InlineData("www.example.com", "*", false)]
    [InlineData("example.com", "*.com", false)]
    [InlineData("example.com", "*.", false)]
    [InlineData("example.com", "", false)]
    [InlineData("example.com", ".example.com", false)]
    [InlineData("bücher.example", "xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "*.example", false)]
    [InlineData("xn--bcher-kva.shop.example", "*.shop.example", true)]
    [InlineData("xn--bcher-kva.shop.example", "xn--*.shop.example", false)]
    [InlineData("my_service.internal.example", "my_service.internal.example", true)]
    [InlineData("192.0.2.1", "192.0.2.1", false)]               // a DNS name is never an address
    [InlineData("192.0.2.1", "*.0.2.1", false)]
    [InlineData("example.com", "example.com\0.evil.test", false)]
    public void Dns_names(string host, string presented, bool matches) =>
        Assert.Equal(matches, HostNameMatcher.Matches(ReferenceIdentity.Parse(host)!, [new AlternativeName(NameForm.Dns, Encoding.ASCII.GetBytes(presented))]));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8:0:0::1", true)]
    [InlineData("[2001:db8::1]", "2001:db8::1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    [InlineData("example.com", "192.0.2.1", false)]
    public void Addresses(string host, string presented, bool matches) =>
        Assert.Equal(matches, HostNameMatcher.Matches(
            ReferenceIdentity.Parse(host)!, [new AlternativeName(NameForm.IpAddress, IPAddress.Parse(presented).GetAddressBytes())]));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a.example")]
    [InlineData("a b.example")]
    [InlineData("*.example.com")]
    public void What_is_no_host_is_refused(string host) => Assert.Null(ReferenceIdentity.Parse(host));

    [Fact]
    public void Numbers_that_are_no_dotted_quad_are_names() => Assert.Null(ReferenceIdentity.Parse("1")!.Address);
}
