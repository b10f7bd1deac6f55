using UserTcp.Limbo;

namespace UserTcp.Tls.Tests.Certificates;

public class PublicChainTests
{
    [Fact]
    public void Every_chain_that_a_public_server_really_sent_verifies()
    {
        IReadOnlyList<LimboCase> chains = LimboFile.Read(TestData.Path("public-chains.json"));

        string[] failed = [.. chains.Select(chain => (chain.Id, Verdict: Judge.On(chain))).Where(c => c.Verdict.Actual != "SUCCESS").Select(c => $"{c.Id}: {c.Verdict.Reason}")];

        Assert.True(failed.Length == 0, string.Join('\n', failed));
        Assert.True(chains.Count > 100);
    }
}
