using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using UserTcp.Cli.Costs;
using UserTcp.Cli.Http;
using UserTcp.Cli.Lesson;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;

namespace UserTcp.Cli.Verbs;

/// <summary>One run of `get`.</summary>
/// <param name="url">What to fetch.</param>
/// <param name="settings">The common options.</param>
/// <param name="file">Where the body goes; null for standard output.</param>
/// <param name="verbose">Whether to tell what happens.</param>
/// <param name="ladder">Whether to draw the ladder.</param>
/// <param name="timing">Whether to tell what each step has cost.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class Fetch(Uri url, CommonSettings settings, string? file, bool verbose, bool ladder, bool timing, Terminal terminal)
{
    private const int FirstErrorStatus = 400;

    private readonly Summary _summary = new() { Verb = "get", Target = url.ToString() };

    /// <summary>Fetches, closes in order, draws.</summary>
    /// <param name="twinSite">What the twin answers, when there is one.</param>
    /// <param name="interrupt">The user's Ctrl-C.</param>
    public Task<int> RunAsync(Func<string, LessonPage> twinSite, CancellationToken interrupt)
        => Run.VerbAsync(terminal, settings.Json, _summary, () => FetchAsync(twinSite, interrupt), interrupt);

    private async Task<ExitCode> FetchAsync(Func<string, LessonPage> twinSite, CancellationToken interrupt)
    {
        using var patience = new Patience(settings.Timeout, interrupt);
        var service = new TwinService(url.IdnHost, url.Port, url.Scheme == Uri.UriSchemeHttps) { Site = twinSite };
        StackSession session = await StackSession.OpenAsync(settings, terminal, service, offload: true, record: ladder, timing ? new CostMeter() : null).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = session.ConfigureAwait(false);
        _summary.Seed = session.Seed;
        try
        {
            int status;
            using (var client = new StackHttpClient(session, patience))
            {
                status = await AskAsync(client, session, patience).ConfigureAwait(false);
                session.Costs?.Mark("last byte");
                await session.CloseAsync(patience).ConfigureAwait(false);
                session.Costs?.Mark("closed", roundTrip: true);
            }

            return status < FirstErrorStatus ? ExitCode.Ok : throw new CommandFailure(ExitCode.HttpStatus, $"the server answered with status {status}");
        }
        catch (Exception e)
        {
            await session.CloseAfterFailureAsync().ConfigureAwait(false);
            throw patience.Explain(e);
        }
        finally
        {
            _summary.Connections = Run.Describe(session.Connections);
            PrintLadder(session);
            if (session.Costs is { } meter)
            {
                _summary.Timing = meter.Costs;
                if (!settings.Json)
                    CostTable.Print(meter.Costs, terminal.Error);
            }
        }
    }

    private async Task<int> AskAsync(StackHttpClient client, StackSession session, Patience patience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("usertcp", "0"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        patience.Begin($"fetching {url}");
        using HttpResponseMessage response = await client.GetAsync(request, patience.Token).ConfigureAwait(false);
        if (verbose)
            Tell(session, request, response);
        if ((int)response.StatusCode is > 300 and < FirstErrorStatus && response.Headers.Location is { } location)
        {
            throw new CommandFailure(
                ExitCode.HttpStatus, $"{request.RequestUri} redirects to {location}, which is not followed: after {StackHttpClient.MostRedirects} redirects, or from https to http, it is enough");
        }

        patience.Begin($"reading the body of {request.RequestUri}");
        using IncrementalHash? hash = settings.Json ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        Stream body = await response.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
        Stream destination = OpenDestination();
        try
        {
            long bytes = await Body.CopyAsync(body, response.Content.Headers.ContentLength, destination, hash, terminal, patience).ConfigureAwait(false);
            _summary.Http = new(request.RequestUri!.ToString(), (int)response.StatusCode, bytes, hash is null ? "" : Convert.ToHexStringLower(hash.GetHashAndReset()));
            if (ladder || verbose)
                terminal.Note($"{request.RequestUri}: status {(int)response.StatusCode} {response.ReasonPhrase}, {bytes} bytes");
        }
        finally
        {
            if (destination != terminal.Body)
                await destination.DisposeAsync().ConfigureAwait(false);
        }

        return (int)response.StatusCode;
    }

    // With --json standard output is the summary's, so a body without a file is counted and hashed only.
    private Stream OpenDestination()
    {
        if (file is null)
            return settings.Json ? Stream.Null : terminal.Body;
        try
        {
            return new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Write, $"{file} cannot be written: {e.Message}", e);
        }
    }

    private void Tell(StackSession session, HttpRequestMessage request, HttpResponseMessage response)
    {
        foreach (PeerConnection connection in session.Connections)
        {
            terminal.Error.WriteLine($"* {connection.Host}: connected {connection.Tcp.LocalEndPoint} -> {connection.Tcp.RemoteEndPoint}");
            if (connection.Tls?.Session is { } tls)
            {
                terminal.Error.WriteLine($"* TLS 1.2, {tls.CipherSuite}, {tls.Group}, signed with {tls.SignatureScheme}, ALPN {tls.ApplicationProtocol ?? "none"}{(tls.Resumed ? ", resumed" : "")}");
                terminal.Error.WriteLine(tls.Certificate.WaivedReason is { } reason ? $"* certificate NOT verified: {reason}" : "* certificate verified");
                if (tls.ClientCertificate is { } identity)
                    terminal.Error.WriteLine($"* shown as {identity.Chain[0].Subject}");
            }
        }

        if (request.RequestUri != url)
            terminal.Error.WriteLine($"* redirected to {request.RequestUri}");
        terminal.Error.WriteLine($"> {request.Method} {request.RequestUri!.PathAndQuery} HTTP/{request.Version}");
        terminal.Error.WriteLine($"> Host: {request.RequestUri.Authority}");
        TellHeaders('>', request.Headers);
        terminal.Error.WriteLine($"< HTTP/{response.Version} {(int)response.StatusCode} {response.ReasonPhrase}");
        TellHeaders('<', response.Headers);
        TellHeaders('<', response.Content.Headers);
    }

    private void TellHeaders(char direction, HttpHeaders headers)
    {
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
            terminal.Error.WriteLine($"{direction} {name}: {values}");
    }

    private void PrintLadder(StackSession session)
    {
        if (session.Recorder is not { } recorder)
            return;
        // Standard output is the body's or the summary's unless both go elsewhere.
        bool outputIsFree = file is not null && !settings.Json;
        LadderPrinter.Print(
            recorder.Conversations(), outputIsFree ? terminal.Out : terminal.Error, outputIsFree ? terminal.OutputIsTerminal : terminal.ErrorIsTerminal);
    }
}
