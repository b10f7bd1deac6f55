using UserTcp.Fuzz;
using UserTcp.Tests.Wire;

namespace UserTcp.Tests;

/// <summary>The fuzzer's targets (tools/Fuzz) with changed bytes from a seed: the same inputs each time, and no coverage guidance.</summary>
public class MutationTests
{
    /// <summary>Parsers are total: whatever the bytes are, they say what is wrong and never throw.</summary>
    [Fact]
    public void Fifty_million_mutated_bytes_of_frames_never_make_a_parser_throw() => Run("frame", 50_000_000, outcomes: 20);

    /// <summary>Stories of frames that arrive, time that passes and calls that are made: nothing throws, all that is sent is well formed, and in the end nothing is left.</summary>
    [Fact]
    public void Mutated_stories_never_break_a_stack() => Run("stack", 500_000, outcomes: 20);

    [Fact]
    public void Every_prefix_of_a_valid_frame_is_read_without_throwing()
    {
        FuzzTarget parsers = Target("frame");
        foreach (byte[] frame in new Generator(5).OneFrameOfEach())
        {
            // An own array: reading beyond the prefix is beyond the array.
            for (int length = 0; length <= frame.Length; length++) parsers.Run(frame.AsSpan(0, length).ToArray());
        }
    }

    private static FuzzTarget Target(string name) => FuzzTarget.All.Single(target => target.Name == name);

    private static void Run(string name, int bytes, int outcomes)
    {
        MutationRun run = MutationRun.Of(Target(name), bytes);
        Assert.True(run.Outcomes.Count >= outcomes, $"{run.Outcomes.Count} outcomes: {string.Join(", ", run.Outcomes.Keys)}");
    }
}
