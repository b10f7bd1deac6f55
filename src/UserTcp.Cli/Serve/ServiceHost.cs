using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserTcp.Tcp;

namespace UserTcp.Cli.Serve;

/// <summary>Listens for services on a stack, talks on every connection, and closes each in order.</summary>
/// <param name="stack">The stack.</param>
/// <param name="services">What to offer.</param>
/// <param name="patience">How long a peer may keep its direction open after we have closed ours.</param>
/// <param name="ended">Hears of each connection that has ended; not two at once.</param>
internal sealed class ServiceHost(Stack stack, IReadOnlyList<Service> services, TimeSpan patience, Action<ServedConnection> ended)
{
    private const int Backlog = 4096; // Linux's somaxconn: a burst of clients is accepted as fast as the pool has threads

    /// <summary>How long connections get to close when the host is told to end; less than what a signal leaves to the process.</summary>
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TcpListener> _listeners = [];
    private int _working = 1; // the host itself, until it stops
    private long _remaining = long.MaxValue;

    /// <summary>Starts to listen on every port; from now on connections are answered.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">AddressAlreadyInUse: two services want one port.</exception>
    public void Listen() => _listeners.AddRange(services.Select(service => stack.Listen(service.Port, Backlog)));

    /// <summary>Serves until it is told to end or enough connections have ended.</summary>
    /// <param name="connections">How many are enough; null for no end.</param>
    /// <param name="end">Cancelled when it shall end: nobody is accepted any more, and every connection is closed.</param>
    public async Task RunAsync(long? connections, CancellationToken end)
    {
        _remaining = connections ?? long.MaxValue;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task[] accepting = [.. services.Zip(_listeners, (service, listener) => AcceptAsync(service, listener, stop.Token))];
        await Task.WhenAny([_enough.Task, .. accepting]).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(accepting).ConfigureAwait(false);
        foreach (TcpListener listener in _listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
        Leave();
        await _idle.Task.ConfigureAwait(false);
    }

    private async Task AcceptAsync(Service service, TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                TcpStream stream = await listener.AcceptAsync(stop).ConfigureAwait(false);
                lock (_gate)
                    _working++;
                _ = ServeAsync(service, stream, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task ServeAsync(Service service, TcpStream stream, CancellationToken stop)
    {
        await Task.Yield(); // the next connection need not wait for what this one says first
        try
        {
            await using ConfiguredAsyncDisposable disposal = stream.ConfigureAwait(false);
            Report(new(service, stream.RemoteEndPoint, await TalkAndCloseAsync(service, stream, stop).ConfigureAwait(false), stream.Info));
        }
        finally
        {
            Leave();
        }
    }

    /// <returns>What ended the connection, when it was not both sides' FIN.</returns>
    private async Task<string?> TalkAndCloseAsync(Service service, TcpStream stream, CancellationToken stop)
    {
        try
        {
            await TalkAsync(service, stream, stop).ConfigureAwait(false);
            return await CloseAsync(stream, stop).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return (e.InnerException as SocketException)?.SocketErrorCode.ToString() ?? e.Message;
        }
    }

    private static async Task TalkAsync(Service service, TcpStream stream, CancellationToken stop)
    {
        try
        {
            await service.TalkAsync(stream, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The host ends: what is left to do is to close.
        }
    }

    /// <summary>Sends our FIN and waits for the peer's, whatever it still says before it.</summary>
    /// <returns>Why it was given up, or null.</returns>
    private async Task<string?> CloseAsync(TcpStream stream, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(stop.IsCancellationRequested ? LastPatience : patience);
        await using ConfiguredAsyncDisposable hurry = stop.Register(() => limit.CancelAfter(LastPatience)).ConfigureAwait(false);
        try
        {
            await stream.CloseWriteAsync(CancellationToken.None).ConfigureAwait(false);
            await SmallServices.DiscardAsync(stream, limit.Token).ConfigureAwait(false);
            await stream.WaitForCloseAsync(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            TcpState state = stream.Info.State;
            stream.Abort();
            return $"given up in {state}";
        }
    }

    private void Report(ServedConnection connection)
    {
        lock (_gate)
        {
            ended(connection);
            if (--_remaining == 0)
                _enough.TrySetResult();
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_working == 0)
                _idle.TrySetResult();
        }
    }
}
