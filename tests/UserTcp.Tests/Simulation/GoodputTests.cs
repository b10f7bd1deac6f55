using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using UserTcp.Link;
using UserTcp.Tcp;

namespace UserTcp.Tests.Simulation;

/// <summary>What a transfer achieves in virtual time, by buffer, loss and round-trip time: a table that is reviewed like code.</summary>
/// <remarks>The numbers are exact: the same stack gives the same table. A change that is meant changes the file with
/// <c>USERTCP_UPDATE_SNAPSHOTS=1</c>, and the difference is what it does to goodput.</remarks>
public sealed class GoodputTests
{
    private const int MegabitsPerSecond = 100, Amount = 4 << 20;

    private static readonly int[] Buffers = [16, 64, 256, 1024];
    private static readonly int[] Rtts = [1, 20, 100];
    private static readonly double[] Losses = [0, 0.001, 0.01, 0.05];

    [Fact]
    public void Goodput_is_what_the_table_says()
    {
        string path = Path.Combine(Path.GetDirectoryName(SourceFile())!, "goodput.txt");
        string table = Table();
        if (Environment.GetEnvironmentVariable("USERTCP_UPDATE_SNAPSHOTS") == "1") File.WriteAllText(path, table);
        Assert.Equal(File.ReadAllText(path), table);
    }

    private static string Table()
    {
        StringBuilder table = new();
        table.AppendLine(CultureInfo.InvariantCulture, $"Goodput in Mbit/s of {Amount >> 20} MiB over {MegabitsPerSecond} Mbit/s with a queue of 256 KiB, MTU 1500, loss both ways, in virtual time.");
        foreach (CongestionAlgorithm algorithm in Enum.GetValues<CongestionAlgorithm>())
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"\n{algorithm,-24}{string.Concat(Losses.Select(loss => $"{loss * 100,9:0.0} %"))}");
            foreach (int rtt in Rtts)
            {
                foreach (int buffer in Buffers)
                {
                    table.Append(CultureInfo.InvariantCulture, $"RTT {rtt,4} ms {buffer,5} KiB  ");
                    foreach (double loss in Losses) table.Append(CultureInfo.InvariantCulture, $"{Goodput(algorithm, rtt, buffer << 10, loss),11:0.00}");
                    table.AppendLine();
                }
            }
        }
        return table.ToString().ReplaceLineEndings("\n");
    }

    private static double Goodput(CongestionAlgorithm algorithm, int rtt, int buffer, double loss)
    {
        TcpSettings settings = new() { SendBufferSize = buffer, ReceiveBufferSize = buffer, CongestionControl = algorithm };
        Impairment wire = new() { Delay = TimeSpan.FromMilliseconds(rtt / 2.0), Loss = loss, BitsPerSecond = MegabitsPerSecond * 1_000_000L };
        Habits sends = new(Amount, 4096, TimeSpan.Zero, false, -1), receives = new(0, 4096, TimeSpan.Zero, true, -1);
        Instant start = new(TimeSpan.TicksPerDay);
        SimulatedUser? server = null;
        using World world = new(
            7, start, settings, settings, wire, wire, 1500, null, (world, slot) =>
            {
                server = new(world.Server, 7, client: false, receives, sends) { Slot = slot };
                slot.User = server;
            });
        SimulatedUser client = new(world.Client, 7, client: true, sends, receives);
        Assert.True(world.Client.TryConnect(new(World.ServerAddress, World.Port), client, world.Now, out TcpSlot? connection, out _));
        client.Slot = connection;
        while (server is not { HasReadAll: true })
        {
            client.Act(world.Now);
            server?.Act(world.Now);
            Assert.True(world.Step(Instant.Never), $"nothing happens any more: {client}; {server}");
        }
        return Amount * 8 / (world.Now - start).TotalSeconds / 1e6;
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
