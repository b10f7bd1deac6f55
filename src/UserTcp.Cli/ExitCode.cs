namespace UserTcp.Cli;

/// <summary>How the command ends. Where curl has a number for the same thing, it is curl's, so that scripts need not learn new ones.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>A fault of the command itself, or, from `doctor`, something is missing.</summary>
    Failed = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>The name has no address.</summary>
    Resolve = 6,

    /// <summary>No TCP connection: refused, unreachable.</summary>
    Connect = 7,

    /// <summary>The connection ended before the body did.</summary>
    BodyCutShort = 18,

    /// <summary>The server answered with a status of 400 or above.</summary>
    HttpStatus = 22,

    /// <summary>A file or standard output could not be written.</summary>
    Write = 23,

    /// <summary>A step took longer than --timeout.</summary>
    Timeout = 28,

    /// <summary>No TLS connection.</summary>
    Tls = 35,

    /// <summary>The TAP could not be opened.</summary>
    Link = 45,

    /// <summary>The answer is not HTTP, or none came.</summary>
    Http = 52,

    /// <summary>The connection broke while it was used.</summary>
    Receive = 56,

    /// <summary>The server's certificate was refused.</summary>
    Certificate = 60,

    /// <summary>There is nobody to trust: the authorities' file cannot be used.</summary>
    TrustAnchors = 77,

    /// <summary>Ended by Ctrl-C or SIGTERM.</summary>
    Interrupted = 130,
}
