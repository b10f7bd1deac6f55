using System.Text.Encodings.Web;
using System.Text.Json;
using UserTcp.Limbo;

if (args is not [string path])
{
    Console.Error.WriteLine("usage: Limbo FILE.json   verifies the cases of x509-limbo or of a list of public chains; a line of JSON for each, and one with counts");
    return 2;
}

// Reasons are sentences: only what JSON itself reserves is escaped.
var readable = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
int right = 0, wrong = 0, skipped = 0;
foreach (LimboCase testCase in LimboFile.Read(path))
{
    Verdict verdict = Judge.On(testCase);
    if (verdict.Actual == "SKIPPED") skipped++;
    else if (verdict.Actual == testCase.Expected) right++;
    else wrong++;
    Console.WriteLine(JsonSerializer.Serialize(new { id = testCase.Id, expected = testCase.Expected, actual = verdict.Actual, reason = verdict.Reason }, readable));
}
Console.WriteLine(JsonSerializer.Serialize(new { total = right + wrong + skipped, right, wrong, skipped }, readable));
return wrong == 0 ? 0 : 1;
