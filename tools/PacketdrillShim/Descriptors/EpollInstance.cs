using UserTcp.PacketdrillShim.Interface;
using UserTcp.PacketdrillShim.Linux;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>What one epoll instance wants to know about one descriptor.</summary>
internal sealed class EpollWatch(EpollInstance owner, Descriptor target)
{
    private const uint EdgeTriggered = 1u << 31; // EPOLLET
    private const uint OneShot = 1u << 30; // EPOLLONESHOT
    private const uint Modes = 0xfu << 28; // the bits that are not events

    private uint _asked;
    private ulong _data;
    private bool _mayBeReady; // stands in the kernel's ready list

    internal Descriptor Target { get; } = target;

    /// <summary>EPOLL_CTL_ADD and MOD.</summary>
    internal void Arm(in EpollEvent wish)
    {
        _asked = (uint)wish.Events;
        _data = wish.Data;
        _mayBeReady = true;
    }

    /// <summary>Something has happened to the descriptor.</summary>
    internal void Wake(Readiness edge)
    {
        if ((Events & edge) == 0) return;
        _mayBeReady = true;
        owner.Notify(Readiness.Input);
    }

    /// <summary>Whether <see cref="TryCollect"/> would give something.</summary>
    internal bool IsReady => _mayBeReady && Found != 0;

    /// <summary>Gives what is ready, once or until it is no longer so.</summary>
    internal bool TryCollect(out EpollEvent found)
    {
        found = new() { Events = _mayBeReady ? Found : Readiness.None, Data = _data };
        _mayBeReady = found.Events != 0 && (_asked & (EdgeTriggered | OneShot)) == 0;
        if (found.Events == 0) return false;
        if ((_asked & OneShot) != 0) _asked &= Modes; // silent until it is armed again
        return true;
    }

    private Readiness Events => (_asked & ~Modes) == 0 ? Readiness.None : (Readiness)(_asked & ~Modes) | Readiness.Always;

    private Readiness Found => Events == 0 ? Readiness.None : Target.Readiness & Events;
}

/// <summary>An epoll instance: level- and edge-triggered watches of other descriptors.</summary>
internal sealed class EpollInstance : Descriptor
{
    private const int Add = 1, Delete = 2, Modify = 3; // EPOLL_CTL_*

    private readonly Dictionary<int, EpollWatch> _watches = [];

    /// <inheritdoc/>
    internal override Readiness Readiness => IsReady ? Readiness.Input | Readiness.NormalInput : Readiness.None;

    /// <summary>Whether there is something to tell.</summary>
    internal bool IsReady => _watches.Values.Any(watch => watch.IsReady);

    /// <summary>epoll_ctl.</summary>
    internal long Control(int operation, int number, Descriptor target, in EpollEvent wish)
    {
        if (target == this) return -Errno.InvalidArgument;
        bool known = _watches.TryGetValue(number, out EpollWatch? watch);
        switch (operation)
        {
            case Add:
                if (known) return -Errno.FileExists;
                watch = new(this, target);
                watch.Arm(wish);
                _watches.Add(number, watch);
                target.Watches.Add(watch);
                return 0;
            case Modify:
                if (!known) return -Errno.NoEntry;
                watch!.Arm(wish);
                return 0;
            case Delete:
                if (!known) return -Errno.NoEntry;
                _watches.Remove(number);
                target.Watches.Remove(watch!);
                return 0;
            default:
                return -Errno.InvalidArgument;
        }
    }

    /// <summary>A descriptor was closed.</summary>
    internal void Forget(int number) => _watches.Remove(number);

    /// <summary>Gives what is ready.</summary>
    internal int Collect(Span<EpollEvent> found)
    {
        int count = 0;
        foreach (EpollWatch watch in _watches.Values)
        {
            if (count == found.Length) break;
            if (watch.TryCollect(out EpollEvent ready)) found[count++] = ready; // what is behind the count is the user's
        }
        return count;
    }

    /// <inheritdoc/>
    internal override long Close()
    {
        foreach (EpollWatch watch in _watches.Values) watch.Target.Watches.Remove(watch);
        return 0;
    }
}
