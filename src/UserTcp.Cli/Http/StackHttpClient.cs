using System.Net;
using UserTcp.Cli.Session;
using UserTcp.Tls.Http;

namespace UserTcp.Cli.Http;

/// <summary>HttpClient over our stack: it speaks HTTP, we give it connections.</summary>
internal sealed class StackHttpClient : IDisposable
{
    // As in browsers (the Fetch standard, 4.4).
    internal const int MostRedirects = 20;

    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _client;

    /// <summary>Makes a client whose connections are a session's.</summary>
    public StackHttpClient(StackSession session, Patience patience)
    {
        _handler = new()
        {
            AllowAutoRedirect = true,
            MaxAutomaticRedirections = MostRedirects,
            AutomaticDecompression = DecompressionMethods.All,
            UseProxy = false, // A proxy would be reached by the kernel's stack.
            UseCookies = true,
            // The pool must not read from a connection that we are about to close in order.
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            ConnectCallback = (context, _) => ConnectAsync(session, context, patience),
        };
        _client = new(_handler);
    }

    /// <summary>Sends a GET request and waits for the head of the last answer, after redirects.</summary>
    public Task<HttpResponseMessage> GetAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _client.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    // The token of the callback lives with the pool; ours is the command's.
    private static async ValueTask<Stream> ConnectAsync(StackSession session, SocketsHttpConnectionContext context, Patience patience)
    {
        DnsEndPoint target = context.DnsEndPoint;
        bool tls = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        PeerConnection connection = await session.ConnectAsync(target.Host, target.Port, tls, ["http/1.1"], patience).ConfigureAwait(false);
        connection.Wanted = "its answer";
        patience.Begin($"waiting for the answer of {target.Host}");
        return connection.Tls is { } secured ? new TlsHttpStream(secured) : new UnclosedStream(connection.Tcp);
    }
}
