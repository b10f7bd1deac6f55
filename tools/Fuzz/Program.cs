using System.Globalization;
using SharpFuzz;
using UserTcp.Fuzz;

FuzzTarget? target = args.Length > 1 ? FuzzTarget.All.FirstOrDefault(t => t.Name == args[1]) : null;
switch (args)
{
    case ["list"]:
        foreach (FuzzTarget each in FuzzTarget.All) Console.WriteLine(each.Name);
        return 0;
    case ["seeds", _, string folder] when target is not null:
        Directory.CreateDirectory(folder);
        foreach ((int number, byte[] seed) in target.Seeds().Index()) File.WriteAllBytes(Path.Combine(folder, $"seed-{number:00}"), seed);
        return 0;
    case ["run", _] when target is not null:
        bool warm = false;
        Fuzzer.OutOfProcess.Run(stream =>
        {
            // What is made once counts for no input. Not earlier: instrumented code must not run before this does.
            if (!warm) foreach (byte[] seed in target.Seeds()) target.Run(seed);
            warm = true;
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.Run(input.GetBuffer().AsSpan(0, (int)input.Length));
        });
        return 0;
    case ["replay", _, .. string[] files] when target is not null:
        foreach (byte[] seed in target.Seeds()) target.Run(seed);
        return files.Select(file => Replay(target, file)).ToArray().All(good => good) ? 0 : 1;
    case ["mutate", _, string bytes] when target is not null && long.TryParse(bytes, CultureInfo.InvariantCulture, out long count):
        MutationRun run = MutationRun.Of(target, count);
        Console.WriteLine($"{target.Name}: {run.Inputs} inputs of {run.Bytes} bytes together");
        foreach ((string outcome, int times) in run.Outcomes.OrderByDescending(pair => pair.Value)) Console.WriteLine($"{times,10}  {outcome}");
        return 0;
    default:
        Console.Error.WriteLine("usage: Fuzz list                      names the targets");
        Console.Error.WriteLine("       Fuzz seeds TARGET FOLDER       writes the inputs to begin with");
        Console.Error.WriteLine("       Fuzz run TARGET                takes inputs from afl-fuzz, which must have started it: see tools/fuzz.sh");
        Console.Error.WriteLine("       Fuzz replay TARGET FILE...     takes inputs from files, and says what each does");
        Console.Error.WriteLine("       Fuzz mutate TARGET BYTES       takes so many bytes of mutated seeds, and says how far they came");
        return 2;
}

static bool Replay(FuzzTarget target, string file)
{
    try
    {
        Console.WriteLine($"{file}: {target.Run(File.ReadAllBytes(file))}");
        return true;
    }
#pragma warning disable CA1031 // whatever comes out of it is what was looked for
    catch (Exception e)
#pragma warning restore CA1031
    {
        Console.WriteLine($"{file}: {e}");
        return false;
    }
}
