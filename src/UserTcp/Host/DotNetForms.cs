using System.Net;
using System.Net.Sockets;
using UserTcp.Tcp;
using UserTcp.Wire;

namespace UserTcp.Host;

/// <summary>Puts what the core says into the types that .NET code expects.</summary>
internal static class DotNetForms
{
    /// <summary>The <see cref="SocketException"/> that existing code handles, with our sentence as its message.</summary>
    internal static SocketException ToSocketException(this TcpFailure failure) => new((int)Code(failure.Reason), failure.Message);

    /// <summary>.NET's form of an endpoint.</summary>
    internal static IPEndPoint ToIPEndPoint(this IpEndpoint endpoint) => new(endpoint.Address.ToIPAddress(), endpoint.Port);

    private static SocketError Code(TcpFailureReason reason) => reason switch
    {
        TcpFailureReason.Refused => SocketError.ConnectionRefused,
        TcpFailureReason.Reset => SocketError.ConnectionReset,
        TcpFailureReason.TimedOut => SocketError.TimedOut,
        TcpFailureReason.HostUnreachable => SocketError.HostUnreachable,
        TcpFailureReason.NetworkUnreachable => SocketError.NetworkUnreachable,
        TcpFailureReason.TooManyConnections => SocketError.TooManyOpenSockets,
        TcpFailureReason.Aborted => SocketError.ConnectionAborted,
        _ => SocketError.SocketError,
    };
}
