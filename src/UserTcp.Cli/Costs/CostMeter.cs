using System.Diagnostics;
using UserTcp.Link;

namespace UserTcp.Cli.Costs;

/// <summary>What one step of a run has cost, from the end of the step before.</summary>
/// <param name="Name">The step, by what ends it, such as "SYN-ACK".</param>
/// <param name="AtMilliseconds">When it ended, from the start of the process.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="CpuMilliseconds">Processor time of the whole process in it, user and system.</param>
/// <param name="BytesSent">Bytes of the frames sent in it.</param>
/// <param name="BytesReceived">Bytes of the frames received in it.</param>
/// <param name="AllocatedBytes">Managed memory allocated in it.</param>
/// <param name="RoundTrips">1 when it was a wait for somebody else's answer.</param>
internal sealed record Cost(
    string Name, double AtMilliseconds, double Milliseconds, double CpuMilliseconds, long BytesSent, long BytesReceived, long AllocatedBytes, int RoundTrips);

/// <summary>Reads clock, processor time, link counters and heap whenever a step ends.</summary>
internal sealed class CostMeter
{
    private readonly Lock _gate = new();
    private readonly List<Cost> _costs = [];
    private readonly long _origin;
    private Func<LinkCounters> _counters = static () => default;
    private Reading _last;

    private readonly record struct Reading(TimeSpan At, TimeSpan Cpu, LinkCounters Link, long Allocated);

    /// <summary>Begins. The first step is what the process has done before.</summary>
    public CostMeter()
    {
        using var process = Process.GetCurrentProcess();
        _origin = Stopwatch.GetTimestamp() - (long)((DateTime.Now - process.StartTime).TotalSeconds * Stopwatch.Frequency);
        Mark("start of the process");
    }

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<Cost> Costs
    {
        get
        {
            lock (_gate)
                return [.. _costs];
        }
    }

    /// <summary>Counts the bytes of this link from now on.</summary>
    public void Watch(ILink link)
    {
        lock (_gate)
            _counters = () => link.Counters;
    }

    /// <summary>A step has ended.</summary>
    /// <param name="name">What ended it.</param>
    /// <param name="roundTrip">Whether it was somebody else's answer.</param>
    public void Mark(string name, bool roundTrip = false)
    {
        lock (_gate)
            Add(name, roundTrip);
    }

    private void Add(string name, bool roundTrip)
    {
        var now = new Reading(Stopwatch.GetElapsedTime(_origin), Environment.CpuUsage.TotalTime, _counters(), GC.GetTotalAllocatedBytes(precise: true));
        _costs.Add(new(
            name, now.At.TotalMilliseconds, (now.At - _last.At).TotalMilliseconds, (now.Cpu - _last.Cpu).TotalMilliseconds,
            now.Link.BytesSent - _last.Link.BytesSent, now.Link.BytesReceived - _last.Link.BytesReceived, now.Allocated - _last.Allocated, roundTrip ? 1 : 0));
        _last = now;
    }
}
