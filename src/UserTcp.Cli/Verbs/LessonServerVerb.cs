using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Cli.Lesson;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp lesson-server`, hidden: what run-tap.sh starts on the kernel's side of its namespace.</summary>
internal static class LessonServerVerb
{
    private const int HttpsPort = 443, DnsPort = 53;

    public static Command Make(Terminal terminal)
    {
        var tap = new Option<string>("--tap") { Required = true, Description = "The TAP to make." };
        var address = new Option<string>("--address") { Required = true, Description = "The kernel's address on it, such as 10.0.0.1/24." };
        var host = new Option<string>("--host") { Required = true, Description = "The name to answer to." };
        var writeAuthority = new Option<string>("--write-ca") { Required = true, Description = "Where to write the authority's certificate." };
        var ecdsa = new Option<bool>("--ecdsa") { Description = "ECDSA P-256 keys instead of RSA-2048." };
        var verb = new Command("lesson-server", "Makes a TAP and serves DNS and HTTPS on the kernel's side of it, until standard input ends.")
        {
            tap, address, host, writeAuthority, ecdsa,
        };
        verb.Hidden = true;
        verb.SetAction((parsed, cancellationToken) => Run.VerbAsync(
            terminal, json: false, new Summary { Verb = "lesson-server" },
            async () =>
            {
                if (!Cidr.TryParse(parsed.GetRequiredValue(address), out Cidr cidr))
                    throw new CommandFailure(ExitCode.Usage, $"--address is \"{parsed.GetRequiredValue(address)}\"; an address with its prefix such as 10.0.0.1/24 is wanted");
                KernelTap.Make(parsed.GetRequiredValue(tap), cidr);
                await ServeAsync(
                    terminal, cidr.Address, parsed.GetRequiredValue(host), parsed.GetRequiredValue(writeAuthority), parsed.GetValue(ecdsa),
                    cancellationToken).ConfigureAwait(false);
                return ExitCode.Ok;
            },
            cancellationToken));
        return verb;
    }

    private static async Task ServeAsync(Terminal terminal, IPAddress address, string host, string authorityPath, bool ecdsa, CancellationToken cancellationToken)
    {
        using var authority = new LessonAuthority(TimeProvider.System.GetUtcNow(), ecdsa);
        using X509Certificate2 certificate = authority.Issue(host);
        using var names = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var pages = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        names.Bind(new IPEndPoint(address, DnsPort));
        pages.Bind(new IPEndPoint(address, HttpsPort));
        pages.Listen();
        await File.WriteAllTextAsync(authorityPath, authority.CertificatePem, cancellationToken).ConfigureAwait(false);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task dns = new LessonDns(names, host, address).RunAsync(end.Token);
        Task https = new LessonServer(certificate, _ => LessonPage.ItArrived)
            .RunAsync(async token => LessonConnection.Of(await pages.AcceptAsync(token).ConfigureAwait(false)), end.Token);
        await terminal.Out.WriteLineAsync($"ready: {host} is {address}, HTTPS on port {HttpsPort}, DNS on port {DnsPort}").ConfigureAwait(false);

        // Whoever has started us holds our standard input open and lets go of it by ending, in whatever way. A thread of its own: the read cannot be cancelled.
        var watch = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
            }

            end.Cancel();
        })
        { IsBackground = true };
        watch.Start();
        await Task.WhenAll(dns, https).ConfigureAwait(false);
    }
}
