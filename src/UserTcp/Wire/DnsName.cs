using System.Globalization;
using System.Text;

namespace UserTcp.Wire;

/// <summary>A domain name (RFC 1035 3.1): labels in their form on the wire, uncompressed. Compared without regard to case (RFC 4343).</summary>
internal sealed class DnsName : IEquatable<DnsName>
{
    /// <summary>The most bytes of a label (RFC 1035 2.3.4).</summary>
    internal const int MaximumLabel = 63;

    /// <summary>The most bytes of a name on the wire, the root's empty label included (RFC 1035 2.3.4).</summary>
    internal const int MaximumSize = 255;

    private const int PointerMask = 0xc0;

    private readonly byte[] _wire;

    private DnsName(byte[] wire) => _wire = wire;

    /// <summary>The name without labels.</summary>
    internal static DnsName Root { get; } = new([0]);

    /// <summary>The name as it stands on the wire.</summary>
    internal ReadOnlySpan<byte> Wire => _wire;

    /// <summary>Whether it has no labels.</summary>
    internal bool IsRoot => _wire.Length == 1;

    /// <summary>The name without its first label.</summary>
    internal DnsName Parent => IsRoot ? this : new(_wire[(_wire[0] + 1)..]);

    /// <summary>Reads a name as people write it, with or without the dot at the end; labels that are not ASCII become A-labels (RFC 5890 2.3.2.1).</summary>
    /// <param name="text">The name.</param>
    /// <param name="name">The result; the root when it is wrong.</param>
    /// <param name="problem">What is wrong and what would be right; empty otherwise.</param>
    internal static bool TryFromText(string text, out DnsName name, out string problem)
    {
        name = Root;
        problem = "";
        string ascii = text;
        if (!Ascii.IsValid(text))
        {
            try
            {
                ascii = new IdnMapping { AllowUnassigned = true }.GetAscii(text.ToLowerInvariant());
            }
            catch (ArgumentException e) // the only way it has to say no
            {
                problem = $"'{text}' cannot be written as an internationalized name (RFC 5890): {e.Message}";
                return false;
            }
        }
        if (ascii.EndsWith('.')) ascii = ascii[..^1];
        if (ascii.Length == 0)
        {
            problem = text == "." ? "" : "the name is empty";
            return text == ".";
        }

        var wire = new List<byte>(ascii.Length + 2);
        foreach (string label in ascii.Split('.'))
        {
            if (label.Length == 0) problem = $"'{text}' has an empty label: two dots in a row, or one at the start";
            else if (label.Length > MaximumLabel) problem = $"the label '{label}' has {label.Length} bytes, at most {MaximumLabel} are allowed (RFC 1035 2.3.4)";
            else if (label.FirstOrDefault(c => c <= ' ' || c == '\\' || c == 0x7f) is var bad && bad != 0) problem = $"'{text}' contains the character U+{(int)bad:X4}, which no host name has";
            if (problem.Length > 0) return false;
            wire.Add((byte)label.Length);
            wire.AddRange(Encoding.ASCII.GetBytes(label));
        }
        wire.Add(0);
        if (wire.Count > MaximumSize)
        {
            problem = $"the name has {wire.Count - 2} characters, at most {MaximumSize - 2} are allowed (RFC 1035 2.3.4)";
            return false;
        }
        name = new([.. wire]);
        return true;
    }

    /// <summary>Makes a name of text that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal static DnsName Parse(string text) => TryFromText(text, out DnsName name, out string problem) ? name : throw new FormatException(problem);

    /// <summary>Reads a name at a place in a message, following compression pointers (RFC 1035 4.1.4).</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="at">Where the name starts; afterwards, what follows it.</param>
    /// <param name="name">The result.</param>
    internal static ParseError TryRead(ReadOnlySpan<byte> message, ref int at, out DnsName name)
    {
        name = Root;
        Span<byte> wire = stackalloc byte[MaximumSize];
        int length = 0, end = -1, position = at, limit = at, pointers = 0;
        while (true)
        {
            if (position >= message.Length) return ParseError.Truncated;
            byte head = message[position];
            if ((head & PointerMask) == PointerMask)
            {
                if (position + 1 >= message.Length) return ParseError.Truncated;
                int target = (head & ~PointerMask) << 8 | message[position + 1];
                if (end < 0) end = position + 2;
                // "A prior occurrence": each jump goes further back than the one before, so that there is no circle.
                if (target >= limit || ++pointers > Budgets.DnsPointers) return ParseError.Name;
                position = limit = target;
                continue;
            }
            if (head > MaximumLabel) return ParseError.Name; // 01 and 10 in the upper bits are reserved
            if (position + 1 + head > message.Length) return ParseError.Truncated;
            if (length + 1 + head > MaximumSize) return ParseError.Name;
            message.Slice(position, 1 + head).CopyTo(wire[length..]);
            length += 1 + head;
            position += 1 + head;
            if (head == 0) break;
            if (length == MaximumSize) return ParseError.Name; // no room for the root's label
        }
        at = end < 0 ? position : end;
        name = length == 1 ? Root : new(wire[..length].ToArray());
        return ParseError.None;
    }

    /// <summary>Puts another name behind this one: host + example.com.</summary>
    /// <returns>False when the result would be too long.</returns>
    internal bool TryAppend(DnsName suffix, out DnsName name)
    {
        bool fits = _wire.Length - 1 + suffix._wire.Length <= MaximumSize;
        name = fits ? new([.. _wire[..^1], .. suffix._wire]) : Root;
        return fits;
    }

    /// <summary>Whether this is a name or lies below it.</summary>
    internal bool IsWithin(DnsName zone)
    {
        for (DnsName name = this; ; name = name.Parent)
        {
            if (name.Equals(zone)) return true;
            if (name.IsRoot) return false;
        }
    }

    /// <inheritdoc/>
    public bool Equals(DnsName? other) => other is not null && EqualsIgnoreCase(_wire, other._wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DnsName);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (byte b in _wire) hash.Add(Lower(b));
        return hash.ToHashCode();
    }

    /// <summary>The name without the dot at the end; bytes that are no plain characters as \DDD (RFC 1035 5.1).</summary>
    public override string ToString()
    {
        if (IsRoot) return ".";
        var text = new StringBuilder(_wire.Length);
        for (int at = 0; _wire[at] != 0; at += 1 + _wire[at])
        {
            if (at > 0) text.Append('.');
            foreach (byte b in _wire.AsSpan(at + 1, _wire[at]))
            {
                if (b is (byte)'.' or (byte)'\\') text.Append('\\').Append((char)b);
                else if (b is > (byte)' ' and < 0x7f) text.Append((char)b);
                else text.Append(CultureInfo.InvariantCulture, $"\\{b:D3}");
            }
        }
        return text.ToString();
    }

    // Length bytes are at most 63, below 'A', so they compare as themselves. (Ascii.EqualsIgnoreCase is false for bytes above 127.)
    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    private static bool EqualsIgnoreCase(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++)
        {
            if (Lower(a[i]) != Lower(b[i])) return false;
        }
        return true;
    }
}
