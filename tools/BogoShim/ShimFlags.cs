using UserTcp.Tls;
using UserTcp.Tls.Wire;

namespace UserTcp.BogoShim;

/// <summary>What the runner asks of one connection. Filled by <see cref="FlagTable"/>.</summary>
internal sealed class ShimFlags
{
    // Where to connect
    internal int Port { get; set; }
    internal bool IPv6 { get; set; }
    internal ulong ShimId { get; set; }
    internal int ResumeCount { get; set; }

    // What to offer
    internal string? HostName { get; set; }
    internal string? TrustedCertificates { get; set; }
    internal List<string> ApplicationProtocols { get; set; } = [];
    internal List<NamedGroup> Groups { get; } = [];
    internal List<SignatureScheme> VerifySchemes { get; } = [];

    internal bool OcspStapling { get; set; }
    internal bool SignedCertificateTimestamps { get; set; }
    internal string? CertificateFile { get; set; }
    internal string? KeyFile { get; set; }
    internal List<SignatureScheme> SigningSchemes { get; } = [];

    // How to verify
    internal bool VerifyPeer { get; set; }
    internal bool VerifyFails { get; set; }
    internal bool CustomVerifyCallback { get; set; }
    internal bool OcspCallbackFails { get; set; }

    // How to behave
    internal bool OneByteAtATime { get; set; }
    internal bool CheckCloseNotify { get; set; }
    internal bool ShutsDown { get; set; }
    internal bool WritesFirst { get; set; }
    internal bool SendsAlert { get; set; }
    internal int ExportedLength { get; set; }
    internal string ExportLabel { get; set; } = "";
    internal string ExportContext { get; set; } = "";
    internal bool ExportsWithContext { get; set; }

    // What to expect
    internal string ExpectedApplicationProtocol { get; set; } = "";
    internal NamedGroup? ExpectedGroup { get; set; }
    internal SignatureScheme? ExpectedSignatureScheme { get; set; }
    internal byte[]? ExpectedOcspResponse { get; set; }
    internal byte[]? ExpectedTimestamps { get; set; }
    internal byte[]? ExpectedCertificateTypes { get; set; }
    internal string? ExpectedAuthorities { get; set; }
    internal List<SignatureScheme> ExpectedPeerVerifySchemes { get; } = [];
    internal string? ExpectedServerCertificates { get; set; }
    internal bool ExpectsExtendedMasterSecret { get; set; }
    internal bool ExpectsSessionMiss { get; set; }
    internal bool ExpectsNoSession { get; set; }
    internal bool ExpectsTicketRenewal { get; set; }

    /// <summary>Reads the command line. A prefix <c>-on-initial</c> or <c>-on-resume</c> restricts a flag to the first or to the later connections.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="first">What holds for the first connection.</param>
    /// <param name="resumed">What holds for the connections after it.</param>
    /// <param name="unsupported">The first flag that is not in the table, or whose value nothing here can do.</param>
    internal static bool TryParse(string[] args, out ShimFlags first, out ShimFlags resumed, out string? unsupported)
    {
        first = new ShimFlags();
        resumed = new ShimFlags();
        unsupported = null;
        for (int i = 0; i < args.Length; i++)
        {
            (string name, bool toFirst, bool toResumed) = Scope(args[i]);
            if (FlagTable.Find(name) is not { } flag || (flag.TakesValue && i + 1 == args.Length))
            {
                unsupported = args[i];
                return false;
            }
            string value = flag.TakesValue ? args[++i] : "";
            if (toFirst) flag.Apply(first, value);
            if (toResumed) flag.Apply(resumed, value);
        }
        foreach (ShimFlags flags in (ShimFlags[])[first, resumed])
        {
            if (flags.Groups.Count > 0 && !flags.Groups.Intersect(TlsClientOptions.SupportedGroups).Any()) unsupported = "-curves";
            if (flags.VerifySchemes.Count > 0 && !flags.VerifySchemes.Intersect(TlsClientOptions.SupportedSignatureSchemes).Any()) unsupported = "-verify-prefs";
        }
        return unsupported is null;
    }

    private static (string Name, bool ToFirst, bool ToResumed) Scope(string argument)
    {
        const string Initial = "-on-initial", Resume = "-on-resume", Retry = "-on-retry", Shim = "-on-shim";
        if (argument.StartsWith(Initial, StringComparison.Ordinal)) return (argument[Initial.Length..], true, false);
        if (argument.StartsWith(Resume, StringComparison.Ordinal)) return (argument[Resume.Length..], false, true);
        // A retry is TLS 1.3's rejected early data: there is none here.
        if (argument.StartsWith(Retry, StringComparison.Ordinal)) return (argument[Retry.Length..], false, false);
        return (argument.StartsWith(Shim, StringComparison.Ordinal) ? argument[Shim.Length..] : argument, true, true);
    }
}
