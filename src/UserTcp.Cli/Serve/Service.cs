namespace UserTcp.Cli.Serve;

/// <summary>Something that can be talked to on a port.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="TalkAsync">Talks on one connection until the peer has closed its direction or nothing more is to be said. It does not close.</param>
internal sealed record Service(string Name, int Port, Func<Stream, CancellationToken, Task> TalkAsync);
