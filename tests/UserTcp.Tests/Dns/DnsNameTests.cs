using UserTcp.Wire;

namespace UserTcp.Tests.Dns;

public class DnsNameTests
{
    private static ParseError Read(byte[] message, int at, out DnsName name, out int end)
    {
        end = at;
        return DnsName.TryRead(message, ref end, out name);
    }

    [Fact]
    public void Names_are_read_from_text_and_compared_without_case()
    {
        var name = DnsName.Parse("WWW.Example.COM.");
        Assert.Equal([3, (byte)'W', (byte)'W', (byte)'W', 7, .. "Example"u8, 3, .. "COM"u8, 0], name.Wire.ToArray());
        Assert.Equal("WWW.Example.COM", name.ToString());
        Assert.Equal(DnsName.Parse("www.example.com"), name);
        Assert.Equal(DnsName.Parse("www.example.com").GetHashCode(), name.GetHashCode());
        Assert.NotEqual(DnsName.Parse("www.example.org"), name);
        Assert.True(name.IsWithin(DnsName.Parse("example.com")) && name.IsWithin(DnsName.Root));
        Assert.False(name.IsWithin(DnsName.Parse("ample.com")));
    }

    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("例え.jp", "xn--r8jz45g.jp")]
    public void Names_that_are_not_ascii_become_a_labels(string text, string expected)
        => Assert.Equal(expected, DnsName.Parse(text).ToString());

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a..b", "two dots")]
    [InlineData(".a", "one at the start")]
    [InlineData("a b", "U+0020")]
    [InlineData("a\\b", "U+005C")]
    public void What_is_no_name_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(DnsName.TryFromText(text, out _, out string problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact, Rfc("1035", "2.3.4")]
    public void Lengths_are_checked_and_named()
    {
        string label = new('a', 63);
        Assert.True(DnsName.TryFromText(label, out _, out _));
        Assert.False(DnsName.TryFromText(label + "a", out _, out string problem));
        Assert.Contains("64 bytes, at most 63", problem, StringComparison.Ordinal);
        string longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.True(DnsName.TryFromText(longest, out DnsName name, out _));
        Assert.Equal(DnsName.MaximumSize, name.Wire.Length);
        Assert.False(DnsName.TryFromText(longest + "b", out _, out problem));
        Assert.Contains("254 characters, at most 253", problem, StringComparison.Ordinal);
    }

    [Fact, Rfc("1035", "4.1.4")]
    public void Pointers_lead_back_to_an_earlier_name()
    {
        byte[] message = [0, 0, 3, .. "com"u8, 0, 3, .. "www"u8, 0xc0, 2, 9];
        Assert.Equal(ParseError.None, Read(message, 7, out DnsName name, out int end));
        Assert.Equal("www.com", name.ToString());
        Assert.Equal(message.Length - 1, end);
    }

    [Theory, Rfc("1035", "4.1.4")]
    [InlineData(new byte[] { 0xc0, 0 }, 0, ParseError.Name)] // to itself
    [InlineData(new byte[] { 0xc0, 2, 0xc0, 0 }, 0, ParseError.Name)] // forwards
    [InlineData(new byte[] { 1, 97, 0xc0, 0 }, 0, ParseError.Name)] // to its own start
    [InlineData(new byte[] { 1, 97, 0xc0, 0 }, 2, ParseError.Name)] // back to a name that points to where we came from
    [InlineData(new byte[] { 0x40, 97, 0 }, 0, ParseError.Name)] // a reserved kind of label
    [InlineData(new byte[] { 0x80, 97, 0 }, 0, ParseError.Name)]
    [InlineData(new byte[] { 5, 97, 98 }, 0, ParseError.Truncated)]
    [InlineData(new byte[] { 1, 97 }, 0, ParseError.Truncated)]
    [InlineData(new byte[] { 0xc0 }, 0, ParseError.Truncated)]
    [InlineData(new byte[] { }, 0, ParseError.Truncated)]
    public void Circles_and_ends_of_the_message_are_errors(byte[] message, int at, ParseError expected)
        => Assert.Equal(expected, Read(message, at, out _, out _));

    [Fact]
    public void A_name_that_grows_beyond_255_bytes_is_an_error()
    {
        byte[] label = [63, .. new byte[63]];
        Assert.Equal(ParseError.None, Read([.. label, .. label, .. label, 61, .. new byte[61], 0], 0, out _, out _));
        Assert.Equal(ParseError.Name, Read([.. label, .. label, .. label, 62, .. new byte[62], 0], 0, out _, out _));
        Assert.Equal(ParseError.Name, Read([.. label, .. label, .. label, .. label, 0], 0, out _, out _));
    }

    [Fact]
    public void A_chain_of_pointers_is_followed_only_so_far()
    {
        byte[] message = new byte[2 + 2 * 200];
        for (int i = 1; i <= 200; i++)
        {
            int target = i == 1 ? 0 : 2 * (i - 1);
            message[2 * i] = (byte)(0xc0 | target >> 8);
            message[2 * i + 1] = (byte)target;
        }
        Assert.Equal(ParseError.None, Read(message, 2 * Budgets.DnsPointers, out DnsName name, out _));
        Assert.True(name.IsRoot);
        Assert.Equal(ParseError.Name, Read(message, 2 * (Budgets.DnsPointers + 1), out _, out _));
    }

    [Fact]
    public void Strange_bytes_are_shown_as_numbers()
    {
        Assert.Equal(ParseError.None, Read([4, (byte)'a', (byte)'.', 7, 200, 0], 0, out DnsName name, out _));
        Assert.Equal("a\\.\\007\\200", name.ToString());
    }

    [Fact]
    public void An_answer_that_does_not_fit_is_cut_at_a_record_and_marked()
    {
        var name = DnsName.Parse("many.example");
        var query = DnsMessage.Query(7, new(name, DnsType.A));
        var answer = DnsMessage.Response(query, DnsResponseCode.NoError, [.. Enumerable.Range(0, 100).Select(i => DnsRecord.A(name, 60, IpAddress.FromV4((uint)i)))], []);
        byte[] bytes = new byte[DnsMessage.MaximumUdp];
        Assert.Equal(ParseError.None, DnsMessage.TryParse(bytes.AsSpan(0, answer.Write(bytes)), out DnsMessage? read));
        Assert.True(read!.Header.Truncated);
        Assert.InRange(read.Answers.Count, 20, 99);
        byte[] whole = new byte[8192];
        Assert.Equal(ParseError.None, DnsMessage.TryParse(whole.AsSpan(0, answer.Write(whole)), out read));
        Assert.False(read!.Header.Truncated);
        Assert.Equal(100, read.Answers.Count);
    }

    [Fact]
    public void An_answer_assembled_by_hand_is_read()
    {
        // "www.test A" with an alias: pointers to the question, into its middle, and into the data of the first record.
        byte[] bytes = Convert.FromHexString(
            "1234858000010002000000000377777704746573740000010001" + "c00c000500010000003c0006036f776ec010" + "c026000100010000003c00040a010203");
        Assert.Equal(ParseError.None, DnsMessage.TryParse(bytes, out DnsMessage? message));
        Assert.Equal(
            [DnsRecord.Cname(DnsName.Parse("www.test"), 60, DnsName.Parse("own.test")), DnsRecord.A(DnsName.Parse("own.test"), 60, IpAddress.Parse("10.1.2.3"))],
            message!.Answers);
    }
}
