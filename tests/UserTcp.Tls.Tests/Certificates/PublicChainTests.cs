using System.Text.Json;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Tests.Certificates;

public class PublicChainTests
{
    [Fact]
    public void Every_chain_that_a_public_server_really_sent_verifies()
    {
        using JsonDocument document = TestData.Load("public-chains.json");
        var failed = new List<string>();
        foreach (JsonElement chain in document.RootElement.EnumerateArray())
        {
            ServerKeyUse use = chain.GetProperty("leaf_key").GetString()!.StartsWith("RSA", StringComparison.Ordinal) ? ServerKeyUse.RsaSignature : ServerKeyUse.EcdsaSignature;
            try
            {
                CertificateVerified.Check(TestData.Chain(chain), ReferenceIdentity.Parse(chain.GetProperty("host").GetString()!)!,
                    TrustStore.FromCertificates(TestData.Anchors(chain)), chain.GetProperty("validation_time").GetDateTimeOffset(), use, null);
            }
            catch (TlsException e)
            {
                failed.Add($"{chain.GetProperty("id")}: {e.Message}");
            }
        }
        Assert.True(failed.Count == 0, string.Join('\n', failed));
        Assert.True(document.RootElement.GetArrayLength() > 100);
    }
}
