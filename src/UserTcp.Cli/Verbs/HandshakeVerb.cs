using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp handshake HOST[:PORT]`: connects, does the TLS handshake, closes in order and draws the ladder.</summary>
internal static class HandshakeVerb
{
    private const int HttpsPort = 443;

    // On the twin wire any name will do, so that the shortest command needs none.
    private const string NameOfTwin = "page.lesson.test";

    public static Command Make(Terminal terminal)
    {
        var target = new Argument<string?>("host[:port]") { Arity = ArgumentArity.ZeroOrOne, Description = "Whom to connect to; port 443 when none is given. Needs none with --twin." };
        var resume = new Option<bool>("--resume") { Description = "Then connect once more and resume the session." };
        var common = new CommonOptions();
        var verb = new Command("handshake", "Connects, does the TLS handshake, closes in order, and explains every segment.") { target, resume };
        common.AddTo(verb);
        verb.SetAction((parsed, cancellationToken) =>
        {
            CommonSettings settings = common.Read(parsed);
            var summary = new Summary { Verb = "handshake", Target = parsed.GetValue(target) ?? (settings.Twin ? NameOfTwin : null) };
            return Run.VerbAsync(terminal, settings.Json, summary, () => ShakeAsync(terminal, settings, parsed.GetValue(resume), summary, cancellationToken), cancellationToken);
        });
        return verb;
    }

    internal static bool TryTarget(string text, out string host, out int port)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        host = colon < 0 ? text : text[..colon];
        port = HttpsPort;
        bool portIsRight = colon < 0
            || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue);
        return portIsRight && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
    }

    private static async Task<ExitCode> ShakeAsync(Terminal terminal, CommonSettings settings, bool resume, Summary summary, CancellationToken interrupt)
    {
        if (summary.Target is null)
            throw new CommandFailure(ExitCode.Usage, "with whom? A host is wanted, such as example.com or 192.0.2.1:8443; with --twin it can be left out");
        if (!TryTarget(summary.Target, out string host, out int port))
            throw new CommandFailure(ExitCode.Usage, $"\"{summary.Target}\" is not a host with an optional port; example.com or 192.0.2.1:8443 is wanted");

        using var patience = new Patience(settings.Timeout, interrupt);
        StackSession session = await StackSession.OpenAsync(settings, terminal, new TwinService(host, port, Tls: true), offload: false, record: true).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = session.ConfigureAwait(false);
        summary.Seed = session.Seed;
        try
        {
            PeerConnection connection = await session.ConnectAsync(host, port, tls: true, ["http/1.1"], patience).ConfigureAwait(false);
            if (resume)
            {
                await session.CloseAsync(connection, patience).ConfigureAwait(false);
                connection = await session.ConnectAsync(host, port, tls: true, ["http/1.1"], patience).ConfigureAwait(false);
                if (connection.Tls is not { Session.Resumed: true })
                    terminal.Note($"{host} did not resume the session: both handshakes were full ones");
            }

            await session.CloseAsync(patience).ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (Exception e)
        {
            await session.CloseAfterFailureAsync().ConfigureAwait(false);
            throw patience.Explain(e);
        }
        finally
        {
            summary.Connections = Run.Describe(session.Connections);
            LadderPrinter.Print(
                session.Recorder!.Conversations(), settings.Json ? terminal.Error : terminal.Out, settings.Json ? terminal.ErrorIsTerminal : terminal.OutputIsTerminal);
        }
    }
}
