using System.Net.Sockets;
using UserTcp.Tls;

namespace UserTcp.Cli;

/// <summary>What went wrong, as the user is told: one exit code, one message.</summary>
internal sealed class CommandFailure(ExitCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the process returns.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>Makes of any exception the failure that tells the user most: the innermost one that a room of ours has worded.</summary>
    /// <param name="exception">What was thrown. HttpClient wraps what its connect callback throws.</param>
    /// <param name="step">What was being done, such as "reading the body of https://example.com/".</param>
    public static CommandFailure From(Exception exception, string step)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case CommandFailure failure:
                    return failure;
                case TlsException tls:
                    return new(CodeOf(tls.Error), $"{step}: {tls.Message}{Hint(tls)}", exception);
                case OperationCanceledException:
                    return new(ExitCode.Interrupted, $"{step}: interrupted", exception);
                case SocketException socket:
                    return new(ExitCode.Receive, $"{step}: {socket.Message}", exception);
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return new(
                        ExitCode.BodyCutShort, $"{step}: the server closed the connection before the answer was complete; what came is not the whole", exception);
            }
        }

        return exception switch
        {
            HttpRequestException http => new(ExitCode.Http, $"{step}: {http.Message}", exception),
            IOException io => new(ExitCode.Receive, $"{step}: {io.Message}", exception),
            _ => new(ExitCode.Failed, $"{step}: {exception.GetType().Name}: {exception.Message}", exception),
        };
    }

    /// <summary>The option of the command that does what the message advises; the message itself speaks to programs.</summary>
    private static string Hint(TlsException tls) => tls switch
    {
        { Error: TlsError.CertificateUnknownIssuer or TlsError.CertificateSelfSigned or TlsError.NoTrustAnchors } => " --ca FILE names whom to trust.",
        _ when tls.Advice.Contains(nameof(TlsClientOptions.ClientCertificates), StringComparison.Ordinal) => " --cert FILE does, with --key FILE if its key is elsewhere.",
        _ when tls.Advice.Contains(nameof(TlsClientOptions.Legacy), StringComparison.Ordinal) => " --legacy does.",
        _ => "",
    };

    private static ExitCode CodeOf(TlsError error) => error switch
    {
        TlsError.NoTrustAnchors => ExitCode.TrustAnchors,
        TlsError.ClientCertificateUnusable or TlsError.RevocationListInvalid => ExitCode.Usage,
        TlsError.UnexpectedEof => ExitCode.BodyCutShort,
        _ when error.ToString().StartsWith("Certificate", StringComparison.Ordinal) => ExitCode.Certificate,
        _ => ExitCode.Tls,
    };
}
