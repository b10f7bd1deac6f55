using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Tcp;

namespace UserTcp.Interop.Tests;

/// <summary>Thousands of connections with the kernel at once.</summary>
[Collection(nameof(ManyConnectionsTests))]
[CollectionDefinition(nameof(ManyConnectionsTests), DisableParallelization = true)] // memory can only be told when nothing else runs
public sealed class ManyConnectionsTests(ITestOutputHelper output)
{
    private const int Port = 7, Bytes = 1000;
    private const int MostBytesIdle = 4096;
    private const int MostBytesLeft = 128; // the pools of buffers come and go
    private static readonly TimeSpan SpareTimeout = TimeSpan.FromMilliseconds(1500); // emptied buffers give their memory back after a second

    /// <summary>USERTCP_CONNECTIONS sets how many. Each takes a file descriptor for the kernel's end.</summary>
    private static readonly int Connections = int.Parse(Environment.GetEnvironmentVariable("USERTCP_CONNECTIONS") ?? "2000", CultureInfo.InvariantCulture);

    // kernel                                   our stack
    //   N connections, opened by either side
    //   1000 bytes on each             -->
    //                                 <--      the same 1000 bytes
    //                                          N pending reads: how much memory is that?
    //   FIN on every second one        -->     FIN
    //   FIN                           <--      FIN on the others
    //                                          TIME-WAIT, and then nothing
    [Theory, InlineData(true), InlineData(false)]
    public async Task All_of_them_echo_cost_little_while_idle_and_leave_nothing(bool kernelConnects)
    {
        await using var lab = new TapLab();
        lab.Namespace.Ip($"link set dev {TapLab.Tap} txqueuelen {2 * Connections}"); // their bytes go out at once
        await using StackOnTap ours = new(lab, offload: false, new TcpSettings { MaximumSegmentLifetime = TimeSpan.FromMilliseconds(250) });
        await Run(lab, ours, kernelConnects, 10, TimeSpan.Zero); // what exists once
        long before = await SettledHeap(), residentBefore = Environment.WorkingSet;
        var clock = Stopwatch.StartNew();
        (long idle, long resident) = await Run(lab, ours, kernelConnects, Connections, SpareTimeout);
        TimeSpan took = clock.Elapsed;
        long tables = Heap();
        await Run(lab, ours, kernelConnects, Connections, TimeSpan.Zero); // the tables keep their size; nothing else may stay
        long after = Heap();
        output.WriteLine(
            $"{Connections} connections, {took.TotalSeconds:F1} s; each costs {(idle - before) / Connections} bytes of heap while idle ({(resident - residentBefore) / Connections} resident), "
            + $"{(tables - before) / Connections} when all have gone, {(after - tables) / Connections} more after another round; {ours.Stack.Counters}");
        Assert.InRange((idle - before) / Connections, 1, MostBytesIdle);
        Assert.InRange((after - tables) / Connections, long.MinValue, MostBytesLeft);
        Assert.Equal(0, ours.Stack.Counters.EstablishedResets);
        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }

    /// <returns>The bytes in use after all of them had been idle for a time: on the heap, and in the process.</returns>
    private static async Task<(long Heap, long Resident)> Run(TapLab lab, StackOnTap ours, bool kernelConnects, int count, TimeSpan idleFor)
    {
        var streams = new TcpStream[count];
        var echoes = new Task[count];
        int[] kernel = kernelConnects ? await Accept() : await Connect();

        for (int i = 0; i < count; i++) BareSocket.Send(kernel[i], Pattern(i));
        byte[] received = new byte[Bytes];
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(Bytes, BareSocket.Receive(kernel[i], received));
            Assert.True(received.AsSpan().SequenceEqual(Pattern(i)), $"connection {i} got something else back");
        }
        Assert.Equal(count, ours.Stack.ConnectionCount);
        await Task.Delay(idleFor);
        (long, long) idle = (Heap(), Environment.WorkingSet);

        for (int i = 0; i < count; i++)
        {
            if (i % 2 == 0) await streams[i].DisposeAsync();
            else BareSocket.Close(kernel[i]);
        }
        for (int i = 0; i < count; i += 2)
        {
            Assert.Equal(0, BareSocket.Receive(kernel[i], received));
            BareSocket.Close(kernel[i]);
        }
        await Task.WhenAll(echoes);
        await ours.NothingLeft();
        return idle;

        async Task<int[]> Accept()
        {
            await using TcpListener listener = ours.Stack.Listen(Port, backlog: count);
            Task<int[]> connecting = Task.Run(() => lab.Namespace.Run(() =>
            {
                int[] files = new int[count];
                for (int i = 0; i < count; i++) files[i] = BareSocket.Connect(new(TapLab.Ours, Port));
                return files;
            }));
            for (int i = 0; i < count; i++) echoes[i] = Echo(streams[i] = await listener.AcceptAsync(TestContext.Current.CancellationToken));
            return await connecting;
        }

        async Task<int[]> Connect()
        {
            int listener = lab.Namespace.Run(() => BareSocket.Listen(Port, backlog: 128));
            Task<int[]> accepting = Task.Run(() =>
            {
                int[] files = new int[count];
                for (int i = 0; i < count; i++) files[i] = BareSocket.Accept(listener);
                return files;
            });
            for (int i = 0; i < count; i++)
                echoes[i] = Echo(streams[i] = await ours.Stack.ConnectAsync(new IPEndPoint(TapLab.Kernel, Port), TestContext.Current.CancellationToken));
            int[] files = await accepting;
            BareSocket.Close(listener);
            return files;
        }
    }

    // As servers of many connections do it: wait without a buffer, then read into a borrowed one.
    private static async Task Echo(TcpStream stream)
    {
        try
        {
            for (int count = -1; count != 0;)
            {
                await stream.ReadAsync(Memory<byte>.Empty);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(Bytes);
                count = await stream.ReadAsync(buffer);
                await stream.WriteAsync(buffer.AsMemory(0, count));
                ArrayPool<byte>.Shared.Return(buffer);
            }
            await stream.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // Our side has closed first.
        }
    }

    private static byte[] Pattern(int connection)
    {
        byte[] pattern = new byte[Bytes];
        for (int at = 0; at < Bytes; at += sizeof(int)) BinaryPrimitives.WriteInt32LittleEndian(pattern.AsSpan(at), connection + at);
        return pattern;
    }

    // What tests before this one have left takes its time to go.
    private static async Task<long> SettledHeap()
    {
        long heap = Heap();
        for (int quiet = 0, tries = 0; quiet < 3 && tries < 50; tries++)
        {
            await Task.Delay(100);
            long now = Heap();
            quiet = heap - now < MostBytesLeft * Connections / 10 ? quiet + 1 : 0;
            heap = now;
        }
        return heap;
    }

    private static long Heap()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // what is not in use goes back to the system
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
