namespace UserTcp.Fuzz;

/// <summary>A run of a target over mutations of its seeds, the same for the same seed, without coverage guidance.</summary>
/// <param name="Inputs">How many there were.</param>
/// <param name="Bytes">How many bytes they had together.</param>
/// <param name="Outcomes">How far they came, and how many came so far.</param>
public sealed record MutationRun(int Inputs, long Bytes, IReadOnlyDictionary<string, int> Outcomes)
{
    /// <summary>Gives mutated inputs to a target until they had so many bytes.</summary>
    /// <param name="target">Who takes them.</param>
    /// <param name="bytes">How many bytes at least.</param>
    /// <param name="seed">Of the mutations.</param>
    /// <exception cref="InvalidOperationException">Something that must hold does not; the message has the input.</exception>
    public static MutationRun Of(FuzzTarget target, long bytes, int seed = 1)
    {
        IReadOnlyList<byte[]> seeds = target.Seeds();
        // What is made once, such as the tables of a curve, counts for no input.
        foreach (byte[] input in seeds) Take(target, input);
        var mutator = new Mutator(seed);
        var outcomes = new Dictionary<string, int>();
        int inputs = 0;
        long given = 0;
        for (; given < bytes; inputs++)
        {
            byte[] input = mutator.Mutate(seeds);
            given += input.Length;
            string outcome = Take(target, input);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
        return new MutationRun(inputs, given, outcomes);
    }

    private static string Take(FuzzTarget target, byte[] input)
    {
        try
        {
            return target.Run(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{target.Name}: {e.GetType().Name}: {e.Message} with the input {Convert.ToHexStringLower(input)}", e);
        }
    }
}
