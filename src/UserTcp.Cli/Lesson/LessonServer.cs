using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace UserTcp.Cli.Lesson;

/// <summary>A small HTTPS server with .NET's own TLS (OpenSSL) over any connections. It closes slowly, so that every wave of the close is seen.</summary>
/// <remarks>
/// Not a web server: see <see cref="HttpAnswers"/>. Its use is to be a real peer that is not ours.
/// </remarks>
/// <param name="certificate">The server's certificate with its key.</param>
/// <param name="site">Answers a path.</param>
internal sealed class LessonServer(X509Certificate2 certificate, Func<string, LessonPage> site)
{
    // A client that neither asks nor closes must not hold its connection for ever.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly SslStreamCertificateContext _certificate = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);

    /// <summary>How long the server acts as if it had data to finish after the client's FIN, so that it is seen in CLOSE-WAIT.</summary>
    /// <remarks>200 ms by default: longer than any delayed acknowledgment, so that the ACK of the FIN and our own FIN are two segments.</remarks>
    public TimeSpan HoldClose { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether to speak TLS; without it the server is plain HTTP.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Accepts and serves connections until cancelled.</summary>
    /// <param name="accept">Gives the next connection.</param>
    /// <param name="cancellationToken">Ends the server and every connection.</param>
    public async Task RunAsync(Func<CancellationToken, ValueTask<LessonConnection>> accept, CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                LessonConnection connection = await accept(cancellationToken).ConfigureAwait(false);
                connections.RemoveAll(task => task.IsCompleted);
                connections.Add(ServeAsync(connection, cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(LessonConnection connection, CancellationToken cancellationToken)
    {
        await Task.Yield(); // A slow handshake must not keep the next connection waiting.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        await using ConfiguredAsyncDisposable transport = connection.Stream.ConfigureAwait(false);
        try
        {
            if (Tls)
                await ServeTlsAsync(connection, limit.Token).ConfigureAwait(false);
            else
                await HttpAnswers.AnswerAsync(connection.Stream, site, limit.Token).ConfigureAwait(false);
            await FinishAsync(connection, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client has reset, refused our certificate or gone; it tells its user why.
        }
    }

    private async Task ServeTlsAsync(LessonConnection connection, CancellationToken cancellationToken)
    {
        var tls = new SslStream(connection.Stream, leaveInnerStreamOpen: true);
        await using ConfiguredAsyncDisposable disposal = tls.ConfigureAwait(false);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        await tls.AuthenticateAsServerAsync(options, cancellationToken).ConfigureAwait(false);
        await HttpAnswers.AnswerAsync(tls, site, cancellationToken).ConfigureAwait(false);
        await Task.Delay(HoldClose, cancellationToken).ConfigureAwait(false);
        await tls.ShutdownAsync().ConfigureAwait(false); // RFC 5246 7.2.1: a close_notify is answered with one
    }

    /// <summary>Waits for the client's FIN, holds, then sends ours.</summary>
    private async Task FinishAsync(LessonConnection connection, CancellationToken cancellationToken)
    {
        byte[] rest = new byte[1024];
        while (await connection.Stream.ReadAsync(rest, cancellationToken).ConfigureAwait(false) > 0)
        {
        }

        if (!Tls)
            await Task.Delay(HoldClose, cancellationToken).ConfigureAwait(false);
        await connection.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
    }
}
