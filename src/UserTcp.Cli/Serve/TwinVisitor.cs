using System.Net;
using System.Text;
using UserTcp.Cli.Session;
using UserTcp.Link;

namespace UserTcp.Cli.Serve;

/// <summary>The other end of a twin wire for somebody who serves: a second stack of ours that asks every service once.</summary>
internal static class TwinVisitor
{
    /// <summary>Connects to each service, asks, sends FIN, and listens to the end.</summary>
    public static async Task VisitAsync(ILink link, ulong? seed, IReadOnlyList<Service> services, CancellationToken cancellationToken)
    {
        // The same question for all: echo returns it, discard says nothing, chargen does not listen, and the page is the answer.
        byte[] question = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {TwinPeer.ClientAddress}\r\nConnection: close\r\n\r\n");
        await using var stack = new Stack(link, new StackOptions { Address = TwinPeer.Address, PrefixLength = TwinPeer.PrefixLength, Seed = ~seed });
        foreach (Service service in services)
        {
            await using TcpStream stream = await stack.ConnectAsync(new IPEndPoint(TwinPeer.ClientAddress, service.Port), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(question, cancellationToken).ConfigureAwait(false);
            await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
            await SmallServices.DiscardAsync(stream, cancellationToken).ConfigureAwait(false);
            await stream.WaitForCloseAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
