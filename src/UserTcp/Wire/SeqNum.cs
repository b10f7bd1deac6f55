namespace UserTcp.Wire;

/// <summary>A TCP sequence number: arithmetic modulo 2^32, comparisons by the sign of the distance (RFC 9293 3.4).</summary>
/// <remarks>There is no conversion to <see cref="uint"/> by accident: a plain &lt; on sequence numbers is a bug that shows after 4 GiB.</remarks>
public readonly record struct SeqNum(uint Value)
{
    /// <summary>How far <paramref name="other"/> is behind this number, in bytes; negative when it is ahead. Meaningful within 2^31.</summary>
    public int DistanceFrom(SeqNum other) => unchecked((int)(Value - other.Value));

    /// <summary>Whether this number lies in [<paramref name="start"/>, <paramref name="start"/> + <paramref name="length"/>).</summary>
    public bool InWindow(SeqNum start, uint length) => unchecked(Value - start.Value) < length;

    /// <summary>The later of two.</summary>
    public static SeqNum Max(SeqNum a, SeqNum b) => a > b ? a : b;

    /// <summary>The earlier of two.</summary>
    public static SeqNum Min(SeqNum a, SeqNum b) => a < b ? a : b;

    /// <summary>Advances by a number of bytes.</summary>
    public static SeqNum operator +(SeqNum a, int bytes) => new(unchecked(a.Value + (uint)bytes));

    /// <summary>Goes back by a number of bytes.</summary>
    public static SeqNum operator -(SeqNum a, int bytes) => new(unchecked(a.Value - (uint)bytes));

    /// <summary>The distance from <paramref name="b"/> to <paramref name="a"/> in bytes.</summary>
    public static int operator -(SeqNum a, SeqNum b) => a.DistanceFrom(b);

    /// <summary>Whether a is before b.</summary>
    public static bool operator <(SeqNum a, SeqNum b) => a.DistanceFrom(b) < 0;

    /// <summary>Whether a is after b.</summary>
    public static bool operator >(SeqNum a, SeqNum b) => a.DistanceFrom(b) > 0;

    /// <summary>Whether a is not after b.</summary>
    public static bool operator <=(SeqNum a, SeqNum b) => a.DistanceFrom(b) <= 0;

    /// <summary>Whether a is not before b.</summary>
    public static bool operator >=(SeqNum a, SeqNum b) => a.DistanceFrom(b) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
