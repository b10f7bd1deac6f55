using System.Text.Json;
using UserTcp.Tls.Certificates;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>The cases of x509-limbo. limbo-ledger.txt lists those where we differ, each with its reason; the list must be exact.</summary>
public class LimboTests
{
    private static readonly DateTimeOffset AnyTime = new(2024, 7, 1, 0, 0, 0, TimeSpan.Zero);    // the cases without a time are valid for centuries

    [Fact]
    public void Verdicts_are_those_of_x509_limbo_except_where_the_ledger_says_why_not()
    {
        using JsonDocument document = TestData.Load("limbo.json");
        Dictionary<string, string> ledger = ReadLedger();
        var wrong = new List<string>();
        int agreed = 0, differed = 0, skipped = 0;
        foreach (JsonElement testCase in document.RootElement.GetProperty("testcases").EnumerateArray())
        {
            string id = testCase.GetProperty("id").GetString()!;
            if (Strings(testCase, "extended_key_usage") is [not "serverAuth", ..])    // clients' certificates: nothing here verifies those
            {
                skipped++;
                continue;
            }
            string expected = testCase.GetProperty("expected_result").GetString()!;
            string reason = Verify(testCase);
            bool agrees = expected == "SUCCESS" == (reason.Length == 0);
            if (agrees) agreed++;
            else differed++;
            if (agrees && ledger.Remove(id)) wrong.Add($"{id}: agrees now, take it out of the ledger ({reason})");
            if (!agrees && !ledger.Remove(id)) wrong.Add($"{id}: {expected} expected, seen {(reason.Length == 0 ? "SUCCESS" : reason)}");
        }
        TestContext.Current.SendDiagnosticMessage($"x509-limbo: {agreed} agree, {differed} differ, {skipped} are about clients");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_entry_of_the_ledger_has_a_reason() => Assert.All(ReadLedger(), entry => Assert.True(entry.Value.Length > 20, entry.Key));

    private static string Verify(JsonElement testCase)
    {
        DateTimeOffset time = testCase.GetProperty("validation_time").ValueKind == JsonValueKind.Null ? AnyTime : testCase.GetProperty("validation_time").GetDateTimeOffset();
        JsonElement peer = testCase.GetProperty("expected_peer_name");
        ReferenceIdentity? reference = peer.ValueKind == JsonValueKind.Null ? null : ReferenceIdentity.Parse(peer.GetProperty("value").GetString()!);
        JsonElement depth = testCase.GetProperty("max_chain_depth");
        PathBudget budget = depth.ValueKind == JsonValueKind.Null ? PathBudget.Default : PathBudget.Default with { Intermediates = depth.GetInt32() };
        try
        {
            IReadOnlyList<byte[]> chain = TestData.Chain(testCase);
            ServerKeyUse use = CertificateParser.TryParse(chain[0], out CertificateDetails? server, out _) && server.Key is { IsRsa: false }
                ? ServerKeyUse.EcdsaSignature : ServerKeyUse.RsaSignature;
            ChainVerdict verdict = ChainVerifier.Verify(chain, reference, TrustStore.FromCertificates(TestData.Anchors(testCase)), time, use, budget);
            return verdict.Failure?.ToException().Message ?? "";
        }
        catch (TlsException e)
        {
            return e.Message;
        }
    }

    private static string[] Strings(JsonElement testCase, string property) => [.. testCase.GetProperty(property).EnumerateArray().Select(e => e.GetString()!)];

    private static Dictionary<string, string> ReadLedger() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Certificates", "limbo-ledger.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => line.Split(' ')[0], line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
}
