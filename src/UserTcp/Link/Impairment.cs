namespace UserTcp.Link;

/// <summary>What happens to the frames of one direction. Probabilities go from 0 (the default) to 1 and count per frame.</summary>
public sealed record Impairment
{
    /// <summary>Nothing happens.</summary>
    public static Impairment None { get; } = new();

    /// <summary>The share of frames that are lost.</summary>
    public double Loss { get; init; }

    /// <summary>How many frames in a row are lost on average (Gilbert's model). 1, the default, loses each frame independently of the one before.</summary>
    public double LossBurst { get; init; } = 1;

    /// <summary>How long a frame is on its way.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How much the delay varies up and down, uniformly. Frames overtake each other when it is larger than the time between them.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The share of frames that are held back, so that later ones overtake them.</summary>
    public double Reorder { get; init; }

    /// <summary>How long such a frame is held back at most. The default is 10 ms.</summary>
    public TimeSpan ReorderBy { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The share of frames that arrive twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>The share of IP packets in which one bit is flipped.</summary>
    public double Corrupt { get; init; }

    /// <summary>How many bits per second the wire carries; 0 for no limit.</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>How many bytes may wait for a wire with a limit; what comes on top is dropped. The default is 256 KiB.</summary>
    public int QueueBytes { get; init; } = 256 * 1024;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A probability is not between 0 and 1, or a time, rate or size is negative.</exception>
    internal void Validate()
    {
        Probability(Loss, nameof(Loss));
        Probability(Reorder, nameof(Reorder));
        Probability(Duplicate, nameof(Duplicate));
        Probability(Corrupt, nameof(Corrupt));
        if (!(LossBurst >= 1))
            throw new ArgumentOutOfRangeException(nameof(LossBurst), LossBurst, "A burst of losses is at least 1 frame long.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Delay, TimeSpan.Zero, nameof(Delay));
        ArgumentOutOfRangeException.ThrowIfLessThan(Jitter, TimeSpan.Zero, nameof(Jitter));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReorderBy, TimeSpan.Zero, nameof(ReorderBy));
        ArgumentOutOfRangeException.ThrowIfNegative(BitsPerSecond, nameof(BitsPerSecond));
        ArgumentOutOfRangeException.ThrowIfNegative(QueueBytes, nameof(QueueBytes));
    }

    private static void Probability(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, value, "A probability goes from 0 to 1: write 1 % as 0.01.");
    }
}

/// <summary>What an impaired direction has done to its frames so far.</summary>
/// <param name="Frames">Frames that came.</param>
/// <param name="Lost">Frames taken away.</param>
/// <param name="Overflowed">Frames dropped because too many waited for the wire.</param>
/// <param name="Reordered">Frames held back.</param>
/// <param name="Duplicated">Frames doubled.</param>
/// <param name="Corrupted">Frames with a flipped bit.</param>
public readonly record struct ImpairmentCounters(long Frames, long Lost, long Overflowed, long Reordered, long Duplicated, long Corrupted);
