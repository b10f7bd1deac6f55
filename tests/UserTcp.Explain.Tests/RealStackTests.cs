using System.Net;
using UserTcp.Explain.Lesson;
using UserTcp.Explain.Model;
using UserTcp.Explain.Recording;
using UserTcp.Link;

namespace UserTcp.Explain.Tests;

/// <summary>Two stacks of ours on a twin wire, each with a recorder of its own: what they do must be explained without a remainder.</summary>
public class RealStackTests
{
    private const int Port = 7;

    // client                            server
    // SYN … ACK                    -->
    // 5 bytes                      -->
    //               <--  300,000 bytes
    // FIN, ACK                     -->
    //               <--  ACK; FIN, ACK, or both in one
    // ACK                          -->
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 0.02)]
    public async Task Every_equation_of_a_real_connection_holds(bool offload, double loss)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ConversationRecorder atClient = new(), atServer = new();
        using (var wire = new TwinWire(offload: offload))
        {
            ILink left = loss > 0 ? new ImpairedLink(wire.Left, new() { Loss = loss }, new() { Loss = loss }, seed: 1) : wire.Left;
            await using Stack client = new(left, new() { Address = IPAddress.Parse("192.0.2.1"), PrefixLength = 24, Seed = 1, Events = atClient });
            await using Stack server = new(wire.Right, new() { Address = IPAddress.Parse("192.0.2.2"), PrefixLength = 24, Seed = 2, Events = atServer });
            await using TcpListener listener = server.Listen(Port);
            ValueTask<TcpStream> accepting = listener.AcceptAsync(cancel);
            await using TcpStream ours = await client.ConnectAsync(new IPEndPoint(IPAddress.Parse("192.0.2.2"), Port), cancel);
            await using TcpStream theirs = await accepting;
            await ours.WriteAsync("hello"u8.ToArray(), cancel);
            await theirs.ReadExactlyAsync(new byte[5], cancel);
            Task writing = theirs.WriteAsync(new byte[300_000], cancel).AsTask();
            await ours.ReadExactlyAsync(new byte[300_000], cancel);
            await writing;
            await ours.CloseWriteAsync(cancel);
            Assert.Equal(0, await theirs.ReadAsync(new byte[1], cancel));
            await theirs.CloseWriteAsync(cancel);
            Assert.Equal(0, await ours.ReadAsync(new byte[1], cancel));
            await theirs.WaitForCloseAsync(cancel);
        }

        Conversation seenByClient = Assert.Single(atClient.Conversations()), seenByServer = Assert.Single(atServer.Conversations());
        Assert.Equal((Side.Client, Side.Server), (seenByClient.Watched, seenByServer.Watched));
        Assert.Equal(seenByClient.Client, seenByServer.Client);
        AssertTrue(seenByClient);
        AssertTrue(seenByServer);
        if (loss > 0) return;
        // A thread that does not get a processor for some milliseconds is taken for a loss: its peer repeats a segment.
        Assert.InRange(seenByClient.Totals.ClientBytes, 5, 10);
        Assert.InRange(seenByClient.Totals.ServerBytes, 300_000, 310_000);
        // Who goes on in the server's reading thread closes before the acknowledgment of our FIN has left, and its own FIN carries it.
        string[] closings = ["Closing: the four-way handshake", "Closing: four waves in three segments"];
        Assert.Contains(LessonWriter.Write(seenByClient).Sections[^1].Title, closings);
    }

    private static void AssertTrue(Conversation conversation)
        => Assert.True(conversation.Totals.FalseEquations == 0, string.Join('\n', conversation.Arrows.Where(arrow => arrow.HasFalseEquation)
            .SelectMany(arrow => arrow.Equations.Select(equation => $"#{arrow.Number} {arrow.From} {arrow.FlagNames} {arrow.Note} {arrow.Reason}: {equation}"))));
}
