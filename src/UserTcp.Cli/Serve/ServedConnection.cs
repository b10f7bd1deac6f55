using System.Net;
using UserTcp.Tcp;

namespace UserTcp.Cli.Serve;

/// <summary>A connection that has ended.</summary>
/// <param name="Service">What it talked to.</param>
/// <param name="Remote">Who it was.</param>
/// <param name="Failure">What ended it, when it was not both sides' FIN.</param>
/// <param name="Info">Its figures at the end.</param>
internal sealed record ServedConnection(Service Service, IPEndPoint Remote, string? Failure, TcpInfo Info)
{
    /// <inheritdoc/>
    public override string ToString()
        => $"{Service.Name,-7} {Remote}: {Info.BytesReceived:N0} bytes in, {Info.BytesAcknowledged:N0} out, round trip {Info.SmoothedRtt.TotalMilliseconds:0.000} ms, "
            + $"{Info.Retransmissions:N0} retransmissions, {Failure ?? "closed"}";
}
