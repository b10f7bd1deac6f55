using System.Diagnostics;
using System.Text.Json;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;
using UserTcp.Tls;

namespace UserTcp.Cli.Verbs;

/// <summary>The frame around every verb: one message when it fails, one summary when it was asked for, one exit code.</summary>
internal static class Run
{
    /// <summary>Runs a verb's work.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="json">Whether a summary was asked for.</param>
    /// <param name="summary">Is filled by the work; the rest is filled here.</param>
    /// <param name="work">The work. Returns the exit code; throws what went wrong.</param>
    /// <param name="interrupt">The user's Ctrl-C.</param>
    public static async Task<int> VerbAsync(Terminal terminal, bool json, Summary summary, Func<Task<ExitCode>> work, CancellationToken interrupt)
    {
        var watch = Stopwatch.StartNew();
        ExitCode code;
        try
        {
            code = await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            CommandFailure failure = interrupt.IsCancellationRequested
                ? new(ExitCode.Interrupted, "interrupted", e)
                : CommandFailure.From(e, summary.Verb);
            code = failure.Code;
            terminal.Note(failure.Message);
            summary.Error = new(code.ToString(), failure.Message);
        }

        if (json)
        {
            summary.Ok = code == ExitCode.Ok;
            summary.ExitCode = (int)code;
            summary.TotalMilliseconds = Math.Round(watch.Elapsed.TotalMilliseconds, 3);
            await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(summary, SummaryJson.Readable().Summary)).ConfigureAwait(false);
        }

        return (int)code;
    }

    /// <summary>What the summary says of a session's connections.</summary>
    public static IReadOnlyList<ConnectionSummary> Describe(IReadOnlyList<PeerConnection> connections) => [.. connections.Select(Describe)];

    private static ConnectionSummary Describe(PeerConnection connection)
    {
        Tcp.TcpInfo info = connection.Tcp.Info;
        return new(
            connection.Host, connection.Tcp.LocalEndPoint.ToString(), connection.Tcp.RemoteEndPoint.ToString(), info.State.ToString(),
            info.SmoothedRtt.TotalMilliseconds, info.MinimumRtt.TotalMilliseconds, info.BytesSent, info.BytesReceived, info.Retransmissions, info.PathMtu,
            info.CongestionWindow, connection.Tls is { } tls ? Describe(tls) : null);
    }

    private static TlsSummary Describe(TlsClientStream tls) => Describe(tls.Session, tls.Timings);

    private static TlsSummary Describe(TlsSessionInfo session, TlsTimings timings) => new(
        "1.2", session.CipherSuite.ToString(), session.Group.ToString(), session.SignatureScheme.ToString(), session.ApplicationProtocol,
        session.ExtendedMasterSecret, session.Certificate.WaivedReason is null, session.Resumed, session.ClientCertificate?.Chain[0].Subject,
        timings.ServerFlight.TotalMilliseconds, timings.Confirmation.TotalMilliseconds, timings.Computing.TotalMilliseconds);
}
