using UserTcp.Fuzz;

namespace UserTcp.Tls.Tests;

/// <summary>The fuzzer's targets (tools/Fuzz) with changed bytes from a seed, without coverage guidance: the same changes each time, of inputs that differ in their signatures alone.</summary>
/// <remarks>Each target says what must hold: an alert and an exception of ours or none, an end, bounded memory. Outcomes are counted to see that the inputs reach many places.</remarks>
public class MutationTests
{
    /// <summary>A server's bytes behind signatures, tags and Finished too, because the cryptography agrees to everything.</summary>
    [Fact]
    public void Ten_million_mutated_bytes_of_handshake_give_an_alert_and_our_own_exception_or_none() => Run("connection", 10_000_000, outcomes: 40);

    [Theory]
    [InlineData("handshake", 1_000_000, 15)]
    [InlineData("record", 2_000_000, 6)]
    [InlineData("message", 5_000_000, 30)]
    [InlineData("certificate", 3_000_000, 12)]
    [InlineData("ocsp", 500_000, 8)]
    [InlineData("key", 400_000, 35)]
    public void Mutated_bytes_never_break_what_must_hold(string target, int bytes, int outcomes) => Run(target, bytes, outcomes);

    private static void Run(string name, int bytes, int outcomes)
    {
        MutationRun run = MutationRun.Of(FuzzTarget.All.Single(target => target.Name == name), bytes);
        Assert.True(run.Outcomes.Count >= outcomes, $"{run.Outcomes.Count} outcomes: {string.Join(", ", run.Outcomes.Keys)}");
    }
}
