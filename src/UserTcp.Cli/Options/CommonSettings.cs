using System.Net;

namespace UserTcp.Cli.Options;

/// <summary>What the common options say.</summary>
internal sealed record CommonSettings
{
    /// <summary>The TAP's name.</summary>
    public string Tap { get; init; } = "tap0";

    /// <summary>Our address.</summary>
    public Cidr? Address { get; init; }

    /// <summary>The way to everything that is not on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Name servers; empty for those of the machine.</summary>
    public IReadOnlyList<IPAddress> Dns { get; init; } = [];

    /// <summary>Whether the other end is in this process.</summary>
    public bool Twin { get; init; }

    /// <summary>Where the capture goes.</summary>
    public string? Pcapng { get; init; }

    /// <summary>Where the TLS secrets go.</summary>
    public string? KeyLog { get; init; }

    /// <summary>The part of frames that is lost.</summary>
    public double Loss { get; init; }

    /// <summary>How much later frames arrive.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The part of frames that overtakes.</summary>
    public double Reorder { get; init; }

    /// <summary>The part of frames that comes twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>The part of frames that arrives damaged.</summary>
    public double Corrupt { get; init; }

    /// <summary>Bits per second; 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>Where chance starts.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether offload was declined.</summary>
    public bool NoOffload { get; init; }

    /// <summary>Whether standard output is for a JSON summary.</summary>
    public bool Json { get; init; }

    /// <summary>A PEM file of whom to trust.</summary>
    public string? Authorities { get; init; }

    /// <summary>Whether any certificate will do.</summary>
    public bool SkipVerification { get; init; }

    /// <summary>Whether CBC suites are offered too.</summary>
    public bool Legacy { get; init; }

    /// <summary>Who we are: a PEM file or a PKCS#12 store.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The private key; null when it is in the same file.</summary>
    public string? ClientKey { get; init; }

    /// <summary>The password of the key or the store.</summary>
    public string? ClientPassword { get; init; }

    /// <summary>Whether TIME-WAIT is waited out.</summary>
    public bool TimeWait { get; init; }

    /// <summary>How long a step may stand still.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether frames are lost, delayed, damaged or held up on purpose.</summary>
    public bool Impaired => Loss > 0 || Delay > TimeSpan.Zero || Reorder > 0 || Duplicate > 0 || Corrupt > 0 || Rate > 0;
}
