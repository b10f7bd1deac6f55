using System.CommandLine;
using System.Runtime.CompilerServices;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Cli.Serve;
using UserTcp.Cli.Session;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp serve`: echo, discard, chargen and a page, on listeners of our stack.</summary>
internal static class ServeVerb
{
    public static Command Make(Terminal terminal)
    {
        Option<int> echo = Port("--echo", 7), discard = Port("--discard", 9), chargen = Port("--chargen", 19), http = Port("--http", 80);
        Option<TimeSpan> duration = ValueOption.Make<TimeSpan>(
            "--for", "time", "End after this long. Default: with Ctrl-C.",
            (string text, out TimeSpan value) => OptionValues.TryDuration(text, out value) && value > TimeSpan.Zero, "a duration above zero such as 30s");
        Option<int> connections = ValueOption.Number("--connections", "number", "End after so many connections; 0 for no end.", 0, int.MaxValue, 0);
        var common = new CommonOptions();
        var verb = new Command("serve", "Serves echo, discard, chargen and a small page until Ctrl-C.") { echo, discard, chargen, http, duration, connections };
        common.AddTo(verb);
        verb.SetAction((parsed, cancellationToken) =>
        {
            CommonSettings settings = common.Read(parsed);
            IReadOnlyList<Service> services = [];
            Service[] all =
            [
                new("echo", parsed.GetValue(echo), SmallServices.EchoAsync),
                new("discard", parsed.GetValue(discard), SmallServices.DiscardAsync),
                new("chargen", parsed.GetValue(chargen), SmallServices.ChargenAsync),
                new("http", parsed.GetValue(http), PageService.Talk(() => services)),
            ];
            services = [.. all.Where(service => service.Port > 0)];
            var serving = new Serving(terminal, settings, services, parsed.GetValue(duration), parsed.GetValue(connections));
            return serving.RunAsync(cancellationToken);
        });
        return verb;
    }

    private static Option<int> Port(string name, int otherwise)
        => ValueOption.Number(name, "port", $"The port of {name[2..]}; 0 for none.", 0, ushort.MaxValue, otherwise);

    /// <summary>One run.</summary>
    private sealed class Serving(Terminal terminal, CommonSettings settings, IReadOnlyList<Service> services, TimeSpan duration, int connections)
    {
        private readonly Summary _summary = new() { Verb = "serve" };
        private readonly Dictionary<Service, ServiceSummary> _totals
            = services.ToDictionary(service => service, service => new ServiceSummary(service.Name, service.Port, 0, 0, 0, 0, 0));

        public Task<int> RunAsync(CancellationToken interrupt) => Run.VerbAsync(terminal, settings.Json, _summary, () => ServeAsync(interrupt), interrupt);

        private async Task<ExitCode> ServeAsync(CancellationToken interrupt)
        {
            if (services.GroupBy(service => service.Port).FirstOrDefault(group => group.Count() > 1) is { } shared)
                throw new CommandFailure(ExitCode.Usage, $"{string.Join(" and ", shared.Select(service => $"--{service.Name}"))} are both {shared.Key}; each needs a port of its own");
            StackSession session = await StackSession.OpenAsync(settings, terminal, service: null, offload: true, record: false).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposal = session.ConfigureAwait(false);
            _summary.Seed = session.Seed;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
            if (duration > TimeSpan.Zero)
                end.CancelAfter(duration);

            var host = new ServiceHost(session.Stack, services, settings.Timeout, Tell);
            host.Listen();
            terminal.Note($"{session.Stack.Address} serves {string.Join(", ", services.Select(service => $"{service.Name} on {service.Port}"))}");
            Task visit = session.FarEnd is { } link ? TwinVisitor.VisitAsync(link, session.Seed, services, end.Token) : Task.CompletedTask;
            await host.RunAsync(settings.Twin ? services.Count : connections > 0 ? connections : null, end.Token).ConfigureAwait(false);
            await visit.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what went wrong with it, the served connection has told

            StackCounters counters = session.Stack.Counters;
            _summary.Serve = new([.. services.Select(service => _totals[service])], counters);
            if (!settings.Json)
                await PrintTotalsAsync(counters).ConfigureAwait(false);
            return ExitCode.Ok; // an interrupt is how it usually ends
        }

        private void Tell(ServedConnection connection)
        {
            ServiceSummary before = _totals[connection.Service];
            _totals[connection.Service] = before with
            {
                Connections = before.Connections + 1,
                Failed = before.Failed + (connection.Failure is null ? 0 : 1),
                BytesReceived = before.BytesReceived + connection.Info.BytesReceived,
                BytesAcknowledged = before.BytesAcknowledged + connection.Info.BytesAcknowledged,
                Retransmissions = before.Retransmissions + connection.Info.Retransmissions,
            };
            if (!settings.Json)
                terminal.Out.WriteLine(connection);
        }

        private async Task PrintTotalsAsync(StackCounters counters)
        {
            foreach (ServiceSummary total in _totals.Values.Where(total => total.Connections > 0))
            {
                await terminal.Out.WriteLineAsync(
                    $"{total.Name,-7} {total.Connections:N0} connections, {total.Failed:N0} failed; {total.BytesReceived:N0} bytes in, {total.BytesAcknowledged:N0} out, "
                    + $"{total.Retransmissions:N0} retransmissions").ConfigureAwait(false);
            }

            await terminal.Out.WriteLineAsync(
                $"stack   {counters.SegmentsReceived:N0} segments in, {counters.SegmentsSent:N0} out, {counters.Retransmissions:N0} of them again; "
                + $"{counters.PassiveOpens:N0} connections, {counters.ListenDrops:N0} SYNs dropped; {counters.ResetsReceived:N0} resets in, {counters.ResetsSent:N0} out").ConfigureAwait(false);
        }
    }
}
