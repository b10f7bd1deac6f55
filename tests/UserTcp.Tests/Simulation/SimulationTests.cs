using System.Globalization;

namespace UserTcp.Tests.Simulation;

/// <summary>Whatever a wire does, the bytes arrive equal and in order, both ends come to an end, and nothing is left of them.</summary>
/// <remarks>A failure names its seed; <c>USERTCP_SEEDS=12345</c> runs that one again, <c>USERTCP_SEEDS=50000-250000</c> others than the usual ten thousand.</remarks>
public sealed class SimulationTests
{
    private const long UsualSeeds = 10_000;

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
        Parallel.For(
            first, end, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, seed =>
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

    private static (long First, long End) Seeds()
    {
        if (Environment.GetEnvironmentVariable("USERTCP_SEEDS") is not string text) return (0, UsualSeeds);
        long[] numbers = [.. text.Split('-').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers.Length > 1 ? numbers[1] : numbers[0] + 1);
    }
}
