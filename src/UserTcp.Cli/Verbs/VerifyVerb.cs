using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using UserTcp.Cli.Options;
using UserTcp.Cli.Output;
using UserTcp.Cli.Session;
using UserTcp.Tls;
using UserTcp.Tls.Certificates;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp verify FILE|HOST[:PORT]`: verifies a server's certificates and prints the tree with every rule.</summary>
internal static class VerifyVerb
{
    private const string CertificateLabel = "CERTIFICATE";

    // More than any chain; a file of this size is something else that was named by mistake.
    private const long LargestFile = 1 << 20;

    private const string ListLabel = "X509 CRL";

    // The largest that public authorities publish have some ten MB.
    private const long LargestList = 64 << 20;

    public static Command Make(Terminal terminal)
    {
        var target = new Argument<string>("file or host[:port]") { Description = "A PEM file with the server's certificate first, or a server to ask." };
        var name = new Option<string?>("--name") { HelpName = "host", Description = "The name or address that the certificate must have. Default: the host; for a file, none." };
        var time = ValueOption.Make<DateTimeOffset?>("--at", "time", "Verify for another time than now, such as 2025-06-15T12:00:00Z.",
            (string text, out DateTimeOffset? value) => (value = Time(text)) is not null, "a time such as 2025-06-15T12:00:00Z");
        var lists = new Option<string[]>("--crl") { HelpName = "file", Description = "Also ask this revocation list, in PEM or DER, of an authority in the path; can be given several times. None is fetched." };
        var common = new CommonOptions();
        var verb = new Command("verify", "Verifies a server's certificates and prints the path with every rule: passed, failed, or not reached.") { target, name, time, lists };
        common.AddTo(verb);
        verb.SetAction((parsed, cancellationToken) =>
        {
            CommonSettings settings = common.Read(parsed);
            string asked = parsed.GetRequiredValue(target);
            var summary = new Summary { Verb = "verify", Target = asked };
            return Run.VerbAsync(terminal, settings.Json, summary, () =>
            {
                var question = new Question(parsed.GetValue(name), parsed.GetValue(time) ?? DateTimeOffset.UtcNow, [.. (parsed.GetValue(lists) ?? []).SelectMany(ReadLists)]);
                return File.Exists(asked)
                    ? Task.FromResult(Report(terminal, settings, Examine(ReadChain(asked), question, Anchors(settings))))
                    : AskAsync(terminal, settings, summary, asked, question, cancellationToken);
            }, cancellationToken);
        });
        return verb;
    }

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    private static List<byte[]> ReadChain(string path)
    {
        List<byte[]> chain = Blocks(Read(path, LargestFile, "chain of certificates"), CertificateLabel);
        return chain.Count > 0 ? chain : throw new CommandFailure(ExitCode.Usage, $"{path} holds no certificate; PEM blocks \"BEGIN CERTIFICATE\" are wanted");
    }

    /// <summary>Authorities publish lists in DER; tools that make them write PEM.</summary>
    private static List<byte[]> ReadLists(string path)
    {
        byte[] content = Read(path, LargestList, "revocation list");
        return Blocks(content, ListLabel) is { Count: > 0 } lists ? lists : [content];
    }

    private static byte[] Read(string path, long largest, string what)
    {
        try
        {
            return new FileInfo(path).Length <= largest ? File.ReadAllBytes(path)
                : throw new CommandFailure(ExitCode.Usage, $"{path} has more than {largest} bytes: that is no {what}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static List<byte[]> Blocks(byte[] content, string label)
    {
        var blocks = new List<byte[]>();
        ReadOnlySpan<char> text = Encoding.Latin1.GetString(content);
        while (PemEncoding.TryFind(text, out PemFields fields))
        {
            if (text[fields.Label].SequenceEqual(label))
                blocks.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            text = text[fields.Location.End..];
        }
        return blocks;
    }

    private static TrustStore Anchors(CommonSettings settings) => settings.Authorities is { } file ? TrustStore.FromPemFile(file) : TrustStore.LoadSystem();

    private static CertificateReport Examine(
        IReadOnlyList<byte[]> chain, Question question, TrustStore anchors, ReadOnlyMemory<byte> staple = default, bool stapleRequested = false)
    {
        try
        {
            return CertificateReport.Examine(chain, question.Name, anchors, question.UtcNow, staple, stapleRequested, question.RevocationLists);
        }
        catch (ArgumentException e)
        {
            throw new CommandFailure(ExitCode.Usage, e.Message, e);
        }
    }

    private static ExitCode Report(Terminal terminal, CommonSettings settings, CertificateReport report)
    {
        CertificateTree.Print(report, settings.Json ? terminal.Error : terminal.Out);
        return report.Failure is null ? ExitCode.Ok : throw new CommandFailure(ExitCode.Certificate, report.Failure.Message, report.Failure);
    }

    /// <summary>Shakes hands, trusting anybody: nothing is sent afterwards, and the certificates are judged here.</summary>
    private static async Task<ExitCode> AskAsync(
        Terminal terminal, CommonSettings settings, Summary summary, string target, Question question, CancellationToken interrupt)
    {
        if (!HandshakeVerb.TryTarget(target, out string host, out int port))
            throw new CommandFailure(ExitCode.Usage, $"\"{target}\" is neither a file nor a host with an optional port; chain.pem, example.com or 192.0.2.1:8443 is wanted");

        using var patience = new Patience(settings.Timeout, interrupt);
        StackSession session = await StackSession.OpenAsync(settings, terminal, new TwinService(host, port, Tls: true), offload: false, record: false).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = session.ConfigureAwait(false);
        summary.Seed = session.Seed;
        EvidenceListener? evidence = null;
        TrustStore? anchors = null;
        try
        {
            await session.ConnectAsync(host, port, tls: true, [], patience, options =>
            {
                anchors = options.TrustStore;
                evidence = new EvidenceListener(options.Events);
                return options with { Events = evidence, RequestCertificateStatus = true, DangerouslySkipCertificateVerification = true };
            }).ConfigureAwait(false);
            await session.CloseAsync(patience).ConfigureAwait(false);
        }
        catch (TlsException) when (evidence?.Chain is not null)
        {
            await session.CloseAfterFailureAsync().ConfigureAwait(false);   // the certificates came, and they are what was asked for
        }
        catch (Exception e)
        {
            await session.CloseAfterFailureAsync().ConfigureAwait(false);
            throw patience.Explain(e);
        }
        return Report(terminal, settings,
            Examine(evidence?.Chain ?? [], question with { Name = question.Name ?? host }, anchors ?? Anchors(settings), evidence?.Staple ?? default, stapleRequested: true));
    }

    /// <summary>What is asked about the certificates.</summary>
    /// <param name="Name">The name that the server must have; null for none.</param>
    /// <param name="UtcNow">When.</param>
    /// <param name="RevocationLists">The lists to ask, in DER.</param>
    private sealed record Question(string? Name, DateTimeOffset UtcNow, IReadOnlyList<byte[]> RevocationLists);
}
