using System.Net.Sockets;
using UserTcp.Wire;

namespace UserTcp.Dns;

/// <summary>Why a name has no address.</summary>
public enum DnsError
{
    /// <summary>It has one.</summary>
    None = 0,

    /// <summary>The text is not a name that can be asked for.</summary>
    InvalidName,

    /// <summary>No server to ask is known.</summary>
    NoServers,

    /// <summary>NXDOMAIN: the name does not exist.</summary>
    NotFound,

    /// <summary>NODATA: the name exists, but has no IPv4 address.</summary>
    NoAddress,

    /// <summary>SERVFAIL: the servers could not get an answer.</summary>
    ServerFailure,

    /// <summary>REFUSED, NOTIMP or FORMERR: the servers do not want to answer.</summary>
    Refused,

    /// <summary>No server answered.</summary>
    TimedOut,

    /// <summary>ICMP or the route table says that the servers cannot be reached.</summary>
    Unreachable,

    /// <summary>The answer is too large for UDP, and TCP did not work.</summary>
    TcpFailed,

    /// <summary>An alias of an alias of … without end.</summary>
    TooManyAliases,

    /// <summary>Too many questions are being asked at the same time.</summary>
    TooManyQuestions,
}

/// <summary>The one table from our errors to what the caller is told.</summary>
internal static class DnsErrorTable
{
    /// <summary>The error code that <see cref="System.Net.Dns"/> gives in this case.</summary>
    internal static SocketError ToSocketError(DnsError error) => error switch
    {
        DnsError.None => SocketError.Success,
        DnsError.InvalidName or DnsError.NotFound => SocketError.HostNotFound,
        DnsError.NoAddress => SocketError.NoData,
        DnsError.ServerFailure or DnsError.TimedOut or DnsError.Unreachable or DnsError.TcpFailed or DnsError.TooManyQuestions => SocketError.TryAgain,
        _ => SocketError.NoRecovery,
    };

    /// <summary>What was seen and what to try.</summary>
    /// <param name="error">The error of a lookup that was under way.</param>
    /// <param name="name">The full name that was asked for.</param>
    /// <param name="reason">Who said so, or what happened in the last telling try.</param>
    internal static string Sentence(DnsError error, DnsName name, string reason) => error switch
    {
        DnsError.NotFound => $"The name '{name}' does not exist ({reason}). Check its spelling.",
        DnsError.NoAddress => $"The name '{name}' exists but has no IPv4 address ({reason}). It may have IPv6 only, which this stack does not speak.",
        DnsError.ServerFailure => $"The DNS servers could not find out about '{name}' ({reason}). Its zone may be broken; try later or another server with --dns.",
        DnsError.Refused => $"The DNS servers refuse to answer for '{name}' ({reason}). Name one that serves you with --dns.",
        DnsError.TimedOut => $"No DNS server answered for '{name}' (last {reason}). Check that the server's address is right and reachable, or name another with --dns.",
        DnsError.Unreachable => $"No DNS server could be asked for '{name}' ({reason}). Check route and address, or name another server with --dns.",
        DnsError.TcpFailed => $"The answer for '{name}' could not be fetched ({reason}). Allow TCP port 53 on the way, or name another server with --dns.",
        DnsError.TooManyAliases => $"The aliases of '{name}' do not end ({reason}). Its zone is broken.",
        _ => $"'{name}' was not found ({reason}).",
    };
}
