using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace UserTcp.Tests.Simulation;

/// <summary>Whatever a wire does, the bytes arrive equal and in order, both ends come to an end, and nothing is left of them.</summary>
/// <remarks>A failure names its seed; <c>USERTCP_SEEDS=12345</c> runs that one again, <c>USERTCP_SEEDS=50000-250000</c> others than the usual ten thousand.</remarks>
public sealed partial class SimulationTests
{
    private const long UsualSeeds = 10_000;
    private const int LeastUrgent = 19; // setpriority(2)

    [Fact]
    public void Every_seed_comes_to_a_good_end()
    {
        (long first, long end) = Seeds();
        if (end - first == 1)
        {
            Story story = new();
            try
            {
                using Scenario scenario = new((ulong)first, story);
                scenario.Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {first}:\n{story}", e);
            }
            return;
        }
        InTheBackground(first, end, seed =>
        {
            try
            {
                using Scenario scenario = new((ulong)seed);
                scenario.Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: run it alone with USERTCP_SEEDS={seed}.", e);
            }
        });
    }

    /// <summary>Runs something for each number on as many threads as there are processors, out of the way of tests beside it that wait for real devices.</summary>
    private static void InTheBackground(long first, long end, Action<long> run)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ConcurrentQueue<Exception> failures = new();
        long next = first - 1;
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            _ = SetPriority(which: 0, who: 0, LeastUrgent);
            try
            {
                while (failures.IsEmpty && !cancel.IsCancellationRequested && Interlocked.Increment(ref next) is long seed && seed < end)
                    run(seed);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        cancel.ThrowIfCancellationRequested();
        if (!failures.IsEmpty) throw new AggregateException(failures);
    }

    private static (long First, long End) Seeds()
    {
        if (Environment.GetEnvironmentVariable("USERTCP_SEEDS") is not string text) return (0, UsualSeeds);
        long[] numbers = [.. text.Split('-').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers.Length > 1 ? numbers[1] : numbers[0] + 1);
    }

    /// <summary>Of the calling thread, on Linux: Thread.Priority does nothing there.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
