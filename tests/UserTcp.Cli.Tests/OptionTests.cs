using UserTcp.Cli.Options;
using UserTcp.Cli.Verbs;

namespace UserTcp.Cli.Tests;

public class OptionTests
{
    [Theory]
    [InlineData("1%", 0.01)]
    [InlineData("0.25", 0.25)]
    [InlineData("0", 0)]
    [InlineData("100%", 1)]
    public void A_fraction_is_a_percentage_or_a_number_up_to_1(string text, double wanted)
    {
        Assert.True(OptionValues.TryFraction(text, out double value));
        Assert.Equal(wanted, value, 12);
    }

    [Theory]
    [InlineData("101%")]
    [InlineData("1.5")]
    [InlineData("-1%")]
    [InlineData("1e-1")]
    [InlineData("NaN")]
    [InlineData("%")]
    [InlineData("")]
    public void What_is_no_fraction_is_refused(string text) => Assert.False(OptionValues.TryFraction(text, out _));

    [Theory]
    [InlineData("20ms", 20)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("3", 3000)]
    [InlineData("500us", 0.5)]
    public void A_duration_has_a_unit_or_is_in_seconds(string text, double milliseconds)
    {
        Assert.True(OptionValues.TryDuration(text, out TimeSpan value));
        Assert.Equal(milliseconds, value.TotalMilliseconds, 6);
    }

    [Theory]
    [InlineData("ms")]
    [InlineData("-1s")]
    [InlineData("1h")]
    [InlineData("99999999999s")]
    [InlineData("Infinity")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(OptionValues.TryDuration(text, out _));

    [Theory]
    [InlineData("10mbit", 10_000_000)]
    [InlineData("1.5Gbit", 1_500_000_000)]
    [InlineData("64kbit", 64_000)]
    [InlineData("9600", 9600)]
    public void A_rate_is_in_bits_per_second(string text, long wanted)
    {
        Assert.True(OptionValues.TryRate(text, out long value));
        Assert.Equal(wanted, value);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10mb")]
    [InlineData("5000gbit")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(OptionValues.TryRate(text, out _));

    [Theory]
    [InlineData("10.0.0.2/24", true)]
    [InlineData("10.0.0.2/32", true)]
    [InlineData("10.0.0.2", false)]
    [InlineData("10.0.0.2/0", false)]
    [InlineData("10.0.0.2/33", false)]
    [InlineData("10.0.2/24", false)]
    [InlineData("010.0.0.2/24", false)]
    [InlineData("fd00::2/64", false)]
    [InlineData("10.0.0.2/+8", false)]
    public void An_address_needs_four_numbers_and_a_prefix(string text, bool right) => Assert.Equal(right, Cidr.TryParse(text, out _));

    [Theory]
    [InlineData("example.com", "https://example.com/")]
    [InlineData("http://example.com:8080/a?b", "http://example.com:8080/a?b")]
    [InlineData("example.com:8443/x", "https://example.com:8443/x")]
    public void A_URL_without_a_scheme_is_https(string text, string wanted)
    {
        Assert.True(GetVerb.TryUrl(text, out Uri? url));
        Assert.Equal(wanted, url!.ToString());
    }

    [Theory]
    [InlineData("example.com", true, "example.com", 443)]
    [InlineData("192.0.2.1:8443", true, "192.0.2.1", 8443)]
    [InlineData("example.com:0", false, "", 0)]
    [InlineData("example.com:70000", false, "", 0)]
    [InlineData("exa mple", false, "", 0)]
    [InlineData("", false, "", 0)]
    public void A_handshake_wants_a_host_and_perhaps_a_port(string text, bool right, string host, int port)
    {
        Assert.Equal(right, HandshakeVerb.TryTarget(text, out string seenHost, out int seenPort));
        if (right)
            Assert.Equal((host, port), (seenHost, seenPort));
    }

    [Theory]
    [InlineData("get", "url")]
    [InlineData("get ftp://example.com", "http://host/path")]
    [InlineData("get example.com --loss 150%", "1% or 0.01")]
    [InlineData("get example.com --address 10.0.0.2", "10.0.0.2/24")]
    [InlineData("get example.com --dns resolver", "9.9.9.9")]
    [InlineData("get example.com --timeout 0", "above zero")]
    [InlineData("get example.com --rate 3", "10mbit")]
    [InlineData("get example.com --sneed 3", "--sneed")]
    [InlineData("get example.com --seed x", "from 0 to")]
    [InlineData("get example.com --tap ", "tap0")]
    [InlineData("get https://example.com:0/", "http://host/path")]
    [InlineData("ping example.com -c 0", "1 to")]
    [InlineData("ping example.com -c x", "1 to")]
    [InlineData("ping example.com --size 65508", "0 to 65507")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("handshake", "--twin")]
    [InlineData("get example.com --tap no-such-tap", "--address")]
    public async Task A_wrong_command_line_ends_with_2_and_says_what_is_wanted(string line, string wanted)
    {
        Outcome outcome = await Command.RunAsync(line);
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains(wanted, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public async Task A_wrong_command_line_has_a_summary_too()
    {
        Outcome outcome = await Command.RunAsync("get example.com --loss 2 --json");
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.False(outcome.Json.GetProperty("ok").GetBoolean());
        Assert.Equal(2, outcome.Json.GetProperty("exitCode").GetInt32());
        Assert.Equal("Usage", outcome.Json.GetProperty("error").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Help_names_the_verbs_and_not_the_hidden_ones()
    {
        Outcome outcome = await Command.RunAsync("--help");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        string[] verbs = ["get", "handshake", "ping", "doctor"];
        Assert.All(verbs, verb => Assert.Contains(verb, outcome.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("lesson-server", outcome.Text, StringComparison.Ordinal);
    }
}
