using System.CommandLine;
using UserTcp.Cli.Doctor;
using UserTcp.Cli.Output;

namespace UserTcp.Cli.Verbs;

/// <summary>`usertcp doctor`: what this machine lacks for a TAP, and what mends it.</summary>
internal static class DoctorVerb
{
    public static Command Make(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON summary to standard output." };
        var verb = new Command("doctor", "Says what this machine lacks for a TAP, each with the command that mends it.") { json };
        verb.SetAction((parsed, cancellationToken) => ExamineAsync(new ThisMachine(), terminal, parsed.GetValue(json), cancellationToken));
        return verb;
    }

    internal static Task<int> ExamineAsync(IMachine machine, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var summary = new Summary { Verb = "doctor" };
        return Run.VerbAsync(terminal, json, summary, () => Task.FromResult(Examine(machine, terminal, json, summary)), cancellationToken);
    }

    private static ExitCode Examine(IMachine machine, Terminal terminal, bool json, Summary summary)
    {
        Diagnosis diagnosis = new Examination(machine).Examine();
        summary.Diagnosis = diagnosis;
        if (!json)
            Print(diagnosis, terminal.Out);
        return diagnosis.OwnNamespace ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Print(Diagnosis diagnosis, TextWriter output)
    {
        foreach (Finding finding in diagnosis.Findings)
        {
            output.WriteLine($"{(finding.Ok ? "ok     " : "missing")}  {finding.Name}: {finding.Found}");
            if (finding.Mend is not null)
                output.WriteLine($"         {finding.Mend}");
        }

        output.WriteLine();
        output.WriteLine($"./run-tap.sh            {(diagnosis.OwnNamespace ? "works here" : "does not work here yet")}");
        output.WriteLine($"./run-tap.sh URL        {(diagnosis.RealServers ? "works here" : "does not work here yet")}");
        output.WriteLine("usertcp ... --twin      works everywhere");
    }
}
