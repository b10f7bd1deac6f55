namespace UserTcp;

/// <summary>A point in monotonic time, counted in ticks of 100 ns from an origin that only the giver of the time knows.</summary>
/// <remarks>Below the host nothing reads a clock: time is an argument. So a run with a seed gives the same bytes every time.</remarks>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>The origin.</summary>
    public static Instant Zero => default;

    /// <summary>A deadline that never comes.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>Whole milliseconds since the origin.</summary>
    public long Milliseconds => Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>Whole microseconds since the origin.</summary>
    public long Microseconds => Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The earlier of two.</summary>
    public static Instant Min(Instant a, Instant b) => a.Ticks < b.Ticks ? a : b;

    /// <summary>The later of two.</summary>
    public static Instant Max(Instant a, Instant b) => a.Ticks > b.Ticks ? a : b;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>Later by a span; <see cref="Never"/> stays never.</summary>
    public static Instant operator +(Instant at, TimeSpan span) => at == Never ? Never : new(at.Ticks + span.Ticks);

    /// <summary>Earlier by a span; <see cref="Never"/> stays never.</summary>
    public static Instant operator -(Instant at, TimeSpan span) => at == Never ? Never : new(at.Ticks - span.Ticks);

    /// <summary>The time from <paramref name="b"/> to <paramref name="a"/>.</summary>
    public static TimeSpan operator -(Instant a, Instant b) => new(a.Ticks - b.Ticks);

    /// <summary>Whether a is earlier.</summary>
    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;

    /// <summary>Whether a is later.</summary>
    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;

    /// <summary>Whether a is not later.</summary>
    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;

    /// <summary>Whether a is not earlier.</summary>
    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    /// <inheritdoc/>
    public override string ToString() => this == Never ? "never" : $"{Ticks / (double)TimeSpan.TicksPerSecond:F6} s";
}
