namespace UserTcp.Tls;

/// <summary>A TLS connection that could not be made or kept. The message says what was seen, what was wanted, the RFC and what to try.</summary>
public sealed class TlsException : IOException
{
    /// <summary>Makes an exception whose message ends with the RFC section of <paramref name="error"/>.</summary>
    /// <param name="error">What was wrong.</param>
    /// <param name="message">A sentence: what was seen, what was wanted, what to try.</param>
    /// <param name="innerException">What caused it, if another exception did.</param>
    public TlsException(TlsError error, string message, Exception? innerException = null)
        : base($"{message} ({TlsErrorTable.Rfc(error)})", innerException) => Error = error;

    /// <summary>Exactly what was wrong.</summary>
    public TlsError Error { get; }

    /// <summary>The fatal alert that was sent to the server for it, if one was.</summary>
    public TlsAlert? SentAlert => ChosenAlert ?? TlsErrorTable.Alert(Error);

    /// <summary>The alert that the caller wants instead of the table's.</summary>
    internal TlsAlert? ChosenAlert { get; init; }

    /// <summary>The alert that the server sent, when <see cref="Error"/> is <see cref="TlsError.AlertReceived"/>.</summary>
    public TlsAlert? ReceivedAlert { get; init; }
}
