using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UserTcp.Tls.Tests.Certificates;
using UserTcp.Tls.Tests.Peers;
using UserTcp.Tls.Wire;

namespace UserTcp.Tls.Tests.Handshake;

/// <summary>A server's first flight, records and messages and certificates, with bytes changed, moved, repeated and left out. The engine refuses it with its own exception
/// and an alert, or waits for more; nothing else comes out, and memory stays bounded.</summary>
public class MutationTests
{
    private const int Seeds = 4, Rounds = 2_000;
    private const long MostAllocated = 4 << 20;     // per connection: two record buffers, the flight, one certificate's parsing and verification

    private static readonly TestCertificate TrustedRoot = TestCertificate.Root();
    private static readonly TestCertificate Issuer = TrustedRoot.Intermediate();
    private static readonly TestCertificate Certificate = Issuer.Server();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(Seeds)]
    public void A_mutated_flight_gives_an_alert_and_our_own_exception_or_waits(int seed)
    {
        byte[] flight = Flight();
        var random = new Random(seed);
        var seen = new HashSet<TlsError>();
        for (int round = 0; round < Rounds; round++)
        {
            byte[] mutated = Mutate(flight, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            TlsException? failure = Offer(mutated, out bool alerted);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
            if (failure is null) continue;
            Assert.True(failure.Error != TlsError.InternalError, $"seed {seed}, round {round}: {failure}");
            Assert.True(alerted == TlsErrorTable.Alert(failure.Error) is not null, $"seed {seed}, round {round}: {failure.Error}");
            seen.Add(failure.Error);
        }
        Assert.InRange(seen.Count, 12, 100);    // the mutations reach many layers
    }

    [Fact]
    public void The_flight_itself_is_good_and_large_enough_for_ten_million_mutated_bytes()
    {
        byte[] flight = Flight();

        Assert.Null(Offer(flight, out _));
        Assert.InRange(Seeds * Rounds * flight.Length, 10_000_000, int.MaxValue);
    }

    private static TlsException? Offer(byte[] bytes, out bool alerted)
    {
        using var engine = new TlsClientEngine(Options, Fixed);
        alerted = false;
        try
        {
            Drain(engine);
            for (int at = 0; at < bytes.Length;)
            {
                int count = Math.Min(bytes.Length - at, engine.InputBuffer.Length);
                bytes.AsSpan(at, count).CopyTo(engine.InputBuffer.Span);
                engine.InputReceived(count);
                at += count;
                Drain(engine);
            }
            return null;
        }
        catch (TlsException e)
        {
            // Our own flight may stand before it, when what was wrong came after a good one of the server's; the alert is protected then.
            for (ReadOnlySpan<byte> output = engine.GetOutput().Span; RecordHeader.TryParse(output, out RecordHeader header); output = output[(RecordHeader.Size + header.Length)..])
                alerted = header.Type == ContentType.Alert;
            return e;
        }
    }

    private static void Drain(TlsClientEngine engine)
    {
        while (engine.Handshake(TestCertificate.Now) == TlsStatus.WantWrite) engine.OutputSent(engine.GetOutput().Length);
    }

    /// <summary>ServerHello to ServerHelloDone, in records of several shapes, for the client whose randomness is <see cref="Fixed"/>.</summary>
    private static byte[] Flight()
    {
        using X509Certificate2 withoutKey = X509CertificateLoader.LoadCertificate(Certificate.Der);
        using X509Certificate2 certificate = withoutKey.CopyWithPrivateKey((ECDsa)Certificate.Key);
        var server = new ScriptedServer(certificate);
        using var engine = new TlsClientEngine(Options, Fixed);
        engine.Handshake(TestCertificate.Now);
        server.Receive(engine.GetOutput().Span);
        ServerHello hello = server.Hello();
        return
        [
            .. server.Send(hello with { Extensions = [.. hello.Extensions, ScriptedServer.Extension(ExtensionType.StatusRequest)] }),
            .. server.Send(new CertificateMessage([Certificate.Der, Issuer.Der]), new CertificateStatus(new TestResponder(Issuer).Respond(Certificate))),
            .. server.Send(server.KeyExchange(), new ServerHelloDone()),
        ];
    }

    private static TlsClientOptions Options { get; } = new()
    {
        HostName = "server.example",
        TrustStore = CertificateCheckTests.Anchors([TrustedRoot]),
        RequestCertificateStatus = true,
    };

    private static void Fixed(Span<byte> bytes) => bytes.Fill(0x5a);

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 1; changes--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = (byte)(random.Next(2) * 255); break;
                case 3: bytes.RemoveRange(at, length); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }
}
