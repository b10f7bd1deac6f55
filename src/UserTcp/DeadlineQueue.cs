namespace UserTcp;

/// <summary>Something that wants to be called at a point in time; an intrusive member of a <see cref="DeadlineQueue{T}"/>.</summary>
internal interface IDeadline
{
    /// <summary>When.</summary>
    Instant Deadline { get; set; }

    /// <summary>The place in the queue, −1 outside; the queue's alone.</summary>
    int QueueIndex { get; set; }
}

/// <summary>Deadlines in order: a binary heap whose members know their place, so that moving one costs O(log n) and no allocation.</summary>
/// <remarks>Ten thousand connections need one timer, not ten thousand: the earliest deadline is the only one the host waits for.</remarks>
internal sealed class DeadlineQueue<T>
    where T : class, IDeadline
{
    private T[] _heap = new T[16];

    /// <summary>How many have a deadline.</summary>
    internal int Count { get; private set; }

    /// <summary>The earliest deadline, or <see cref="Instant.Never"/>.</summary>
    internal Instant Earliest => Count == 0 ? Instant.Never : _heap[0].Deadline;

    /// <summary>Sets, moves or (with <see cref="Instant.Never"/>) removes a member's deadline.</summary>
    internal void Set(T item, Instant deadline)
    {
        if (item.QueueIndex < 0)
        {
            if (deadline == Instant.Never) return;
            if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
            item.Deadline = deadline;
            Place(item, Count++);
            Up(item);
        }
        else if (deadline == Instant.Never)
        {
            Remove(item);
        }
        else
        {
            Instant before = item.Deadline;
            item.Deadline = deadline;
            if (deadline < before) Up(item);
            else if (deadline > before) Down(item);
        }
    }

    /// <summary>Takes out the earliest member if its time has come.</summary>
    internal bool TryTakeDue(Instant now, out T item)
    {
        if (Count == 0 || _heap[0].Deadline > now)
        {
            item = null!;
            return false;
        }
        item = _heap[0];
        Remove(item);
        return true;
    }

    private void Remove(T item)
    {
        int at = item.QueueIndex;
        T last = _heap[--Count];
        _heap[Count] = null!;
        item.QueueIndex = -1;
        if (ReferenceEquals(last, item)) return;
        Place(last, at);
        Up(last);
        Down(last);
    }

    private void Up(T item)
    {
        int at = item.QueueIndex;
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (_heap[parent].Deadline <= item.Deadline) break;
            Place(_heap[parent], at);
            at = parent;
        }
        Place(item, at);
    }

    private void Down(T item)
    {
        int at = item.QueueIndex;
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= Count) break;
            if (child + 1 < Count && _heap[child + 1].Deadline < _heap[child].Deadline) child++;
            if (_heap[child].Deadline >= item.Deadline) break;
            Place(_heap[child], at);
            at = child;
        }
        Place(item, at);
    }

    private void Place(T item, int at)
    {
        _heap[at] = item;
        item.QueueIndex = at;
    }
}
