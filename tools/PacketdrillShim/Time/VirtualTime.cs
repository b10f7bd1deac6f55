using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Wire;

namespace UserTcp.PacketdrillShim.Time;

/// <summary>The one clock, which moves only when packetdrill asks for the time, sleeps or waits for a packet; and the calls that sleep on it.</summary>
/// <remarks>
/// <para>packetdrill has two threads: the driver, which plays the script, and one for calls that the script expects to block. All calls take the same
/// gate. A call that has to wait gives the gate back and sleeps; the driver finds what it waits for come true, wakes it and moves on only when it has
/// left. So the same script gives the same times every time, whatever the machine is busy with.</para>
/// <para>packetdrill asks for the time right after a blocking call has returned, perhaps long after in virtual time: the first question of
/// that thread is answered with the time of its release.</para>
/// </remarks>
internal sealed class VirtualTime(StackPort port, Action review)
{
    // Any time but the origin: a stack that takes 0 for "not yet" would go unnoticed.
    private static readonly Instant Start = Instant.Zero + TimeSpan.FromSeconds(1000);
    private static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(1);

    // More timers than this at one instant are one timer that does not move on.
    private const int MostStepsAtOnce = 100_000;

    private readonly object _gate = new(); // for Monitor.Wait, which Lock does not have
    private readonly int _driver = Environment.CurrentManagedThreadId;
    private readonly List<SleepingCall> _sleeping = [];
    private readonly Dictionary<int, SleepingCall> _leaving = [];
    private readonly Dictionary<int, Instant> _releasedAt = [];

    /// <summary>The time; to be read inside <see cref="Run"/>.</summary>
    internal Instant Now { get; private set; } = Start;

    /// <summary>Makes one call of packetdrill's: one at a time, and when it returns everything that it caused has been sent.</summary>
    internal long Run(Func<long> call)
    {
        lock (_gate)
        {
            long result = call();
            Settle();
            if (_leaving.ContainsKey(Environment.CurrentManagedThreadId)) _releasedAt[Environment.CurrentManagedThreadId] = Now;
            Leave();
            return result;
        }
    }

    /// <summary>What gettimeofday tells. Every question lets a microsecond pass, since packetdrill waits by asking.</summary>
    internal Instant Ask()
    {
        lock (_gate)
        {
            if (_releasedAt.Remove(Environment.CurrentManagedThreadId, out Instant released)) return released;
            AdvanceTo(Now + Tick);
            return Now;
        }
    }

    /// <summary>Lets time pass.</summary>
    internal void Sleep(TimeSpan span)
    {
        lock (_gate) AdvanceTo(Now + span);
    }

    /// <summary>Gives the next packet that leaves the stack, for which time passes as far as needed.</summary>
    /// <returns>False when nothing will ever come unless something new arrives.</returns>
    internal bool TryTakePacket(out SentPacket packet)
    {
        lock (_gate)
        {
            while (!port.TryTake(out packet))
            {
                Instant next = NextEvent;
                if (next == Instant.Never) return false;
                AdvanceTo(next);
            }
            return true;
        }
    }

    /// <summary>Waits inside a call until something is true.</summary>
    /// <returns>False when the deadline has come first.</returns>
    internal bool Wait(Func<bool> isTrue, Instant deadline)
    {
        Settle(); // what the call has done so far gets onto the wire
        if (isTrue()) return true;
        if (Environment.CurrentManagedThreadId == _driver) return Drive(isTrue, deadline);
        SleepingCall call = new(isTrue, deadline);
        _sleeping.Add(call);
        Leave(); // when it was woken before and sleeps again
        while (!call.Released) Monitor.Wait(_gate);
        _sleeping.Remove(call);
        _leaving[Environment.CurrentManagedThreadId] = call;
        return isTrue();
    }

    /// <summary>The driver itself waits: nothing can arrive meanwhile, only time can pass.</summary>
    private bool Drive(Func<bool> isTrue, Instant deadline)
    {
        while (!isTrue())
        {
            if (Now >= deadline) return false;
            Instant next = Instant.Min(NextEvent, deadline);
            if (next == Instant.Never)
            {
                throw new InvalidOperationException(
                    $"A call on packetdrill's own thread blocks for ever (errno would be {Errno.Deadlock}): give it a time range in the script, or make the socket non-blocking.");
            }
            AdvanceTo(next);
        }
        return true;
    }

    private Instant NextEvent
    {
        get
        {
            Instant next = port.NextDeadline;
            foreach (SleepingCall call in _sleeping) next = Instant.Min(next, call.Deadline);
            return next;
        }
    }

    private void AdvanceTo(Instant target)
    {
        int steps = 0;
        for (Instant next = NextEvent; next <= target; next = NextEvent)
        {
            steps = next <= Now ? steps + 1 : 0;
            if (steps > MostStepsAtOnce) throw new InvalidOperationException($"The stack's deadline stays at {next} although that time has come.");
            Now = Instant.Max(Now, next);
            port.Advance(Now);
            Settle();
        }
        Now = target;
    }

    /// <summary>Sends what wants to be sent and wakes those whose wait is over, until there is nothing of either.</summary>
    private void Settle()
    {
        port.Flush(Now);
        review();
        for (int i = 0; i < _sleeping.Count; i++)
        {
            SleepingCall call = _sleeping[i];
            if (call.Released || !(call.IsTrue() || Now >= call.Deadline)) continue;
            call.Released = true;
            Monitor.PulseAll(_gate);
            while (!call.Left) Monitor.Wait(_gate);
            i = -1; // the list has changed, and what the call did may have made another's wish true
        }
    }

    private void Leave()
    {
        if (!_leaving.Remove(Environment.CurrentManagedThreadId, out SleepingCall? call)) return;
        call.Left = true;
        Monitor.PulseAll(_gate);
    }

    private sealed class SleepingCall(Func<bool> isTrue, Instant deadline)
    {
        internal Func<bool> IsTrue { get; } = isTrue;

        internal Instant Deadline { get; } = deadline;

        internal bool Released { get; set; }

        internal bool Left { get; set; }
    }
}
