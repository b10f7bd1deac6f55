using System.Net.Sockets;
using UserTcp.Dns;
using UserTcp.Wire;
using static UserTcp.Tests.Dns.DnsDialogue;

namespace UserTcp.Tests.Dns;

public class DnsResolverTests
{
    private readonly DnsDialogue _dns = new();

    // resolver                              10.0.0.1
    // www.example A?             -->
    //                            <--        www.example A 10.9.9.9
    [Fact, Rfc("1035", "3.2.1")]
    public void A_name_is_asked_for_and_kept_as_long_as_its_ttl_says()
    {
        int ticket = _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example", "10.0.0.1"), A("www.example", "10.9.9.9", 60), A("www.example", "10.9.9.8", 30));
        DnsResult result = _dns.Result();
        Assert.Equal((ticket, "www.example"), (result.Ticket, result.Name));
        Assert.Equal(["10.9.9.9", "10.9.9.8"], result.Addresses.Select(a => a.ToString()));

        _dns.Pass(29);
        _dns.Ask("WWW.example");
        _dns.Found("10.9.9.9", "10.9.9.8");
        _dns.NoQuery();
        _dns.Pass(1); // the least TTL
        _dns.Ask("www.example");
        _dns.Query("www.example");
    }

    [Fact]
    public void A_ttl_of_zero_is_used_once()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), A("www.example", "10.9.9.9", 0));
        _dns.Found("10.9.9.9");
        _dns.Ask("www.example");
        _dns.Query("www.example");
    }

    [Theory, Rfc("6761", "6.3")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("foo.localhost.", "127.0.0.1")]
    public void Addresses_and_localhost_are_never_asked_for(string name, string expected)
    {
        _dns.Ask(name);
        _dns.Found(expected);
        _dns.NoQuery();
    }

    [Fact]
    public void What_is_no_name_fails_at_once_with_a_reason()
    {
        _dns.Ask("a..b");
        _dns.Failed(DnsError.InvalidName, "two dots");
        _dns.Ask("1.2.3");
        _dns.Failed(DnsError.InvalidName, "IPv4 address");
        _dns.NoQuery();
    }

    [Fact]
    public void Without_a_server_it_says_how_to_name_one()
    {
        DnsDialogue dns = new("nameserver 2001:db8::1");
        dns.Ask("www.example");
        dns.Failed(DnsError.NoServers, "--dns");
    }

    // resolver                              10.0.0.1         10.0.0.2
    // query                      -->        (silent)
    // query, 2 s later           ---------------------->
    //                            <----------------------     A
    [Fact]
    public void After_two_seconds_the_next_server_is_asked_with_another_id_and_port()
    {
        _dns.Ask("www.example");
        var first = _dns.Query("www.example", "10.0.0.1");
        _dns.Pass(1.9);
        _dns.NoQuery();
        _dns.Pass(0.1);
        var second = _dns.Query("www.example", "10.0.0.2");
        Assert.NotEqual(first.Message.Header.Id, second.Message.Header.Id);
        Assert.NotEqual(first.Datagram.LocalPort, second.Datagram.LocalPort);
        _dns.Answer(second, A("www.example", "10.9.9.9"));
        _dns.Found("10.9.9.9");
    }

    [Fact]
    public void A_late_answer_of_an_earlier_server_is_as_good()
    {
        _dns.Ask("www.example");
        var first = _dns.Query("www.example", "10.0.0.1");
        _dns.Pass(3);
        _dns.Query("www.example", "10.0.0.2");
        _dns.Answer(first, A("www.example", "10.9.9.9"));
        _dns.Found("10.9.9.9");
    }

    [Fact]
    public void Silence_of_all_servers_ends_after_three_rounds()
    {
        _dns.Ask("www.example");
        _dns.Pass(11.9);
        Assert.Equal(
            ["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2"],
            Enumerable.Range(0, 6).Select(_ => _dns.Query("www.example").Datagram.Server.Address.ToString()));
        Assert.False(_dns.Resolver.TryTakeResult(out _));
        _dns.Pass(0.1);
        _dns.Failed(DnsError.TimedOut, "www.example", "no answer within 2 s", "--dns");
        _dns.NoQuery();
    }

    [Theory]
    [InlineData(DnsResponseCode.NameError, DnsError.NotFound, "does not exist")]
    [InlineData(DnsResponseCode.NoError, DnsError.NoAddress, "no IPv4 address")]
    public void What_a_server_knows_ends_the_question(DnsResponseCode code, DnsError error, string words)
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), code);
        _dns.Failed(error, "www.example", words, "10.0.0.1");
        _dns.NoQuery();
    }

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure, DnsError.ServerFailure)]
    [InlineData(DnsResponseCode.Refused, DnsError.Refused)]
    [InlineData(DnsResponseCode.NotImplemented, DnsError.Refused)]
    public void What_a_server_cannot_say_another_is_asked_at_once(DnsResponseCode code, DnsError error)
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example", "10.0.0.1"), code);
        _dns.Answer(_dns.Query("www.example", "10.0.0.2"), code);
        for (int i = 0; i < 3; i++) _dns.Answer(_dns.Query("www.example"), code);
        _dns.Query("www.example"); // the last stays silent: what the others said tells more
        _dns.Pass(2);
        _dns.Failed(error, code.ToString());
    }

    [Fact]
    public void A_server_that_cannot_read_the_query_need_not_repeat_it()
    {
        _dns.Ask("www.example");
        var query = _dns.Query("www.example", "10.0.0.1");
        _dns.Answer(query, DnsMessage.Response(query.Message, DnsResponseCode.FormatError, [], []) with { Question = null });
        _dns.Query("www.example", "10.0.0.2");
    }

    [Fact, Rfc("5452", "9.1")]
    public void An_answer_that_does_not_fit_the_question_in_everything_is_ignored()
    {
        _dns.Ask("www.example");
        var query = _dns.Query("www.example", "10.0.0.1");
        var good = DnsMessage.Response(query.Message, DnsResponseCode.NoError, [A("www.example", "6.6.6.6")], []);
        DnsHeader header = good.Header;
        _dns.Answer(query, good with { Header = header with { Id = (ushort)(header.Id + 1) } });
        _dns.Answer(query, good with { Header = header with { IsResponse = false } });
        _dns.Answer(query, good with { Header = header with { Opcode = 5 } });
        _dns.Answer(query, good with { Question = null });
        _dns.Answer(query, good with { Question = new(DnsName.Parse("www.examples"), DnsType.A) });
        _dns.Answer(query, good with { Question = new(DnsName.Parse("www.example"), DnsType.Aaaa) });
        _dns.Answer(query, good with { Question = new(DnsName.Parse("www.example"), DnsType.A, 3) });
        _dns.Answer((query.Datagram with { Server = new(query.Datagram.Server.Address, 54) }, query.Message), good);
        _dns.Answer((query.Datagram with { Server = new(IpAddress.Parse("10.0.0.2"), 53) }, query.Message), good);
        _dns.Answer((query.Datagram with { LocalPort = 9 }, query.Message), good); // nobody's port
        _dns.Resolver.Arrived(query.Datagram.LocalPort, query.Datagram.Server, [1, 2, 3], _dns.Now);
        Assert.Equal(10, _dns.Log.Count(l => l.StartsWith("ignored", StringComparison.Ordinal)));
        Assert.False(_dns.Resolver.TryTakeResult(out _));

        _dns.Answer(query, A("www.example", "10.9.9.9"));
        _dns.Found("10.9.9.9");
    }

    [Fact]
    public void Somebody_who_guesses_ids_must_start_again_with_another_port()
    {
        _dns.Ask("www.example");
        var query = _dns.Query("www.example", "10.0.0.1");
        var answer = DnsMessage.Response(query.Message, DnsResponseCode.NoError, [A("www.example", "6.6.6.6")], []);
        for (int i = 1; i <= Budgets.DnsForgeries; i++) _dns.Answer(query, answer with { Header = answer.Header with { Id = (ushort)(answer.Header.Id + i) } });
        Assert.Empty(_dns.OpenPorts);
        _dns.Answer(query, answer); // the right guess comes too late
        Assert.False(_dns.Resolver.TryTakeResult(out _));
        _dns.Pass(2);
        _dns.Answer(_dns.Query("www.example", "10.0.0.2"), A("www.example", "10.9.9.9"));
        _dns.Found("10.9.9.9");
    }

    [Fact]
    public void Records_of_other_names_in_an_answer_are_not_believed()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), A("bank.example", "6.6.6.6"), A("www.example", "10.9.9.9"));
        _dns.Found("10.9.9.9");
        _dns.Ask("bank.example");
        _dns.Query("bank.example"); // nothing was kept of it
    }

    [Fact]
    public void Aliases_are_followed_within_a_message_in_any_order()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), A("c.example", "10.9.9.9"), Cname("b.example", "c.example"), Cname("www.example", "b.example", 5));
        _dns.Found("10.9.9.9");
        _dns.Pass(5); // the alias's TTL
        _dns.Ask("www.example");
        _dns.Query("www.example");
    }

    [Fact]
    public void An_alias_without_an_address_is_asked_for()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), Cname("www.example", "cdn.test"));
        _dns.Answer(_dns.Query("cdn.test"), A("cdn.test", "10.9.9.9"));
        _dns.Found("10.9.9.9");
    }

    [Fact]
    public void An_alias_whose_target_does_not_exist_or_has_no_address_says_so()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), DnsResponseCode.NameError, Cname("www.example", "gone.test"));
        _dns.Failed(DnsError.NotFound);
        _dns.Ask("www.example");
        var query = _dns.Query("www.example");
        var soa = DnsRecord.Soa(DnsName.Parse("test"), 60, DnsName.Parse("ns.test"), 60);
        _dns.Answer(query, DnsMessage.Response(query.Message, DnsResponseCode.NoError, [Cname("www.example", "six.test")], [soa]));
        _dns.Failed(DnsError.NoAddress);
    }

    [Fact]
    public void Aliases_in_a_circle_end_within_a_message_and_across_messages()
    {
        _dns.Ask("www.example");
        _dns.Answer(_dns.Query("www.example"), Cname("www.example", "b.example"), Cname("b.example", "www.example"));
        _dns.Failed(DnsError.TooManyAliases, "aliases");

        _dns.Ask("0.example");
        for (int i = 0; i <= Budgets.DnsAliases; i++) _dns.Answer(_dns.Query($"{i}.example"), Cname($"{i}.example", $"{i + 1}.example"));
        _dns.Failed(DnsError.TooManyAliases);
        _dns.NoQuery();
    }

    // resolver                              10.0.0.1
    // query over UDP             -->
    //                            <--        TC
    // the same over TCP          -->
    //                            <--        length, answer (in pieces)
    [Fact, Rfc("1035", "4.2.2"), Rfc("2181", "9")]
    public void A_truncated_answer_is_fetched_over_tcp()
    {
        _dns.Ask("big.example");
        var query = _dns.Query("big.example", "10.0.0.1");
        _dns.Answer(query, DnsMessage.Response(query.Message, DnsResponseCode.NoError, [], []) with { Header = query.Message.Header with { IsResponse = true, Truncated = true } });
        Assert.True(_dns.Resolver.TryTakeExchange(out DnsExchange exchange));
        Assert.Equal(query.Datagram.Server, exchange.Server);
        Assert.Equal(exchange.Query.Length - 2, exchange.Query.Span[0] << 8 | exchange.Query.Span[1]);
        Assert.Equal(ParseError.None, DnsMessage.TryParse(exchange.Query.Span[2..], out DnsMessage? asked));
        _dns.Pass(3); // a TCP exchange has longer than a datagram
        _dns.NoQuery();

        DnsRecord[] records = [.. Enumerable.Range(1, 50).Select(i => A("big.example", $"10.9.9.{i}"))];
        byte[] bytes = new byte[4096];
        int length = DnsMessage.Response(asked!, DnsResponseCode.NoError, records, []).Write(bytes.AsSpan(2));
        (bytes[0], bytes[1]) = ((byte)(length >> 8), (byte)length);
        for (int i = 0; i < length + 2; i++)
        {
            Assert.False(_dns.Resolver.TryTakeFinishedExchange(out _));
            _dns.Resolver.ExchangeReceived(exchange.Id, bytes.AsSpan(i, 1), _dns.Now);
        }
        Assert.True(_dns.Resolver.TryTakeFinishedExchange(out int finished));
        Assert.Equal(exchange.Id, finished);
        _dns.Found([.. records.Select(r => r.Address.ToString())]);
    }

    [Fact]
    public void When_tcp_fails_the_next_server_is_asked_and_at_last_it_is_said()
    {
        _dns.Ask("big.example");
        for (int i = 0; i < 6; i++)
        {
            var query = _dns.Query("big.example");
            _dns.Answer(query, DnsMessage.Response(query.Message, DnsResponseCode.NoError, [], []) with { Header = query.Message.Header with { IsResponse = true, Truncated = true } });
            Assert.True(_dns.Resolver.TryTakeExchange(out DnsExchange exchange));
            if (i == 0) _dns.Pass(5);
            else _dns.Resolver.ExchangeFailed(exchange.Id, "the connection was refused", _dns.Now);
            Assert.True(_dns.Resolver.TryTakeFinishedExchange(out int finished));
            Assert.Equal(exchange.Id, finished);
        }
        _dns.Failed(DnsError.TcpFailed, "refused", "TCP port 53");
    }

    [Fact]
    public void While_tcp_is_under_way_a_refusal_of_another_server_changes_nothing()
    {
        _dns.Ask("big.example");
        var first = _dns.Query("big.example", "10.0.0.1");
        _dns.Pass(2);
        var second = _dns.Query("big.example", "10.0.0.2");
        _dns.Answer(first, DnsMessage.Response(first.Message, DnsResponseCode.NoError, [], []) with { Header = first.Message.Header with { IsResponse = true, Truncated = true } });
        Assert.True(_dns.Resolver.TryTakeExchange(out DnsExchange exchange));
        _dns.Answer(second, DnsResponseCode.ServerFailure);
        _dns.Resolver.Undeliverable(first.Datagram.LocalPort, first.Datagram.Server, "port unreachable", _dns.Now);
        _dns.NoQuery();
        _dns.Resolver.ExchangeFailed(exchange.Id, "it was closed", _dns.Now);
        _dns.Query("big.example");
    }

    [Fact]
    public void An_icmp_error_makes_way_for_the_next_server_at_once()
    {
        _dns.Ask("www.example");
        for (int i = 0; i < 6; i++)
        {
            var query = _dns.Query("www.example");
            _dns.Resolver.Undeliverable(query.Datagram.LocalPort, query.Datagram.Server, "port unreachable", _dns.Now);
        }
        _dns.Failed(DnsError.Unreachable, "port unreachable");
    }

    // resolv.conf: search corp.example
    // host.corp.example A?  --> NXDOMAIN
    // host A?               --> A
    [Fact]
    public void The_search_list_is_gone_through_until_a_name_is_found()
    {
        DnsDialogue dns = new("nameserver 10.0.0.1\nsearch corp.example lab.example");
        dns.Ask("host");
        dns.Answer(dns.Query("host.corp.example"), DnsResponseCode.NameError);
        dns.Answer(dns.Query("host.lab.example"), A("host.lab.example", "10.9.9.9"));
        dns.Found("10.9.9.9");
    }

    [Fact]
    public void When_no_name_of_the_search_list_is_found_the_name_as_typed_is_reported()
    {
        DnsDialogue dns = new("nameserver 10.0.0.1\nsearch corp.example");
        dns.Ask("www.host");
        dns.Answer(dns.Query("www.host"), DnsResponseCode.NameError);
        dns.Answer(dns.Query("www.host.corp.example"), DnsResponseCode.NameError);
        dns.Failed(DnsError.NotFound, "'www.host'");
    }

    [Fact]
    public void Names_below_a_search_list_that_time_out_are_not_tried_further()
    {
        DnsDialogue dns = new("nameserver 10.0.0.1\nsearch corp.example\noptions attempts:1");
        dns.Ask("host");
        dns.Query("host.corp.example");
        dns.Pass(2);
        dns.Failed(DnsError.TimedOut);
        dns.NoQuery();
    }

    [Fact]
    public void A_cancelled_question_leaves_nothing_behind()
    {
        int ticket = _dns.Ask("big.example");
        var query = _dns.Query("big.example");
        _dns.Answer(query, DnsMessage.Response(query.Message, DnsResponseCode.NoError, [], []) with { Header = query.Message.Header with { IsResponse = true, Truncated = true } });
        Assert.True(_dns.Resolver.TryTakeExchange(out DnsExchange exchange));
        _dns.Resolver.Cancel(ticket);
        Assert.True(_dns.Resolver.TryTakeFinishedExchange(out int finished));
        Assert.Equal(exchange.Id, finished);
        Assert.Empty(_dns.OpenPorts);
        Assert.Equal(Instant.Never, _dns.Resolver.NextDeadline);
        _dns.Answer(query, A("big.example", "10.9.9.9"));
        _dns.Resolver.ExchangeReceived(exchange.Id, [0, 1, 2], _dns.Now);
        _dns.Resolver.ExchangeFailed(exchange.Id, "closed", _dns.Now);
        Assert.False(_dns.Resolver.TryTakeResult(out _));
    }

    [Fact]
    public void Too_many_questions_at_once_are_refused()
    {
        for (int i = 0; i < Budgets.DnsQuestions; i++) _dns.Ask($"a{i}.example");
        _dns.Ask("one-more.example");
        Assert.True(_dns.Resolver.TryTakeResult(out DnsResult result));
        Assert.Equal(DnsError.TooManyQuestions, result.Error);
    }

    [Fact]
    public void The_cache_is_bounded_and_loses_what_ends_first()
    {
        DnsCache cache = new();
        IReadOnlyList<IpAddress> addresses = [IpAddress.Parse("10.9.9.9")];
        for (int i = 0; i <= Budgets.DnsCacheEntries; i++) cache.Add(DnsName.Parse($"a{i}.example"), addresses, (uint)(100 + i), Instant.Zero);
        Assert.False(cache.TryGet(DnsName.Parse("a0.example"), Instant.Zero, out _));
        Assert.True(cache.TryGet(DnsName.Parse("a1.example"), Instant.Zero, out _));
        cache.Add(DnsName.Parse("long.example"), addresses, uint.MaxValue, Instant.Zero);
        Assert.False(cache.TryGet(DnsName.Parse("long.example"), Instant.Zero + TimeSpan.FromDays(1), out _));
    }

    [Fact]
    public void Random_messages_to_an_open_port_never_throw()
    {
        UserTcp.Tests.Wire.Generator random = new(12);
        _dns.Ask("www.example");
        var query = _dns.Query("www.example");
        byte[] bytes = new byte[4096];
        for (int i = 0; i < 20_000; i++)
        {
            int length = (random.DnsMessage() with { Question = query.Message.Question }).Write(bytes);
            bytes[0] = query.Datagram.Payload.Span[0];
            bytes[1] = query.Datagram.Payload.Span[1];
            for (int j = random.Next(4); j > 0; j--) bytes[2 + random.Next(length - 2)] = random.NextByte();
            _dns.Resolver.Arrived(query.Datagram.LocalPort, query.Datagram.Server, bytes.AsSpan(0, length), _dns.Now);
            while (_dns.Resolver.TryTakeExchange(out DnsExchange exchange)) _dns.Resolver.ExchangeReceived(exchange.Id, bytes.AsSpan(0, length), _dns.Now);
            if (_dns.Resolver.TryTakeResult(out _)) _dns.Ask($"www{i}.example");
            if (_dns.Resolver.TryTransmit(out DnsDatagram next) && DnsMessage.TryParse(next.Payload.Span, out DnsMessage? message) == ParseError.None) query = (next, message!);
            if (random.Next(50) == 0) _dns.Pass(1);
        }
    }

    [Theory]
    [InlineData(DnsError.NotFound, SocketError.HostNotFound)]
    [InlineData(DnsError.NoAddress, SocketError.NoData)]
    [InlineData(DnsError.TimedOut, SocketError.TryAgain)]
    [InlineData(DnsError.Refused, SocketError.NoRecovery)]
    public void Errors_are_those_that_dotnet_gives(DnsError error, SocketError expected) => Assert.Equal(expected, DnsErrorTable.ToSocketError(error));
}
