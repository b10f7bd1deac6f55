using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using UserTcp.Link;

namespace UserTcp.Host;

/// <summary>The threads of a stack: one reads the link and lets callers go on whose waits have ended; another stands by.</summary>
/// <remarks>
/// <para>Where callers go on decides what a round trip costs. A thread of the pool has to be woken, which takes tens of microseconds; the one that reads is
/// awake. So it runs a step of one caller itself and leaves the others to the pool, as long as such steps are short.</para>
/// <para>A step may also block, even for something that only a frame can bring. The thread that stands by looks once in a while, and whoever is still in
/// the same step at the next look has lost the place at the link to it (so does Go's scheduler with threads in system calls). With
/// <see cref="StackOptions.InlineContinuations"/> nobody stands by: all steps run here, before anything is sent, so that answers carry the acknowledgments.</para>
/// <para>Two threads cannot hold the place: <c>_away</c> is the number of the step that the reader is in, and the end of that step is one exchange of this number
/// for <c>Present</c>. The reader makes it when it comes back, the other thread when it takes over, and it succeeds once. Numbers do not repeat, so nobody takes a
/// later step for the one that was seen.</para>
/// </remarks>
internal sealed class Reader : IFrameReceiver
{
    // What callers send sets timers of 200 ms and more. While they do, the reader looks at the timers more often than that, and need not be woken for each:
    // the answer nearly always comes first. After a second of silence it sleeps until something happens.
    private static readonly TimeSpan GlanceInterval = TimeSpan.FromMilliseconds(100), BusyTime = TimeSpan.FromSeconds(1);

    // What a thread of the pool takes to wake up on a busy machine: longer steps lose nothing there. What they spend with sending does not count: it is the
    // stack's own work, and would only quarrel with this thread about the lock.
    private static readonly TimeSpan ShortStep = TimeSpan.FromMicroseconds(100);

    // After a long step, this many go to the pool before one is tried here again.
    private const int Distrust = 64;

    // How often the thread that stands by looks, in milliseconds, and after how many looks without a step in between it sleeps until the next one.
    private const int LookInterval = 1, QuietLooks = 100;

    // Values of _away besides the number of a step.
    private const long Present = 0, Ended = -1;

    private readonly Stack _stack;
    private readonly ILink _link;
    private readonly bool _inline;
    private readonly Queue<IThreadPoolWorkItem> _callers = new(); // whose waits have ended; only the reader touches it
    private bool _stepHere; // the last of them goes on in this thread; the reader's too
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _relief = new();
    private bool _called; // guarded by _relief: the thread that stands by shall look

    // Guarded by the stack's lock.
    private bool _collecting; // the reader holds the lock: what it completes goes on when it has let go
    private Instant _asked; // not after the link was asked for frames last
    private Instant _wakeAt, _busyUntil;
    private TimeSpan _sending; // spent so far

    // Between the two threads.
    private long _steps; // run by the reader itself
    private long _away; // the step that the reader is in; whoever changes it back has the place
    private int _distrusted; // steps still to be given to the pool
    private volatile bool _standsBy, _sleeps;

    internal Reader(Stack stack, ILink link, bool inline)
    {
        _stack = stack;
        _link = link;
        _inline = inline;
    }

    /// <summary>Ends when no thread uses the link any more.</summary>
    internal Task Stopped => _stopped.Task;

    internal void Start()
    {
        Start(standBy: false);
        if (!_inline) Start(standBy: true);
    }

    /// <summary>Makes the reader look at the end that has come, the deadline that has moved.</summary>
    internal void Wake()
    {
        _link.Wake();
        CallRelief();
    }

    /// <summary>Somebody has been sending since then; under the lock.</summary>
    internal void NoteSending(Instant begin)
    {
        _busyUntil = begin + BusyTime;
        if (!_inline) _sending += _stack.Now - begin;
    }

    /// <summary>Ends the reader's sleep when it would sleep past a deadline; under the lock.</summary>
    internal void NoteDeadline()
    {
        if (_wakeAt != Instant.Zero && NextDeadline < _wakeAt) _link.Wake();
    }

    /// <summary>Lets a caller go on whose wait has ended; under the lock.</summary>
    /// <remarks>Not before this thread has let go of the lock: whoever is woken earlier waits again, for the lock.</remarks>
    internal void Continue(IThreadPoolWorkItem caller)
    {
        if (_collecting) _callers.Enqueue(caller);
        else ThreadPool.UnsafeQueueUserWorkItem(caller, preferLocal: false);
    }

    void IFrameReceiver.Receive(in FrameBatch batch, Instant now)
    {
        lock (_stack.Gate)
        {
            _collecting = true;
            _wakeAt = Instant.Zero; // awake: nobody needs to wake us
            now = _stack.Now; // callers may have sent since the link was asked: an answer to that must not seem to come before it
            for (int i = 0; i < batch.Count; i++) _stack.Net.FrameArrives(batch.Frame(i), batch.Offload(i), now);
            _stepHere = _callers.Count > 0 && MayStep();
            // What one caller alone answers carries the acknowledgment. Where several go on, or one elsewhere, the peer shall not wait for it.
            bool answersFirst = _inline || (_stepHere && _callers.Count == 1);
            if (!answersFirst) _stack.Flush(now);
            _collecting = false;
        }
    }

    private Instant NextDeadline => Instant.Min(_stack.Net.NextDeadline, _link.NextDeadline);

    private void Start(bool standBy) => new Thread(() => Run(standBy)) { IsBackground = true, Name = $"UserTcp {_link.Name}" }.Start();

    private void Run(bool standBy)
    {
        do
        {
            if (standBy && !TryTakeOver()) return;
            standBy = true;
        }
        while (!Read());
        // This is the reader, and the stack has ended: nobody uses the link any more.
        Interlocked.Exchange(ref _away, Ended);
        CallRelief();
        _stopped.SetResult();
    }

    /// <summary>Reads and lets callers go on, until the stack ends or the other thread has taken the place.</summary>
    /// <returns>Whether the stack has ended.</returns>
    private bool Read()
    {
        try
        {
            Turn turn;
            do turn = TakeTurn();
            while (turn == Turn.Done);
            if (turn == Turn.PlaceLost) return false;
        }
        catch (Exception e)
        {
            // The device is gone, or was closed under us, or a sink of the user's threw: nothing is received any more, so everybody who waits must hear.
            // An exception that left this thread would end the process.
            lock (_stack.Gate)
            {
                _collecting = false;
                _stack.End($"the link has failed: {e.Message}", new SocketException((int)SocketError.NetworkDown, e.Message));
            }
        }
        while (_callers.TryDequeue(out IThreadPoolWorkItem? caller)) ThreadPool.UnsafeQueueUserWorkItem(caller, preferLocal: false);
        return true;
    }

    private enum Turn
    {
        Done,
        PlaceLost,
        Ended,
    }

    /// <summary>One batch, then the timers: a flood must not stop them. Waits when there is nothing to do.</summary>
    private Turn TakeTurn()
    {
        bool more = _link.Receive(this, _asked);
        if (!TryRunCallers()) return Turn.PlaceLost;
        if (!TryAdvance(out TimeSpan wait)) return Turn.Ended;
        if (!TryRunCallers()) return Turn.PlaceLost;
        if (more || wait == TimeSpan.Zero) return Turn.Done;
        _link.Wait(wait);
        _asked = _stack.Now;
        return Turn.Done;
    }

    /// <summary>Handles deadlines and sends what wants to be sent.</summary>
    /// <param name="wait">How long nothing is to be done unless a frame comes.</param>
    /// <returns>False when the stack has ended.</returns>
    private bool TryAdvance(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        lock (_stack.Gate)
        {
            if (_stack.HasEnded) return false;
            _collecting = true;
            _wakeAt = Instant.Zero;
            Instant now = _stack.Now;
            // What a deadline since then waits for may have arrived: this thread can have lost its processor in between. The link is asked first.
            if (_stack.Net.NextDeadline <= _asked) _stack.Net.Advance(now);
            _asked = now;
            _stack.Flush(now);
            _collecting = false;
            _stepHere = _callers.Count > 0 && MayStep();
            if (_callers.Count > 0) return true; // what they do may bring deadlines forward
            _wakeAt = NextDeadline;
            if (now < _busyUntil) _wakeAt = Instant.Min(_wakeAt, now + GlanceInterval);
            wait = _wakeAt == Instant.Never ? Timeout.InfiniteTimeSpan : _wakeAt > now ? _wakeAt - now : TimeSpan.Zero;
            return true;
        }
    }

    /// <summary>Lets everybody go on whose wait has ended.</summary>
    /// <returns>False when the other thread has taken the place meanwhile.</returns>
    private bool TryRunCallers()
    {
        while (_callers.TryDequeue(out IThreadPoolWorkItem? caller))
        {
            if (_inline) caller.Execute();
            else if (_stepHere && _callers.Count == 0) return TryStep(caller);
            else ThreadPool.UnsafeQueueUserWorkItem(caller, preferLocal: false);
        }
        return true;
    }

    /// <summary>Whether a step may run here: somebody must be there to take over.</summary>
    private bool MayStep()
    {
        if (_distrusted > 0)
        {
            _distrusted--;
            return false;
        }
        return _standsBy;
    }

    private bool TryStep(IThreadPoolWorkItem caller)
    {
        long step = ++_steps;
        Interlocked.Exchange(ref _away, step);
        if (_sleeps) CallRelief();
        Instant left = _stack.Now;
        TimeSpan sending = _sending;
        try
        {
            caller.Execute();
        }
        catch (Exception e)
        {
            // Nobody's: it ends the process, as it would have in the pool.
            ThreadPool.UnsafeQueueUserWorkItem(static thrown => thrown.Throw(), ExceptionDispatchInfo.Capture(e), preferLocal: false);
        }
        bool isLong = _stack.Now - left - (_sending - sending) > ShortStep;
        if (Interlocked.CompareExchange(ref _away, Present, step) != step) return false;
        if (isLong) _distrusted = Distrust;
        return true;
    }

    /// <summary>Stands by until the reader has been in one step for too long.</summary>
    /// <returns>False when there is no place any more: the stack has ended.</returns>
    private bool TryTakeOver()
    {
        _standsBy = true;
        long seen = Present, steps = 0;
        for (int quiet = QuietLooks; ; quiet++)
        {
            _sleeps = quiet >= QuietLooks;
            Interlocked.MemoryBarrier(); // either the reader sees that this thread sleeps, or this one sees its step
            if (Interlocked.Read(ref _steps) != steps) (steps, quiet, _sleeps) = (_steps, 0, false);
            lock (_relief)
            {
                if (!_called) Monitor.Wait(_relief, _sleeps ? Timeout.Infinite : LookInterval);
                _called = false;
            }
            long away = Interlocked.Read(ref _away);
            if (away == Ended) return false;
            if (away != Present && (away == seen || _stack.HasEnded))
            {
                _standsBy = false; // first: the one who loses the place sets it again
                if (Interlocked.CompareExchange(ref _away, Present, away) == away)
                {
                    _distrusted = Distrust;
                    return true;
                }
                _standsBy = true;
            }
            seen = away;
        }
    }

    private void CallRelief()
    {
        lock (_relief)
        {
            _called = true;
            Monitor.Pulse(_relief);
        }
    }
}
