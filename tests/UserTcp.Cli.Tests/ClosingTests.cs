using System.Net;
using UserTcp.Cli.Session;
using UserTcp.Link;

namespace UserTcp.Cli.Tests;

/// <summary>Servers that do not close as the RFC would like: by then everything has been fetched, so the user is told and nothing fails.</summary>
public class ClosingTests
{
    private const int Port = 443;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // client                         server
    // FIN, ACK                  -->
    //              <--  RST          closed its socket long ago
    [Fact]
    public async Task A_server_that_answers_the_close_with_a_reset_is_told_about()
    {
        using var wire = new TwinWire();
        await using Stack client = Client(wire), server = Server(wire);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        theirs.Abort();
        string? disorder = await connection.CloseAsync(Cancel);
        Assert.StartsWith("www.example.test did not close in order: ", disorder, StringComparison.Ordinal);
        Assert.Null(connection.Ended);
    }

    // client                         server
    // FIN, ACK                  -->
    //              <--  ACK          and never a FIN
    // RST                       -->
    [Fact]
    public async Task A_server_that_never_closes_is_left_when_patience_ends()
    {
        using var wire = new TwinWire();
        await using Stack client = Client(wire), server = Server(wire);
        (PeerConnection connection, TcpStream theirs) = await ConnectAsync(client, server);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<string?> closing = connection.CloseAsync(patience.Token);
        Assert.Equal(0, await theirs.ReadAsync(new byte[1], Cancel));
        await patience.CancelAsync();
        Assert.Contains("has not closed its side", await closing, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => theirs.WaitForCloseAsync(Cancel));
    }

    private static Stack Client(TwinWire wire) => new(wire.Left, new() { Address = IPAddress.Parse("192.0.2.1"), PrefixLength = 24 });

    private static Stack Server(TwinWire wire) => new(wire.Right, new() { Address = IPAddress.Parse("192.0.2.2"), PrefixLength = 24 });

    private static async Task<(PeerConnection Connection, TcpStream Theirs)> ConnectAsync(Stack client, Stack server)
    {
        await using TcpListener listener = server.Listen(Port);
        ValueTask<TcpStream> accepting = listener.AcceptAsync(Cancel);
        var connection = new PeerConnection("www.example.test", await client.ConnectAsync(new IPEndPoint(IPAddress.Parse("192.0.2.2"), Port), Cancel));
        return (connection, await accepting);
    }
}
