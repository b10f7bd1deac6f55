using UserTcp.ConformanceMatrix;

if (args is not ([] or ["--check"]))
{
    Console.Error.WriteLine("usage: ConformanceMatrix           writes CONFORMANCE.md");
    Console.Error.WriteLine("       ConformanceMatrix --check   says what is wrong with it, and fails if anything is");
    return 2;
}

string root = Repository.Root();
IReadOnlyList<Requirement> requirements = RequirementFile.ReadAll(Path.Combine(root, "tools", "ConformanceMatrix", "Requirements"));
var matrix = new Matrix(requirements, Citations.InSource(root), Citations.InTests(root));
string file = Path.Combine(root, "CONFORMANCE.md");
string text = Report.Write(matrix);

List<string> problems = [.. matrix.Problems()];
if (args.Length == 0) File.WriteAllText(file, text);
else problems.AddRange(Report.Differences(File.Exists(file) ? File.ReadAllText(file) : "", text));

foreach (string problem in problems) Console.Error.WriteLine(problem);
return problems.Count == 0 ? 0 : 1;
