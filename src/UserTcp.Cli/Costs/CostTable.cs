using System.Globalization;

namespace UserTcp.Cli.Costs;

/// <summary>The cost waterfall: a line for each step, with a bar where and as long as it was.</summary>
internal static class CostTable
{
    private const int BarWidth = 40;

    /// <summary>Prints it.</summary>
    public static void Print(IReadOnlyList<Cost> costs, TextWriter writer)
    {
        double total = costs[^1].AtMilliseconds;
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{"step",-22} {"at ms",9} {"ms",9} {"CPU ms",9} {"sent",9} {"received",11} {"allocated",11} {"trips",5}"));
        foreach (Cost cost in costs)
        {
            int from = (int)((cost.AtMilliseconds - cost.Milliseconds) / total * BarWidth), to = (int)(cost.AtMilliseconds / total * BarWidth);
            string bar = new string(' ', from) + new string('█', Math.Max(to - from, 0)) + (to == from ? "▏" : "");
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{cost.Name,-22} {cost.AtMilliseconds,9:F2} {cost.Milliseconds,9:F2} {cost.CpuMilliseconds,9:F2} {cost.BytesSent,9} {cost.BytesReceived,11} {cost.AllocatedBytes,11} {cost.RoundTrips,5}  {bar}"));
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{"in all",-22} {total,9:F2} {costs.Sum(cost => cost.Milliseconds),9:F2} {costs.Sum(cost => cost.CpuMilliseconds),9:F2} {costs.Sum(cost => cost.BytesSent),9} {costs.Sum(cost => cost.BytesReceived),11} {costs.Sum(cost => cost.AllocatedBytes),11} {costs.Sum(cost => cost.RoundTrips),5}"));
    }
}
