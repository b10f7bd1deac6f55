using System.Globalization;
using System.Text;
using UserTcp.Wire;

namespace UserTcp.Explain.Model;

/// <summary>Where a number of a segment comes from: <c>Value = Base + Delta + SYN + FIN</c> modulo 2^32, in the words of the segment's sender.</summary>
/// <remarks>Whether it holds is computed from its own terms and cannot be set: a line that is drawn as true is true.</remarks>
/// <param name="Subject">The field that is explained: "seq" or "ack".</param>
/// <param name="Value">Its value on the wire.</param>
/// <param name="Base">What the number starts from.</param>
/// <param name="BaseName">What that is, such as "their seq".</param>
/// <param name="Delta">Bytes between the two; negative when the number lies behind the base.</param>
/// <param name="DeltaName">What they are, such as "bytes"; null when there is no such term.</param>
/// <param name="Syn">A SYN lies between and counts one (RFC 9293 3.4).</param>
/// <param name="Fin">A FIN lies between and counts one.</param>
/// <param name="BaseSegment">The number of the segment whose seq is the base; 0 when none is meant.</param>
/// <param name="Origin">The initial sequence number that relative values count from.</param>
/// <param name="Rule">The section that says so, such as "RFC 9293 3.4".</param>
/// <param name="Remark">What is special about it; null for the plain case.</param>
internal readonly record struct Equation(
    string Subject,
    SeqNum Value,
    SeqNum Base,
    string BaseName,
    int Delta,
    string? DeltaName,
    bool Syn,
    bool Fin,
    int BaseSegment,
    SeqNum Origin,
    string Rule,
    string? Remark)
{
    /// <summary>Whether both sides are equal modulo 2^32.</summary>
    internal bool Holds => Value == Sum;

    /// <summary>The right-hand side.</summary>
    internal SeqNum Sum => Base + Delta + (Syn ? 1 : 0) + (Fin ? 1 : 0);

    /// <summary>Whether the sum passes 2^32 and starts again at 0.</summary>
    internal bool Wraps => Delta >= 0 ? Sum.Value < Base.Value : Sum.Value > Base.Value;

    /// <summary>The names alone, such as "ack = their seq + bytes + SYN".</summary>
    internal string Symbolic
    {
        get
        {
            var text = new StringBuilder($"{Subject} = {BaseName}");
            if (DeltaName is not null) text.Append(Delta < 0 ? " − " : " + ").Append(DeltaName);
            if (Syn) text.Append(" + SYN");
            if (Fin) text.Append(" + FIN");
            return text.ToString();
        }
    }

    /// <summary>The absolute numbers alone, such as "4011 = 4010 + 0 + 1".</summary>
    internal string Evaluated => Numbers(Value.Value, Base.Value);

    /// <summary>The numbers counted from the initial sequence number, such as "1 = 0 + 0 + 1".</summary>
    internal string Relative => Numbers(Value - Origin, Base - Origin);

    /// <summary>Names and numbers together, such as "ack 4011 = their seq 4010 + 0 bytes + SYN 1".</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Subject} {Value} {Sign} {BaseName} {Base}");
        if (BaseSegment > 0) text.Append(CultureInfo.InvariantCulture, $" of #{BaseSegment}");
        if (DeltaName is not null)
            text.Append(CultureInfo.InvariantCulture, $" {(Delta < 0 ? '−' : '+')} {Counted(Math.Abs((long)Delta), DeltaName)}");
        if (Syn) text.Append(" + SYN 1");
        if (Fin) text.Append(" + FIN 1");
        if (Wraps) text.Append(" (mod 2³²)");
        return text.ToString();
    }

    private string Sign => Holds ? "=" : "≠";

    private string Numbers(long value, long origin)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{value} {Sign} {origin}");
        if (DeltaName is not null) text.Append(CultureInfo.InvariantCulture, $" {(Delta < 0 ? '−' : '+')} {Math.Abs((long)Delta)}");
        if (Syn) text.Append(" + 1");
        if (Fin) text.Append(" + 1");
        return text.ToString();
    }

    private static string Counted(long count, string unit)
        => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 && unit.StartsWith("bytes", StringComparison.Ordinal) ? "byte" + unit[5..] : unit)}");
}
