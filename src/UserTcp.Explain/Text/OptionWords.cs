using UserTcp.Wire;

namespace UserTcp.Explain.Text;

/// <summary>TCP options in words.</summary>
internal static class OptionWords
{
    internal static string Of(in TcpOptions options)
    {
        var words = new List<string>();
        if (options.MaximumSegmentSize is ushort mss) words.Add($"MSS {mss}");
        if (options.WindowScale is byte shift) words.Add($"window scale {shift} (× {1 << Math.Min((int)shift, 14)})");   // RFC 7323 2.3: more than 14 counts as 14
        if (options.SackPermitted) words.Add("SACK permitted");
        if (options.Timestamps is TcpTimestamps timestamps) words.Add($"timestamps {timestamps.Value} echo {timestamps.EchoReply}");
        if (options.UserTimeout is ushort timeout) words.Add($"user timeout {timeout & 0x7fff} {(timeout >> 15 == 1 ? "min" : "s")}");
        for (int i = 0; i < options.SackCount; i++) words.Add($"SACK {options.Sack(i).Left}–{options.Sack(i).Right}");
        return string.Join(", ", words);
    }
}
