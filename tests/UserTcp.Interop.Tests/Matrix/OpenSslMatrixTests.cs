using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Link;
using UserTcp.Tls;

namespace UserTcp.Interop.Tests.Matrix;

/// <summary>openssl s_server in every way in which we can meet, each by a full handshake and by a resumed one, with a file fetched over both; tshark reads it all.</summary>
/// <remarks>
/// The normal run takes a sample in which every pair of values meets; tools/interop-full.sh sets USERTCP_INTEROP=full and takes the whole product.
/// </remarks>
public sealed class OpenSslMatrixTests
{
    private const string Protocol = "http/1.1", FileName = "matrix.bin";

    // Two records of ours, forty of the tiny ones.
    private static readonly byte[] Body = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 31))];

    private static readonly IReadOnlyList<Meeting> Meetings = Environment.GetEnvironmentVariable("USERTCP_INTEROP") == "full" ? Meeting.Product : Meeting.Sample;

    public static TheoryData<LeafKey> Keys => new(Enum.GetValues<LeafKey>());

    [Theory, MemberData(nameof(Keys))]
    public async Task Every_meeting_succeeds_twice(LeafKey key)
    {
        ServerCertificate certificate = TestAuthority.Good(key);
        await using var lab = new TapLab();
        await File.WriteAllBytesAsync(lab.Folder.PathOf(FileName), Body, TestContext.Current.CancellationToken);
        string staple = await lab.Staple(certificate), captured = lab.Folder.PathOf("matrix.pcapng");
        var clients = new Dictionary<ClientIdentity, TlsClientCertificate>
        {
            [ClientIdentity.Rsa] = ClientCertificate(lab, KeyKind.Rsa),
            [ClientIdentity.Ecdsa] = ClientCertificate(lab, KeyKind.Ecdsa),
        };
        var failures = new List<string>();
        int count = 0;
        using (var capture = new CaptureFile(captured, TapLab.Tap, TimeProvider.System))
        {
            await using StackOnTap ours = new(lab, offload: false, decorate: tap => new CapturingLink(tap, capture));
            foreach (IGrouping<(string, Features), Meeting> meetings in Meetings.Where(meeting => meeting.Key == key).GroupBy(meeting => (meeting.OpenSslSuite, meeting.Features)))
            {
                await using ChildProcess server = await StartServer(lab, certificate, staple, meetings.First());
                foreach (Meeting meeting in meetings)
                {
                    count++;
                    try
                    {
                        await Meet(ours, meeting, clients.GetValueOrDefault(meeting.Features.Client), capture);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        failures.Add($"{meeting}: {e.Message}");
                    }
                }

                if (failures.Count > 0) continue;
                await server.WaitForLog("FILE:", 2 * meetings.Count());
                Assert.Equal(meetings.Count(), server.Log.Split("SSLv3/TLS write key exchange").Length - 1); // the server, too, has resumed every other time
            }

            Assert.Equal(0, capture.FramesDropped);
        }

        TestContext.Current.SendDiagnosticMessage($"{key}: {count} meetings, {failures.Count} failures");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        await Tshark.MustNotObject(lab, captured);
        // Readable only with the keys: each end's Finished, the request, and the answer.
        const string finished = "tls.handshake.type == 20", request = "http.request", answer = "http.response.code == 200";
        string[] read = await Tshark.Read(lab, captured, $"{finished} || {request} || {answer}", "ip.src", "tls.handshake.type", "http.request.uri", "http.response.code");
        string[][] ofOurs = [.. read.Select(line => line.Split('\t')).Where(fields => fields[0] == $"{TapLab.Ours}")];
        string[][] ofTheirs = [.. read.Select(line => line.Split('\t')).Where(fields => fields[0] != $"{TapLab.Ours}")];
        Assert.Equal((2 * count, 2 * count), (ofOurs.Count(IsFinished), ofTheirs.Count(IsFinished)));
        Assert.Equal((2 * count, 2 * count), (ofOurs.Count(fields => fields[2] == "/" + FileName), ofTheirs.Count(fields => fields[3] == "200")));
        static bool IsFinished(string[] fields) => fields[1].Split(',').Contains("20");
    }

    [Fact]
    public void The_sample_meets_every_pair()
    {
        static HashSet<(object, object)> Pairs(IEnumerable<Meeting> meetings)
            => [.. meetings.SelectMany(meeting => Pairwise.Pairs<(int, object)>([.. meeting.Values.Index()])).Select(pair => ((object)pair.A, (object)pair.B))];

        Assert.Equal(Pairs(Meeting.Product), Pairs(Meeting.Sample));
        Assert.InRange(Meeting.Sample.Count, 1, Meeting.Product.Count / 20);
    }

    // client                                    openssl s_server
    //   handshake                       <->     full, then abbreviated
    //   GET /matrix.bin                 -->
    //                                   <--     the file, close_notify
    private static async Task Meet(StackOnTap ours, Meeting meeting, TlsClientCertificate? client, CaptureFile capture)
    {
        Features features = meeting.Features;
        using var cache = new TlsSessionCache();
        foreach (bool resumed in (bool[])[false, true])
        {
            var listener = new TlsListener(capture);
            await using TlsClientStream tls = await ours.ConnectTls(ours.Tls with
            {
                Legacy = meeting.Legacy,
                // OpenSSL takes the first. The others stand for the curves of certificates, which are refused when they are not offered (RFC 8422 5.1.1).
                Groups = [meeting.Group, .. ours.Tls.Groups.Except([meeting.Group])],
                SignatureSchemes = [meeting.Scheme],
                ApplicationProtocols = features.Alpn ? [Protocol] : [],
                RequestCertificateStatus = features.Staple,
                ClientCertificates = client is null ? [] : [client],
                SessionCache = cache,
                Events = listener,
            });
            TlsSessionInfo session = tls.Session;
            Assert.Equal((resumed, meeting.Suite, meeting.Group, meeting.Scheme), (session.Resumed, session.CipherSuite, session.Group, session.SignatureScheme));
            Assert.Equal(features.Alpn ? Protocol : null, session.ApplicationProtocol);
            if (resumed)
                Assert.Equal(features.Tickets, Assert.Single(listener.Of<SessionResumed>()).ByTicket);
            else
                Assert.Equal((features.Staple, client), (!session.Certificate.OcspStaple.IsEmpty, session.ClientCertificate));
            Assert.Equal(Body, await SimpleHttp.Get(tls, FileName));
        }
    }

    private static Task<ChildProcess> StartServer(TapLab lab, ServerCertificate certificate, string staple, Meeting meeting)
    {
        Features features = meeting.Features;
        return lab.StartOpenSsl(certificate, lab.Folder.Path, [
            "-state", "-cipher", meeting.OpenSslSuite, "-alpn", Protocol, "-status_file", staple,
            .. features.Tickets ? (string[])[] : ["-no_ticket"],
            .. features.Tiny ? (string[])["-max_send_frag", "512", "-split_send_frag", "512"] : [],
            .. features.Client switch
            {
                ClientIdentity.NotAsked => (string[])[],
                ClientIdentity.Nobody => ["-verify", "1"],
                _ => ["-Verify", "2", "-verify_return_error", "-CAfile", lab.Roots],
            },
        ]);
    }

    private static TlsClientCertificate ClientCertificate(TapLab lab, KeyKind kind)
    {
        ServerCertificate client = TestAuthority.Of(kind).Client();
        return TlsClientCertificate.FromPemFiles(lab.WriteFile("pem", client.ChainPem), lab.WriteFile("key", client.KeyPem));
    }
}
