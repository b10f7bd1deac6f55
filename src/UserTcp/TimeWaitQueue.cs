namespace UserTcp;

/// <summary>The connections in TIME-WAIT, in the order in which they leave it.</summary>
/// <remarks>It lasts 2 MSL for all of them, so whoever enters it leaves last. In the <see cref="DeadlineQueue{T}"/> every other deadline would have to pass by
/// thousands that are a minute away; only what ends before others that came earlier goes there: a connection with an MSL of its own.</remarks>
internal sealed class TimeWaitQueue
{
    private readonly LinkedList<TcpSlot> _slots = new();
    private Instant _latest; // of the deadlines that are kept here

    /// <summary>How many are in TIME-WAIT.</summary>
    internal int Count => _slots.Count;

    /// <summary>When the first one leaves, or <see cref="Instant.Never"/>.</summary>
    internal Instant Earliest => _slots.First is { } first ? first.Value.Deadline : Instant.Never;

    /// <summary>The one that has waited longest.</summary>
    internal TcpSlot Oldest => _slots.First!.Value;

    /// <summary>Whether a connection is among them.</summary>
    internal static bool Contains(TcpSlot slot) => slot.TimeWait is not null;

    /// <summary>Adds a connection, or lets it begin anew when its time has changed.</summary>
    /// <returns>False when others leave later than it: its deadline belongs into the <see cref="DeadlineQueue{T}"/>.</returns>
    internal bool TryKeep(TcpSlot slot, Instant deadline)
    {
        if (slot.TimeWait is null)
        {
            slot.TimeWait = _slots.AddLast(slot);
        }
        else if (slot.QueueIndex < 0 && slot.Deadline == deadline)
        {
            return true;
        }
        else
        {
            _slots.Remove(slot.TimeWait);
            _slots.AddLast(slot.TimeWait);
        }
        if (deadline < _latest) return false;
        slot.Deadline = _latest = deadline;
        return true;
    }

    /// <summary>Forgets a connection that is in TIME-WAIT no longer.</summary>
    internal void Remove(TcpSlot slot)
    {
        if (slot.TimeWait is not { } node) return;
        _slots.Remove(node);
        slot.TimeWait = null;
    }
}
