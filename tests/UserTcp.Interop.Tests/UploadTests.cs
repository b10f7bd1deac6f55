using System.Security.Cryptography;
using System.Text;
using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;
using UserTcp.Tls;
using UserTcp.Tls.Http;

namespace UserTcp.Interop.Tests;

/// <summary>Data from us to other people's servers, and both ways at once: 1 MiB in the normal run, 100 MiB when tools/interop-full.sh sets USERTCP_INTEROP=full.</summary>
public sealed class UploadTests(Bodies bodies)
{
    private const int Patience = 300_000;       // ms: 100 MiB through openssl s_server on a slow machine

    private static readonly int Size = Environment.GetEnvironmentVariable("USERTCP_INTEROP") == "full" ? Bodies.Sizes[2] : Bodies.Sizes[1];

    public static TheoryData<TlsServer, KeyKind> WebServers
        => new(Enum.GetValues<TlsServer>().Except([TlsServer.OpenSsl, TlsServer.GnuTls]).Select((server, i) => (server, (KeyKind)(i % 2))));

    [Theory(Timeout = Patience), MemberData(nameof(WebServers))]
    public async Task A_file_is_put_unchanged(TlsServer server, KeyKind key)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        await lab.StartServer(server, TestAuthority.Of(key).Good(), bodies, Size);
        await using StackOnTap ours = new(lab, offload: true);
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, _) => new TlsHttpStream(await ours.ConnectTls(ours.Tls)) });
        client.Timeout = Timeout.InfiniteTimeSpan;      // the test has its own

        await using FileStream file = File.OpenRead(bodies.PathOf(Size));
        using HttpResponseMessage answer = await client.PutAsync(TapLab.UrlOf("upload/body"), new StreamContent(file), cancellation);

        Assert.True(answer.IsSuccessStatusCode, $"{answer}");
        await using FileStream stored = File.OpenRead(Path.Combine(lab.Uploads, "body"));
        Assert.Equal((Size, bodies.Sha256(Size)), (stored.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, cancellation))));
        Assert.Equal(0, lab.SegmentsRefusedByKernel());
    }

    [Theory(Timeout = Patience), InlineData(KeyKind.Rsa), InlineData(KeyKind.Ecdsa)]
    public async Task OpenSSL_sends_and_receives_at_once(KeyKind key)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var lab = new TapLab();
        string received = lab.Folder.PathOf("received");
        ChildProcess server = await lab.StartOpenSslPipe(TestAuthority.Of(key).Good(), received);
        await using StackOnTap ours = new(lab, offload: true);
        await using TlsClientStream tls = await ours.ConnectTls(ours.Tls);

        Task sending = SendFile(tls, bodies.PathOf(Size), cancellation), feeding = SendFile(server.Input, bodies.PathOf(Size), cancellation);
        Assert.Equal(bodies.Sha256(Size), await Hash(tls, Size, cancellation));
        await sending;
        await feeding;
        await tls.ShutdownAsync(cancellation);
        while (new FileInfo(received).Length < Size) await Task.Delay(10, cancellation);

        await using FileStream stored = File.OpenRead(received);
        Assert.Equal((Size, bodies.Sha256(Size)), (stored.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, cancellation))));
    }

    // gnutls-serv echoes lines of text.
    [Theory(Timeout = Patience), InlineData(KeyKind.Rsa), InlineData(KeyKind.Ecdsa)]
    public async Task GnuTLS_sends_back_what_it_receives(KeyKind key)
    {
        const int line = 1024;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string letters = string.Concat(Enumerable.Range(0, line - 1).Select(i => (char)('a' + (i % 26)))) + "\n";
        byte[] text = Encoding.ASCII.GetBytes(letters);
        await using var lab = new TapLab();
        await lab.StartGnuTls(TestAuthority.Of(key).Good(), "--echo");
        await using StackOnTap ours = new(lab, offload: true);
        await using TlsClientStream tls = await ours.ConnectTls(ours.Tls);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < Size / line; i++)
            {
                text[i % (line - 1)] = (byte)('A' + (i % 26));
                sent.AppendData(text);
                await tls.WriteAsync(text, cancellation);
            }
        }, cancellation);
        string received = await Hash(tls, Size, cancellation);
        await sending;

        Assert.Equal(Convert.ToHexStringLower(sent.GetHashAndReset()), received);
    }

    private static async Task SendFile(Stream to, string path, CancellationToken cancellation)
    {
        await using FileStream file = File.OpenRead(path);
        await file.CopyToAsync(to, cancellation);
        await to.FlushAsync(cancellation);
    }

    private static async Task<string> Hash(Stream from, int length, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 << 10];
        for (int count; length > 0; length -= count)
        {
            count = await from.ReadAsync(buffer.AsMemory(0, Math.Min(length, buffer.Length)), cancellation);
            Assert.NotEqual(0, count);
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
