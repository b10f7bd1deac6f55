using System.Net;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Cli.Lesson;
using UserTcp.Link;

namespace UserTcp.Cli.Session;

/// <summary>What a twin serves.</summary>
/// <param name="Host">The name or address that its certificate is for.</param>
/// <param name="Port">The port it listens on.</param>
/// <param name="Tls">Whether it speaks TLS.</param>
internal sealed record TwinService(string Host, int Port, bool Tls)
{
    /// <summary>Answers a path.</summary>
    public Func<string, LessonPage> Site { get; init; } = _ => LessonPage.ItArrived;
}

/// <summary>The other end of a twin wire: a second stack of ours, with .NET's TLS server on it and an authority made for this run.</summary>
internal sealed class TwinPeer : IAsyncDisposable
{
    private readonly Stack _stack;
    private readonly TcpListener _listener;
    private readonly LessonAuthority _authority;
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _server;

    /// <summary>Starts serving on one end of a wire.</summary>
    public TwinPeer(ILink link, TwinService service, ulong? seed)
    {
        _authority = new(TimeProvider.System.GetUtcNow());
        _certificate = _authority.Issue(service.Host);
        // A different seed from ours: two ends that draw the same numbers would be a very special case.
        _stack = new(link, new StackOptions { Address = Address, PrefixLength = PrefixLength, Seed = ~seed });
        _listener = _stack.Listen(service.Port);
        var server = new LessonServer(_certificate, service.Site) { Tls = service.Tls };
        _server = server.RunAsync(AcceptAsync, _end.Token);
    }

    /// <summary>The twin's address.</summary>
    public static IPAddress Address { get; } = IPAddress.Parse("10.0.0.1");

    /// <summary>Our address.</summary>
    public static IPAddress ClientAddress { get; } = IPAddress.Parse("10.0.0.2");

    /// <summary>The prefix of both.</summary>
    public static int PrefixLength => 24;

    /// <summary>Whom to trust for this run.</summary>
    public byte[] AuthorityCertificate => _authority.CertificateDer;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _server.ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _stack.DisposeAsync().ConfigureAwait(false);
        _certificate.Dispose();
        _authority.Dispose();
        _end.Dispose();
    }

    private async ValueTask<LessonConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        TcpStream stream = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        return new(stream, stream.CloseWriteAsync);
    }
}
