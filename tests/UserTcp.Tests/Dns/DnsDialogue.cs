using UserTcp.Dns;
using UserTcp.Tests.Wire;
using UserTcp.Wire;

namespace UserTcp.Tests.Dns;

/// <summary>A resolver in virtual time, and servers that answer what the test says.</summary>
internal sealed class DnsDialogue : IDnsPorts, IDnsEventSink
{
    private readonly Generator _random = new(11);
    private ushort _lastPort = 4000;

    public DnsDialogue(string resolvConf = "nameserver 10.0.0.1\nnameserver 10.0.0.2")
        => Resolver = new(ResolverConfiguration.Parse(resolvConf), _random.NextUInt32, this, this);

    public DnsResolver Resolver { get; }

    public Instant Now { get; set; } = new(TimeSpan.TicksPerHour);

    public HashSet<ushort> OpenPorts { get; } = [];

    public List<string> Log { get; } = [];

    public ushort Bind()
    {
        OpenPorts.Add(++_lastPort);
        return _lastPort;
    }

    public void Release(ushort port) => Assert.True(OpenPorts.Remove(port), $"port {port} was given back twice");

    public int Ask(string name) => Resolver.Resolve(name, Now);

    /// <summary>The next query, checked; fails when there is none.</summary>
    public (DnsDatagram Datagram, DnsMessage Message) Query(string expectedName, string? expectedServer = null)
    {
        Assert.True(Resolver.TryTransmit(out DnsDatagram datagram), $"no query was sent; events: {string.Join("; ", Log)}");
        Assert.Equal(ParseError.None, DnsMessage.TryParse(datagram.Payload.Span, out DnsMessage? message));
        Assert.Equal(new DnsQuestion(DnsName.Parse(expectedName), DnsType.A), message!.Question);
        Assert.True(message.Header is { RecursionDesired: true, IsResponse: false, Opcode: 0 });
        if (expectedServer is not null) Assert.Equal($"{expectedServer}:53", datagram.Server.ToString());
        Assert.Contains(datagram.LocalPort, OpenPorts);
        return (datagram, message);
    }

    public void NoQuery() => Assert.False(Resolver.TryTransmit(out _));

    public void Answer((DnsDatagram Datagram, DnsMessage Message) query, DnsMessage message)
    {
        byte[] bytes = new byte[4096];
        Resolver.Arrived(query.Datagram.LocalPort, query.Datagram.Server, bytes.AsSpan(0, message.Write(bytes)), Now);
    }

    public void Answer((DnsDatagram Datagram, DnsMessage Message) query, DnsResponseCode code, params DnsRecord[] answers)
        => Answer(query, DnsMessage.Response(query.Message, code, answers, []));

    public void Answer((DnsDatagram Datagram, DnsMessage Message) query, params DnsRecord[] answers) => Answer(query, DnsResponseCode.NoError, answers);

    public void Pass(double seconds)
    {
        Instant end = Now + TimeSpan.FromSeconds(seconds);
        while (Resolver.NextDeadline <= end)
        {
            Now = Instant.Max(Now, Resolver.NextDeadline);
            Resolver.Advance(Now);
            Assert.True(Resolver.NextDeadline > Now, "a deadline in the past after everything was done");
        }
        Now = end;
    }

    public DnsResult Result()
    {
        Assert.True(Resolver.TryTakeResult(out DnsResult result), $"no result; events: {string.Join("; ", Log)}");
        Assert.False(Resolver.TryTakeResult(out _));
        Assert.Empty(OpenPorts); // whatever the end: nothing stays open
        Assert.Equal(Instant.Never, Resolver.NextDeadline);
        Assert.Equal(result.Error == DnsError.None, result.Message.Length == 0);
        return result;
    }

    public void Found(params string[] addresses)
    {
        DnsResult result = Result();
        Assert.True(result.Error == DnsError.None, result.Message);
        Assert.Equal(addresses, result.Addresses.Select(a => a.ToString()));
    }

    public void Failed(DnsError error, params string[] words)
    {
        DnsResult result = Result();
        Assert.Equal(error, result.Error);
        Assert.Empty(result.Addresses);
        Assert.All(words, w => Assert.Contains(w, result.Message, StringComparison.Ordinal));
    }

    public static DnsRecord A(string name, string address, uint timeToLive = 60) => DnsRecord.A(DnsName.Parse(name), timeToLive, IpAddress.Parse(address));

    public static DnsRecord Cname(string name, string target, uint timeToLive = 60) => DnsRecord.Cname(DnsName.Parse(name), timeToLive, DnsName.Parse(target));

    public void QuerySent(in DnsQuerySentEvent e) => Log.Add($"query {e.Try} for {e.Name} to {e.Server}{(e.OverTcp ? " over TCP" : "")}");

    public void AnswerReceived(in DnsAnswerReceivedEvent e) => Log.Add($"answer {e.Code} from {e.Server}: {e.Records} records{(e.Truncated ? ", truncated" : "")}");

    public void AnswerIgnored(in DnsAnswerIgnoredEvent e) => Log.Add($"ignored: {e.Reason}");

    public void TryFailed(in DnsTryFailedEvent e) => Log.Add($"try failed at {e.Server}: {e.Reason}");

    public void LookupFailed(in DnsFailedEvent e) => Log.Add($"failed: {e.Error}");
}
