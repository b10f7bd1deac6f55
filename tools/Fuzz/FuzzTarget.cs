namespace UserTcp.Fuzz;

/// <summary>Something that takes bytes from strangers, with what must hold whatever the bytes are.</summary>
public abstract class FuzzTarget
{
    /// <summary>Every target.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new Tls.RecordTarget(), new Tls.MessageTarget(), new Tls.ConnectionTarget(), new Tls.HandshakeTarget(), new Tls.KeyTarget(), new Tls.CertificateTarget(),
        new Tls.OcspTarget(), new Stack.FrameTarget(), new Stack.StackTarget(),
    ];

    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs that get far, to begin with. Made anew on each call: they hold no secret and need not be kept.</summary>
    public abstract IReadOnlyList<byte[]> Seeds();

    /// <summary>Takes one input, and checks what must hold: no exception but those that the code under test promises, no endless loop, bounded memory.</summary>
    /// <returns>How far the input came, in a few words, so that a run can tell whether its inputs reach many places.</returns>
    /// <exception cref="Exception">Something that must hold does not.</exception>
    public string Run(ReadOnlySpan<byte> input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string outcome = Take(input);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Must(allocated <= MostAllocated + AllocatedPerByte * input.Length, $"{allocated} bytes were allocated for an input of {input.Length}");
        return outcome;
    }

    /// <summary>Bytes that an input may make the code allocate, whatever its length.</summary>
    protected abstract long MostAllocated { get; }

    /// <summary>Bytes that it may allocate for each byte of the input.</summary>
    protected virtual long AllocatedPerByte => 0;

    /// <summary>Takes one input.</summary>
    protected abstract string Take(ReadOnlySpan<byte> input);

    /// <summary>Ends the run when something does not hold.</summary>
    protected static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
