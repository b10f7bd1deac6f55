using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Hears what the resolver does. Called with the stack's lock held: do not block and do not call back into the stack.</summary>
public interface IDnsEventSink
{
    /// <summary>A query left, for the first time or again.</summary>
    void QuerySent(in DnsQuerySentEvent e);

    /// <summary>A server answered and was believed.</summary>
    void AnswerReceived(in DnsAnswerReceivedEvent e);

    /// <summary>Something arrived that is no answer to our question.</summary>
    void AnswerIgnored(in DnsAnswerIgnoredEvent e);

    /// <summary>A server did not help; the next try follows, if there is one.</summary>
    void TryFailed(in DnsTryFailedEvent e);

    /// <summary>A question has no answer.</summary>
    void LookupFailed(in DnsFailedEvent e);
}

/// <summary>A query left.</summary>
/// <param name="At">When.</param>
/// <param name="Name">The name that is asked for.</param>
/// <param name="Server">Who is asked.</param>
/// <param name="Id">The message's identifier.</param>
/// <param name="Try">The first is 1; more are repetitions.</param>
/// <param name="OverTcp">Whether it goes over TCP because the answer did not fit into a datagram.</param>
public readonly record struct DnsQuerySentEvent(Instant At, string Name, IpEndpoint Server, ushort Id, int Try, bool OverTcp);

/// <summary>A server answered and was believed.</summary>
/// <param name="At">When.</param>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Server">Who answered.</param>
/// <param name="Code">How.</param>
/// <param name="Records">The records in the answer.</param>
/// <param name="Addresses">The addresses among them, as the server says, before anybody has followed the aliases.</param>
/// <param name="Truncated">Whether the rest must be fetched over TCP.</param>
/// <param name="RoundTrip">The time since the query.</param>
public readonly record struct DnsAnswerReceivedEvent(
    Instant At, string Name, IpEndpoint Server, DnsResponseCode Code, int Records, IReadOnlyList<IpAddress> Addresses, bool Truncated, TimeSpan RoundTrip);

/// <summary>Something arrived that is no answer to our question.</summary>
/// <param name="At">When.</param>
/// <param name="From">The sender.</param>
/// <param name="Reason">What does not fit.</param>
public readonly record struct DnsAnswerIgnoredEvent(Instant At, IpEndpoint From, string Reason);

/// <summary>A server did not help.</summary>
/// <param name="At">When.</param>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Server">Who was asked.</param>
/// <param name="Reason">What happened.</param>
public readonly record struct DnsTryFailedEvent(Instant At, string Name, IpEndpoint Server, string Reason);

/// <summary>A question has no answer.</summary>
/// <param name="At">When.</param>
/// <param name="Name">The name as it was given.</param>
/// <param name="Error">Why.</param>
/// <param name="Message">Why, in a sentence.</param>
public readonly record struct DnsFailedEvent(Instant At, string Name, DnsError Error, string Message);
