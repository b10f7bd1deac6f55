using UserTcp.Limbo;

namespace UserTcp.Tls.Tests.Certificates;

/// <summary>The cases of x509-limbo, by the code of tools/Limbo. Its ledger lists those where we differ, each with its reason.</summary>
public class LimboTests
{
    [Fact]
    public void Verdicts_are_those_of_x509_limbo_except_where_the_ledger_says_why_not()
    {
        IReadOnlyDictionary<string, string> ledger = Ledger.Read();
        var wrong = new List<string>();
        foreach (LimboCase testCase in LimboFile.Read(TestData.Path("limbo.json")))
        {
            Verdict verdict = Judge.On(testCase);
            bool agrees = verdict.Actual == testCase.Expected;
            if (agrees == ledger.ContainsKey(testCase.Id))
                wrong.Add($"{testCase.Id}: {testCase.Expected} expected, {verdict.Actual} seen ({verdict.Reason}), and the ledger {(agrees ? "has it" : "does not have it")}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_entry_of_the_ledger_has_a_reason() => Assert.All(Ledger.Read(), entry => Assert.True(entry.Value.Length > 20, entry.Key));
}
