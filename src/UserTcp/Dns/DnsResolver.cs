using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Lends the resolver UDP ports: a random one for each query (RFC 5452 9.2).</summary>
internal interface IDnsPorts
{
    /// <summary>Takes a random free port, or 0 when there is none.</summary>
    ushort Bind();

    /// <summary>Gives a port back.</summary>
    void Release(ushort port);
}

/// <summary>A query to send as the payload of a UDP datagram.</summary>
internal readonly record struct DnsDatagram(ushort LocalPort, IpEndpoint Server, ReadOnlyMemory<byte> Payload);

/// <summary>A query to send over a TCP connection of its own.</summary>
/// <param name="Id">What the resolver knows the exchange by.</param>
/// <param name="Server">Where to connect to.</param>
/// <param name="Query">All bytes to send, length prefix included (RFC 1035 4.2.2).</param>
internal readonly record struct DnsExchange(int Id, IpEndpoint Server, ReadOnlyMemory<byte> Query);

/// <summary>The end of a question.</summary>
/// <param name="Ticket">What <see cref="DnsResolver.Resolve"/> gave for it.</param>
/// <param name="Name">The name as it was given.</param>
/// <param name="Addresses">Its addresses, in the server's order; empty on failure.</param>
/// <param name="Error">Why there are none.</param>
/// <param name="Message">The error in a sentence: what was seen and what to try. Empty on success.</param>
internal readonly record struct DnsResult(int Ticket, string Name, IReadOnlyList<IpAddress> Addresses, DnsError Error, string Message);

/// <summary>Finds the IPv4 addresses of names by asking servers (RFC 1034 5.3, RFC 1035, RFC 5452), without doing any I/O.</summary>
/// <remarks>
/// <para>Pull style: after each call that brought something in, take what has come out: <see cref="TryTransmit"/> (datagrams to send),
/// <see cref="TryTakeExchange"/> (connections to open), <see cref="TryTakeFinishedExchange"/> (connections to close) and <see cref="TryTakeResult"/>.</para>
/// <para>Every try has its own random id and port, so that an attacker who cannot see the query has 2^32 possibilities to guess through.</para>
/// </remarks>
internal sealed class DnsResolver(ResolverConfiguration configuration, Func<uint> random, IDnsPorts ports, IDnsEventSink? events)
{
    /// <summary>For connecting and answering; a server that can do TCP does it within a few round trips.</summary>
    private static readonly TimeSpan ExchangeTimeout = TimeSpan.FromSeconds(5);

    private static readonly DnsName Localhost = DnsName.Parse("localhost");
    private static readonly IpAddress Loopback = IpAddress.FromV4(0x7f00_0001);

    private readonly DnsCache _cache = new();
    private readonly Dictionary<int, DnsLookup> _lookups = [];
    private readonly Dictionary<ushort, DnsLookup.Sent> _byPort = [];
    private readonly Dictionary<int, Exchange> _exchanges = [];
    private readonly Queue<DnsDatagram> _toSend = new();
    private readonly Queue<DnsExchange> _toExchange = new();
    private readonly Queue<int> _finishedExchanges = new();
    private readonly Queue<DnsResult> _results = new();
    private int _lastTicket, _lastExchange;

    private sealed class Exchange(DnsLookup.Sent sent)
    {
        internal DnsLookup.Sent Sent { get; } = sent;
        internal List<byte> Received { get; } = [];
    }

    /// <summary>When <see cref="Advance"/> wants to be called.</summary>
    internal Instant NextDeadline => _lookups.Count == 0 ? Instant.Never : _lookups.Values.Min(l => l.Deadline);

    /// <summary>Starts to look a name up. Addresses, "localhost" and what is in the cache are answered at once.</summary>
    /// <param name="name">A name, with a dot at the end when the search list is not wanted, or an address.</param>
    /// <param name="now">The time.</param>
    /// <returns>The ticket that the result will carry.</returns>
    internal int Resolve(string name, Instant now)
    {
        int ticket = ++_lastTicket;
        if (IpAddress.TryParse(name, out IpAddress literal))
        {
            Succeed(ticket, name, [literal]);
        }
        else if (!SearchList.TryExpand(name, configuration, out List<DnsName> candidates, out string problem))
        {
            Fail(ticket, name, DnsError.InvalidName, $"Not a host name: {problem}.", now);
        }
        else if (candidates.Exists(c => c.IsWithin(Localhost)))
        {
            Succeed(ticket, name, [Loopback]); // RFC 6761 6.3 (3): never asked for
        }
        else if (configuration.Servers.Count == 0)
        {
            Fail(ticket, name, DnsError.NoServers,
                $"Cannot look up '{name}': no DNS server with an IPv4 address is known. Name one with --dns or in /etc/resolv.conf.", now);
        }
        else if (_lookups.Count >= Budgets.DnsQuestions)
        {
            Fail(ticket, name, DnsError.TooManyQuestions, $"Cannot look up '{name}': {Budgets.DnsQuestions} names are being looked up already. Wait for one of them.", now);
        }
        else
        {
            DnsLookup lookup = new(ticket, name, candidates);
            _lookups.Add(ticket, lookup);
            AskCacheOrServer(lookup, now);
        }
        return ticket;
    }

    /// <summary>Forgets a question; no result will come.</summary>
    internal void Cancel(int ticket)
    {
        if (_lookups.TryGetValue(ticket, out DnsLookup? lookup)) End(lookup);
    }

    /// <summary>Gives the next datagram to send.</summary>
    internal bool TryTransmit(out DnsDatagram datagram) => _toSend.TryDequeue(out datagram);

    /// <summary>Gives the next exchange to make over TCP. Report to <see cref="ExchangeReceived"/> or <see cref="ExchangeFailed"/>.</summary>
    internal bool TryTakeExchange(out DnsExchange exchange) => _toExchange.TryDequeue(out exchange);

    /// <summary>Gives the next exchange whose connection is no longer needed: it has its answer, has failed, took too long or nobody waits for it.</summary>
    internal bool TryTakeFinishedExchange(out int id) => _finishedExchanges.TryDequeue(out id);

    /// <summary>Gives the next result.</summary>
    internal bool TryTakeResult(out DnsResult result) => _results.TryDequeue(out result);

    /// <summary>Takes a datagram that came to one of the ports that <see cref="IDnsPorts"/> lent.</summary>
    internal void Arrived(ushort localPort, IpEndpoint from, ReadOnlySpan<byte> payload, Instant now)
    {
        if (!_byPort.TryGetValue(localPort, out DnsLookup.Sent? sent)) return;
        if (from != sent.Server)
        {
            Ignore(sent, from, $"it comes from {from}, asked was {sent.Server}", now);
        }
        else if (DnsMessage.TryParse(payload, out DnsMessage? message) is var error && message is null)
        {
            Ignore(sent, from, $"it is no DNS message ({error})", now);
        }
        else if (DnsAnswer.Mismatch(message, sent.Id, sent.Question) is string mismatch)
        {
            Ignore(sent, from, mismatch, now);
        }
        else
        {
            Note(sent, message, now);
            if (message.Header.Truncated) StartExchange(sent, now);
            else Take(sent, message, now);
        }
    }

    /// <summary>Takes an ICMP error for a query, or "no route".</summary>
    internal void Undeliverable(ushort localPort, IpEndpoint server, string reason, Instant now)
    {
        if (!_byPort.TryGetValue(localPort, out DnsLookup.Sent? sent) || sent.Server != server) return;
        Close(sent);
        sent.Lookup.Note(DnsError.Unreachable, $"{server}: {reason}");
        if (sent.Lookup.IsWaitingFor(sent)) Retry(sent.Lookup, sent.Server, reason, now);
    }

    /// <summary>Takes bytes from the connection of an exchange, in pieces of any size.</summary>
    internal void ExchangeReceived(int id, ReadOnlySpan<byte> bytes, Instant now)
    {
        if (!_exchanges.TryGetValue(id, out Exchange? exchange)) return;
        exchange.Received.AddRange(bytes);
        ReadOnlySpan<byte> received = CollectionsMarshal.AsSpan(exchange.Received);
        if (received.Length < 2) return;
        int length = BinaryPrimitives.ReadUInt16BigEndian(received); // RFC 1035 4.2.2
        if (received.Length - 2 < length) return;
        ParseError error = DnsMessage.TryParse(received.Slice(2, length), out DnsMessage? message);
        string? problem = message is null ? $"the answer is no DNS message ({error})"
            : message.Header.Truncated ? "it is cut short as well"
            : DnsAnswer.Mismatch(message, exchange.Sent.Id, exchange.Sent.Question);
        if (problem is not null)
        {
            ExchangeFailed(id, problem, now);
            return;
        }
        exchange.Sent.Lookup.Current = exchange.Sent; // what it says decides how the lookup goes on
        EndExchange(exchange.Sent.Lookup);
        Note(exchange.Sent, message!, now);
        Take(exchange.Sent, message!, now);
    }

    /// <summary>Takes the news that an exchange failed: the connection was refused, reset, or closed before the answer was complete.</summary>
    internal void ExchangeFailed(int id, string reason, Instant now)
    {
        if (!_exchanges.TryGetValue(id, out Exchange? exchange)) return;
        DnsLookup lookup = exchange.Sent.Lookup;
        EndExchange(lookup);
        string what = $"its answer does not fit into a datagram, and over TCP {reason}";
        lookup.Note(DnsError.TcpFailed, $"{exchange.Sent.Server}: {what}");
        Retry(lookup, exchange.Sent.Server, what, now);
    }

    /// <summary>Lets time pass: a server that did not answer in time makes way for the next.</summary>
    internal void Advance(Instant now)
    {
        while (FirstLate(now) is DnsLookup late)
        {
            if (late.Exchange != 0)
            {
                ExchangeFailed(late.Exchange, $"it did not answer within {ExchangeTimeout.TotalSeconds} s", now);
                continue;
            }
            IpEndpoint server = Server(late.Tries - 1);
            string reason = $"no answer within {configuration.Timeout.TotalSeconds} s";
            late.Note(DnsError.TimedOut, $"{server}: {reason}");
            Retry(late, server, reason, now);
        }
    }

    private DnsLookup? FirstLate(Instant now)
    {
        foreach (DnsLookup lookup in _lookups.Values)
        {
            if (lookup.Deadline <= now) return lookup;
        }
        return null;
    }

    private IpEndpoint Server(int attempt) => configuration.Servers[attempt % configuration.Servers.Count];

    private void AskCacheOrServer(DnsLookup lookup, Instant now)
    {
        if (_cache.TryGet(lookup.Asked, now, out IReadOnlyList<IpAddress> addresses))
        {
            End(lookup);
            Succeed(lookup.Ticket, lookup.Typed, addresses);
            return;
        }
        Ask(lookup, now);
    }

    /// <summary>Sends the next query of a lookup.</summary>
    private void Ask(DnsLookup lookup, Instant now)
    {
        DnsQuestion question = new(lookup.Asked, DnsType.A);
        IpEndpoint server = Server(lookup.Tries++);
        lookup.Deadline = now + configuration.Timeout;
        ushort port = ports.Bind();
        if (port == 0)
        {
            // The query cannot go out: silence until the deadline, then another try.
            lookup.Note(DnsError.Unreachable, "no local UDP port is free");
            return;
        }
        DnsLookup.Sent sent = new(lookup, question, server, (ushort)random(), port, now);
        lookup.Outstanding.Add(sent);
        lookup.Current = sent;
        _byPort.Add(port, sent);
        byte[] payload = new byte[DnsMessage.MaximumUdp];
        int length = DnsMessage.Query(sent.Id, question).Write(payload);
        _toSend.Enqueue(new(port, server, payload.AsMemory(0, length)));
        events?.QuerySent(new(now, lookup.Asked.ToString(), server, sent.Id, lookup.Tries, OverTcp: false));
    }

    /// <summary>Tries the next server, the first again after the last; after the last attempt the lookup has failed.</summary>
    private void Retry(DnsLookup lookup, IpEndpoint server, string reason, Instant now)
    {
        events?.TryFailed(new(now, lookup.Asked.ToString(), server, reason));
        if (lookup.Tries < configuration.Attempts * configuration.Servers.Count)
        {
            Ask(lookup, now);
            return;
        }
        (DnsError error, string trouble) = lookup.Trouble;
        // A name that no server could say anything of: with another suffix it will not go better, except after SERVFAIL, as in the C library.
        if (error == DnsError.ServerFailure) NextCandidateOrFail(lookup, error, trouble, now);
        else Fail(lookup, error, lookup.Asked, trouble, now);
    }

    /// <summary>Uses a message that fits its query.</summary>
    private void Take(DnsLookup.Sent sent, DnsMessage message, Instant now)
    {
        DnsLookup lookup = sent.Lookup;
        DnsAnswer answer = DnsAnswer.Read(message, lookup.Asked);
        switch (answer.Error)
        {
            case DnsError.None when answer.Alias is DnsName alias:
                CloseAll(lookup);
                lookup.Follow(alias, answer.AliasesFollowed, answer.TimeToLive);
                if (lookup.Aliases > Budgets.DnsAliases) Fail(lookup, DnsError.TooManyAliases, lookup.Name, $"more than {Budgets.DnsAliases} aliases, the last '{alias}'", now);
                else AskCacheOrServer(lookup, now);
                break;
            case DnsError.None:
                _cache.Add(lookup.Name, answer.Addresses, Math.Min(lookup.TimeToLive, answer.TimeToLive), now);
                End(lookup);
                Succeed(lookup.Ticket, lookup.Typed, answer.Addresses);
                break;
            case DnsError.ServerFailure or DnsError.Refused:
                string reason = $"the server answered {message.Header.ResponseCode}";
                Close(sent);
                lookup.Note(answer.Error, $"{sent.Server}: {reason}");
                if (lookup.IsWaitingFor(sent)) Retry(lookup, sent.Server, reason, now);
                break;
            case DnsError.NotFound or DnsError.NoAddress:
                NextCandidateOrFail(lookup, answer.Error, $"says {sent.Server}", now);
                break;
            default:
                Fail(lookup, answer.Error, lookup.Name, $"more than {Budgets.DnsAliases} aliases in the answer of {sent.Server}", now);
                break;
        }
    }

    private void NextCandidateOrFail(DnsLookup lookup, DnsError error, string reason, Instant now)
    {
        CloseAll(lookup);
        if (lookup.NextCandidate(error, reason)) AskCacheOrServer(lookup, now);
        else Fail(lookup, lookup.Verdict!.Value.Error, lookup.Verdict.Value.Name, lookup.Verdict.Value.Reason, now);
    }

    private void StartExchange(DnsLookup.Sent sent, Instant now)
    {
        DnsLookup lookup = sent.Lookup;
        if (lookup.Exchange != 0) return; // another server's answer was truncated first
        lookup.Exchange = ++_lastExchange;
        lookup.Deadline = now + ExchangeTimeout;
        _exchanges.Add(lookup.Exchange, new(sent));
        byte[] query = new byte[2 + DnsMessage.MaximumUdp];
        int length = DnsMessage.Query(sent.Id, sent.Question).Write(query.AsSpan(2));
        BinaryPrimitives.WriteUInt16BigEndian(query, (ushort)length);
        _toExchange.Enqueue(new(lookup.Exchange, sent.Server, query.AsMemory(0, 2 + length)));
        events?.QuerySent(new(now, lookup.Asked.ToString(), sent.Server, sent.Id, lookup.Tries, OverTcp: true));
    }

    private void EndExchange(DnsLookup lookup)
    {
        if (lookup.Exchange == 0) return;
        _exchanges.Remove(lookup.Exchange);
        _finishedExchanges.Enqueue(lookup.Exchange);
        lookup.Exchange = 0;
    }

    private void Ignore(DnsLookup.Sent sent, IpEndpoint from, string reason, Instant now)
    {
        events?.AnswerIgnored(new(now, from, reason));
        if (++sent.Forgeries < Budgets.DnsForgeries) return;
        Close(sent); // RFC 5452 9.3: somebody guesses; what they have guessed so far is worth nothing with the next id and port
        sent.Lookup.Note(DnsError.Unreachable, $"{sent.Forgeries} messages arrived that do not answer the query: somebody forges answers");
    }

    private void Note(DnsLookup.Sent sent, DnsMessage message, Instant now)
        => events?.AnswerReceived(new(
            now, sent.Question.Name.ToString(), sent.Server, message.Header.ResponseCode, message.Answers.Count,
            [.. message.Answers.Where(record => record.Type == DnsType.A).Select(record => record.Address)], message.Header.Truncated, now - sent.At));

    private void Close(DnsLookup.Sent sent)
    {
        if (!_byPort.Remove(sent.Port)) return;
        sent.Lookup.Outstanding.Remove(sent);
        ports.Release(sent.Port);
    }

    private void CloseAll(DnsLookup lookup)
    {
        EndExchange(lookup);
        while (lookup.Outstanding.Count > 0) Close(lookup.Outstanding[^1]);
    }

    private void End(DnsLookup lookup)
    {
        CloseAll(lookup);
        _lookups.Remove(lookup.Ticket);
    }

    private void Succeed(int ticket, string name, IReadOnlyList<IpAddress> addresses) => _results.Enqueue(new(ticket, name, addresses, DnsError.None, ""));

    private void Fail(DnsLookup lookup, DnsError error, DnsName name, string reason, Instant now)
    {
        End(lookup);
        Fail(lookup.Ticket, lookup.Typed, error, DnsErrorTable.Sentence(error, name, reason), now);
    }

    private void Fail(int ticket, string name, DnsError error, string message, Instant now)
    {
        _results.Enqueue(new(ticket, name, [], error, message));
        events?.LookupFailed(new(now, name, error, message));
    }
}
