using UserTcp.Interop.Tests.Fixtures;
using UserTcp.Interop.Tests.Servers;

namespace UserTcp.Interop.Tests;

/// <summary>Through a router that translates addresses, by name: what a URL on the real Internet needs.</summary>
public sealed class InternetTests(Bodies bodies)
{
    private const string Text = "All of this compresses well. ";

    [Theory]
    [InlineData(TestAuthority.Host)]
    [InlineData(TestAuthority.Alias)]
    [InlineData(TestAuthority.Crowd)]
    public async Task A_name_leads_to_the_file(string name)
    {
        await using Internet internet = await Build();
        CommandResult result = (await internet.Client.Usertcp("get", $"https://{name}/{Bodies.NameOf(1 << 20)}")).MustEndWith(0);
        Assert.Equal(bodies.Sha256(1 << 20), result.OutputSha256);
    }

    [Fact]
    public async Task An_answer_that_was_truncated_is_asked_for_again_over_TCP()
    {
        await using Internet internet = await Build();
        string capture = internet.Client.Folder.PathOf("dns.pcapng");
        (await internet.Client.Usertcp("get", "--pcapng", capture, $"https://{TestAuthority.Crowd}/{Bodies.NameOf(1)}")).MustEndWith(0);
        Assert.NotEmpty(await Tshark.Read(internet.Client, capture, "udp && dns.flags.truncated == 1"));
        Assert.NotEmpty(await Tshark.Read(internet.Client, capture, "tcp && dns.flags.response == 1 && dns.count.answers == 100"));
    }

    [Fact]
    public async Task Redirects_are_followed_to_another_host_and_another_scheme()
    {
        await using Internet internet = await Build();
        CommandResult result = await internet.Client.Usertcp("get", "--verbose", $"http://{TestAuthority.Host}/old");
        result.MustEndWith(0).MustSay(TestAuthority.Alias);
        Assert.Equal(bodies.Sha256(1), result.OutputSha256);
    }

    [Fact]
    public async Task A_compressed_body_arrives_as_it_was()
    {
        await using Internet internet = await Build();
        CommandResult result = (await internet.Client.Usertcp("get", "--verbose", $"https://{TestAuthority.Host}/page.txt")).MustEndWith(0);
        Assert.Equal(string.Concat(Enumerable.Repeat(Text, 1000)), result.Output);
    }

    [Fact]
    public async Task An_error_status_is_an_error()
    {
        const int httpStatus = 22;
        await using Internet internet = await Build();
        (await internet.Client.Usertcp("get", $"https://{TestAuthority.Host}/missing")).MustEndWith(httpStatus).MustSay("404");
    }

    [Fact]
    public async Task A_host_beyond_the_router_answers_pings()
    {
        await using Internet internet = await Build();
        (await internet.Client.Usertcp("ping", "--count", "1", TestAuthority.Host)).MustEndWith(0);
    }

    private async Task<Internet> Build()
    {
        var internet = new Internet();
        try
        {
            await internet.StartNameServer();
            ServerCertificate certificate = TestAuthority.Of(KeyKind.Rsa).Good();
            TapLab lab = internet.Client;
            lab.Folder.Write("page.txt", string.Concat(Enumerable.Repeat(Text, 1000)));
            ChildProcess nginx = lab.StartNginx(internet.Servers, $$"""
                  ssl_certificate {{lab.WriteFile("pem", certificate.ChainPem)}};
                  ssl_certificate_key {{lab.WriteFile("key", certificate.KeyPem)}};
                  gzip on;
                  gzip_types text/plain;
                  server {
                    listen 443 ssl;
                    root {{bodies.Folder}};
                    location = /page.txt { root {{lab.Folder.Path}}; }
                    location = /middle { return 302 https://{{TestAuthority.Alias}}/{{Bodies.NameOf(1)}}; }
                  }
                  server {
                    listen 80;
                    location = /old { return 301 https://{{TestAuthority.Host}}/middle; }
                  }
                """);
            await nginx.WaitForPort(443);
            return internet;
        }
        catch
        {
            await internet.DisposeAsync();
            throw;
        }
    }
}
