using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Sessions;

/// <summary>A cache and the connections that share it.</summary>
internal sealed class ScriptedResumption : IDisposable
{
    internal static readonly byte[] Ticket = [1, 2, 3];
    internal static readonly byte[] Id = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    internal TlsSessionCache Cache { get; } = new();

    /// <summary>The master secret of the newest full handshake.</summary>
    internal byte[] MasterSecret { get; private set; } = [];

    public void Dispose() => Cache.Dispose();

    /// <summary>A client that offers what the cache holds.</summary>
    internal ScriptedClient Client(Func<TlsClientOptions, TlsClientOptions>? change = null, DateTimeOffset? now = null)
        => new(new ScriptedServer(), options => (change?.Invoke(options) ?? options) with { SessionCache = Cache }, now);

    /// <summary>A full handshake at whose end the server gives a ticket, or an ID, or neither.</summary>
    internal ScriptedClient Full(
        byte[]? ticket = null, byte[]? id = null, uint lifetimeHint = 0, bool extendedMasterSecret = true,
        Func<TlsClientOptions, TlsClientOptions>? change = null, DateTimeOffset? now = null)
    {
        ScriptedClient client = Client(change, now);
        ScriptedServer server = client.Server;
        ServerHello hello = Hello(server.Hello() with { SessionId = id ?? [] }, ticket is not null, extendedMasterSecret);
        client.Give([.. server.Send(hello), .. server.Send(server.Chain(), server.KeyExchange(), new ServerHelloDone())]);
        if (ticket is not null) client.Give(server.Send(new NewSessionTicket(lifetimeHint, ticket)));
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.False(client.Engine.Session!.Resumed);
        Remember(server);
        return client;
    }

    /// <summary>An abbreviated handshake, with a renewed ticket when one is given.</summary>
    internal ScriptedClient Resumed(byte[]? ticket = null, uint lifetimeHint = 0, bool extendedMasterSecret = true, DateTimeOffset? now = null)
    {
        ScriptedClient client = Client(now: now);
        ScriptedServer server = client.Server;
        client.Give(server.Resume(MasterSecret, Hello(server.ResumingHello(), ticket is not null, extendedMasterSecret)));
        if (ticket is not null) client.Give(server.Send(new NewSessionTicket(lifetimeHint, ticket)));
        Assert.Equal(TlsStatus.Complete, client.Give(server.LastFlight()));
        Assert.True(client.Engine.Session!.Resumed);
        return client;
    }

    internal void Remember(ScriptedServer server) => MasterSecret = server.MasterSecret;

    internal static byte[] OfferedTicket(ScriptedClient client)
        => client.Server.ClientHello.Extensions.Single(extension => extension.Type == ExtensionType.SessionTicket).Data.ToArray();

    /// <summary>Whether the next client offers a session.</summary>
    internal bool Offers(Func<TlsClientOptions, TlsClientOptions>? change = null, DateTimeOffset? now = null)
    {
        using ScriptedClient client = Client(change, now);
        return !client.Server.ClientHello.SessionId.IsEmpty;
    }

    private static ServerHello Hello(ServerHello hello, bool ticket, bool extendedMasterSecret) => hello with
    {
        Extensions =
        [
            .. hello.Extensions.Where(extension => extendedMasterSecret || extension.Type != ExtensionType.ExtendedMasterSecret),
            .. ticket ? [ScriptedServer.Extension(ExtensionType.SessionTicket)] : Array.Empty<TlsExtension>(),
        ],
    };
}
