using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp ping HOST`: ICMP echo over our stack.</summary>
internal static class PingVerb
{
    private const int DefaultCount = 4, DefaultBytes = 56, LargestBytes = 65507;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Make(Terminal terminal)
    {
        var host = new Argument<string>("host") { Description = "A name or an IPv4 address." };
        Option<int> count = ValueOption.Number("--count", "number", "How many echoes to send.", 1, 1_000_000, DefaultCount);
        Option<int> size = ValueOption.Number("--size", "bytes", "Bytes of data in each.", 0, LargestBytes, DefaultBytes);
        count.Aliases.Add("-c");
        size.Aliases.Add("-s");
        var common = new CommonOptions();
        var verb = new Command("ping", "Sends ICMP echoes over our stack.") { host, count, size };
        common.AddTo(verb);
        verb.SetAction((parsed, cancellationToken) =>
        {
            CommonSettings settings = common.Read(parsed);
            var summary = new Summary { Verb = "ping", Target = parsed.GetRequiredValue(host) };
            return Run.VerbAsync(
                terminal, settings.Json, summary,
                () => PingAsync(terminal, settings, summary, parsed.GetValue(count), parsed.GetValue(size), cancellationToken), cancellationToken);
        });
        return verb;
    }

    private static async Task<ExitCode> PingAsync(Terminal terminal, CommonSettings settings, Summary summary, int count, int size, CancellationToken interrupt)
    {
        using var patience = new Patience(settings.Timeout, interrupt);
        string host = summary.Target!;
        StackSession session = await StackSession.OpenAsync(settings, terminal, new TwinService(host, 7, Tls: false), offload: false, record: false).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = session.ConfigureAwait(false);
        summary.Seed = session.Seed;
        var trips = new List<double>();
        int sent = 0;
        try
        {
            patience.Begin($"resolving {host}");
            IPAddress address = (await session.ResolveAsync(host, patience.Token).ConfigureAwait(false))[0];
            while (sent < count && !interrupt.IsCancellationRequested)
            {
                if (sent > 0)
                    await Task.Delay(Interval, interrupt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                patience.Begin($"pinging {host}");
                sent++;
                string line = await EchoAsync(session.Stack, address, size, sent, trips, patience).ConfigureAwait(false);
                if (!settings.Json)
                    await terminal.Out.WriteLineAsync(line).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!interrupt.IsCancellationRequested)
        {
            throw patience.Explain(e);
        }
        finally
        {
            summary.Ping = trips.Count == 0 ? new(sent, 0, null, null, null) : new(sent, trips.Count, trips.Min(), trips.Average(), trips.Max());
        }

        if (!settings.Json)
        {
            string times = trips.Count == 0 ? "" : $"; round trip {trips.Min():0.000} / {trips.Average():0.000} / {trips.Max():0.000} ms (least / mean / most)";
            await terminal.Out.WriteLineAsync($"{sent} sent, {trips.Count} received{times}").ConfigureAwait(false);
        }

        return trips.Count > 0 ? ExitCode.Ok : throw new CommandFailure(ExitCode.Timeout, $"{host} has answered none of {sent} echoes");
    }

    private static async Task<string> EchoAsync(Stack stack, IPAddress address, int size, int number, List<double> trips, Patience patience)
    {
        try
        {
            PingReply reply = await stack.PingAsync(address, size, patience.Token).ConfigureAwait(false);
            trips.Add(reply.RoundTrip.TotalMilliseconds);
            return $"{reply.Bytes} bytes from {address}: seq={number} ttl={reply.TimeToLive} time={reply.RoundTrip.TotalMilliseconds:0.000} ms";
        }
        catch (SocketException e)
        {
            return $"seq={number}: {e.Message}";
        }
    }
}
