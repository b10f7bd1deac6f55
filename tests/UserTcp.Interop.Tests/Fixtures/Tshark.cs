using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests.Fixtures;

/// <summary>Wireshark's opinion of a capture.</summary>
internal static class Tshark
{
    /// <summary>What no frame of ours, and no frame that we caused, may be.</summary>
    /// <remarks>Of repeats only those after a timeout: a tail loss probe follows when one end does not get a processor for some milliseconds.</remarks>
    public const string Objections =
        "_ws.malformed || _ws.expert.severity == error || ip.checksum.status == \"Bad\" || tcp.checksum.status == \"Bad\""
        + " || udp.checksum.status == \"Bad\" || icmp.checksum.status == \"Bad\" || (tcp.analysis.retransmission && tcp.analysis.rto > 0.15)"
        + " || tcp.analysis.fast_retransmission || tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || arp.duplicate-address-detected";

    /// <summary>Each FIN once, also when it had to be repeated.</summary>
    public const string Fins = "tcp.flags.fin == 1 && !tcp.analysis.retransmission && !tcp.analysis.out_of_order";

    /// <summary>The port of a server that takes bytes without a meaning (RFC 863).</summary>
    public const int Discard = 9;

    /// <summary>Fails with every frame that tshark finds something wrong in.</summary>
    public static async Task MustNotObject(TapLab lab, string capture)
    {
        string[] objections = await Read(lab, capture, Objections);
        Assert.True(objections.Length == 0, string.Join('\n', objections));
    }

    /// <summary>Reads a capture with checksums checked and without any file beside it.</summary>
    /// <remarks>The servers' ports are said to be TLS's, or of data that means nothing: a client's random port may be one that tshark takes for another protocol's.</remarks>
    /// <param name="lab">Where it runs.</param>
    /// <param name="capture">The capture file.</param>
    /// <param name="filter">A display filter.</param>
    /// <param name="fields">The fields to print; a line per frame with the summary when there are none.</param>
    /// <returns>One line per frame that the filter lets through.</returns>
    public static async Task<string[]> Read(TapLab lab, string capture, string filter, params string[] fields)
    {
        ChildProcess tshark = lab.Start(lab.Namespace, "tshark",
            [
                "-n", "-r", capture, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
                "-o", "http.desegment_body:FALSE", "-d", $"tcp.port=={TlsServers.Port},tls", "-d", $"tcp.port=={Discard},data", "-d", $"tls.port=={TlsServers.Port},http", "-Y", filter,
                .. fields.Length == 0 ? Array.Empty<string>() : ["-T", "fields"], .. fields.SelectMany(field => new[] { "-e", field }),
            ]);
        Assert.True(await tshark.WaitForExit() == 0, tshark.Log);
        string[] lines = tshark.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Where(line => !line.StartsWith("Running as user", StringComparison.Ordinal))];
    }
}
