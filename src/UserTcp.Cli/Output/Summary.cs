using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using UserTcp.Cli.Costs;
using UserTcp.Cli.Doctor;

namespace UserTcp.Cli.Output;

/// <summary>What --json prints: one object per run, also for a run that failed. Absent parts are left out.</summary>
internal sealed class Summary
{
    /// <summary>The verb.</summary>
    public required string Verb { get; init; }

    /// <summary>Whether the exit code is 0.</summary>
    public bool Ok { get; set; }

    /// <summary>The exit code.</summary>
    public int ExitCode { get; set; }

    /// <summary>What went wrong: the exit code's name and the message.</summary>
    public ErrorSummary? Error { get; set; }

    /// <summary>What was asked for.</summary>
    public string? Target { get; set; }

    /// <summary>The seed that repeats the run's chances.</summary>
    public ulong? Seed { get; set; }

    /// <summary>What was fetched.</summary>
    public HttpSummary? Http { get; set; }

    /// <summary>The connections, in the order in which they were opened.</summary>
    public IReadOnlyList<ConnectionSummary>? Connections { get; set; }

    /// <summary>What each step has cost, when --timing has asked.</summary>
    public IReadOnlyList<Cost>? Timing { get; set; }

    /// <summary>What was pinged.</summary>
    public PingSummary? Ping { get; set; }

    /// <summary>What was served.</summary>
    public ServeSummary? Serve { get; set; }

    /// <summary>What the doctor has found.</summary>
    public Diagnosis? Diagnosis { get; set; }

    /// <summary>How long it all took.</summary>
    public double TotalMilliseconds { get; set; }
}

/// <summary>Why it failed.</summary>
/// <param name="Kind">The exit code's name, such as "Certificate".</param>
/// <param name="Message">What the user is told.</param>
internal sealed record ErrorSummary(string Kind, string Message);

/// <summary>An answer.</summary>
/// <param name="Url">Where it came from, after redirects.</param>
/// <param name="Status">The status code.</param>
/// <param name="Bytes">Bytes of the body, decompressed.</param>
/// <param name="Sha256">The body's SHA-256, in hexadecimal.</param>
internal sealed record HttpSummary(string Url, int Status, long Bytes, string Sha256);

/// <summary>A connection at its end.</summary>
internal sealed record ConnectionSummary(
    string Host, string Local, string Remote, string State, double SmoothedRttMilliseconds, double MinimumRttMilliseconds, long BytesSent, long BytesReceived,
    long Retransmissions, int PathMtu, int CongestionWindow, TlsSummary? Tls);

/// <summary>What a TLS handshake agreed on.</summary>
internal sealed record TlsSummary(
    string Version, string CipherSuite, string Group, string SignatureScheme, string? ApplicationProtocol, bool ExtendedMasterSecret, bool CertificateVerified,
    bool Resumed, string? ClientCertificate, double ServerFlightMilliseconds, double ConfirmationMilliseconds, double ComputingMilliseconds);

/// <summary>Echoes.</summary>
internal sealed record PingSummary(int Sent, int Received, double? MinimumMilliseconds, double? AverageMilliseconds, double? MaximumMilliseconds);

/// <summary>What was served, service by service, and what the stack has counted.</summary>
internal sealed record ServeSummary(IReadOnlyList<ServiceSummary> Services, StackCounters Counters);

/// <summary>The connections of one service that have ended, together.</summary>
internal sealed record ServiceSummary(string Name, int Port, long Connections, long Failed, long BytesReceived, long BytesAcknowledged, long Retransmissions);

/// <summary>Writes summaries without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Summary))]
internal sealed partial class SummaryJson : JsonSerializerContext
{
    /// <summary>For terminals and scripts, not for web pages: quotation marks and letters stay readable.</summary>
    public static SummaryJson Readable() => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
