using UserTcp.Tls.Diagnosis;

namespace UserTcp.Tls;

/// <summary>A TLS connection that could not be made or kept. The message says what was seen, what was wanted, the RFC and what to try.</summary>
public sealed class TlsException : IOException
{
    /// <summary>Makes an exception whose message ends with the RFC section of <paramref name="error"/> and its usual advice.</summary>
    /// <param name="error">What was wrong.</param>
    /// <param name="message">What was seen and what was wanted, without a full stop.</param>
    /// <param name="innerException">What caused it, if another exception did.</param>
    public TlsException(TlsError error, string message, Exception? innerException = null) : this(error, message, TlsErrorTable.Advice(error), innerException)
    {
    }

    internal TlsException(TlsError error, string message, string advice, Exception? innerException = null)
        : base($"{message} ({TlsErrorTable.Rfc(error)}). {advice}", innerException) => (Error, Advice) = (error, advice);

    /// <summary>For what only the server knows: says what it most likely means and, within the handshake, what it had been offered.</summary>
    internal TlsException(TlsError error, string message, TlsOffer? offer, Guess guess, Exception? innerException = null)
        : base(offer is null
            ? $"{message} ({TlsErrorTable.Rfc(error)}). Most likely: {guess.Likely}. {guess.Advice}"
            : $"{message} ({TlsErrorTable.Rfc(error)}).\n{offer}\nMost likely: {guess.Likely}.\n{guess.Advice}", innerException)
        => (Error, Advice, Offer) = (error, guess.Advice, offer);

    /// <summary>Exactly what was wrong.</summary>
    public TlsError Error { get; }

    /// <summary>What to try: the end of the message.</summary>
    public string Advice { get; }

    /// <summary>What the client had offered, when the server did not like it and only the server knows why; else null.</summary>
    public TlsOffer? Offer { get; }

    /// <summary>The fatal alert that was sent to the server for it, if one was.</summary>
    public TlsAlert? SentAlert => ChosenAlert ?? TlsErrorTable.Alert(Error);

    /// <summary>The alert that the caller wants instead of the table's.</summary>
    internal TlsAlert? ChosenAlert { get; init; }

    /// <summary>The alert that the server sent, when <see cref="Error"/> is <see cref="TlsError.AlertReceived"/>.</summary>
    public TlsAlert? ReceivedAlert { get; init; }
}
