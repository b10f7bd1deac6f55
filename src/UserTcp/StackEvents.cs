using UserTcp.Dns;
using UserTcp.Network;
using UserTcp.Tcp;

namespace UserTcp;

/// <summary>Hears everything a stack does. Called with the stack's lock held: do not block and do not call back into the stack.</summary>
public interface IStackEventSink : ITcpEventSink, INetworkEventSink, IDnsEventSink;
