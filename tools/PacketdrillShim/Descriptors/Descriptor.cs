using UserTcp.PacketdrillShim.Linux;

namespace UserTcp.PacketdrillShim.Descriptors;

/// <summary>Something open that a number stands for.</summary>
internal abstract class Descriptor
{
    /// <summary>Whoever wants to hear of <see cref="Notify"/>: the watches of epoll instances.</summary>
    internal List<EpollWatch> Watches { get; } = [];

    /// <summary>O_NONBLOCK and what else F_SETFL has set.</summary>
    internal int StatusFlags { get; set; } = OpenFlags.ReadWrite;

    /// <summary>Calls return EAGAIN instead of waiting.</summary>
    internal bool NonBlocking
    {
        get => (StatusFlags & OpenFlags.NonBlocking) != 0;
        set => StatusFlags = value ? StatusFlags | OpenFlags.NonBlocking : StatusFlags & ~OpenFlags.NonBlocking;
    }

    /// <summary>What can be done now without waiting.</summary>
    internal abstract Readiness Readiness { get; }

    /// <summary>Takes bytes out.</summary>
    internal virtual long Read(UserMemory memory) => -Errno.InvalidArgument;

    /// <summary>Puts bytes in.</summary>
    internal virtual long Write(UserMemory memory) => -Errno.InvalidArgument;

    /// <summary>ioctl, of which FIONBIO is everybody's.</summary>
    internal virtual long Control(uint request, UserMemory argument) => -Errno.NotATerminal;

    /// <summary>The number has been closed.</summary>
    internal abstract long Close();

    /// <summary>Looks after every change whether someone waits for what has become true.</summary>
    internal virtual void Review()
    {
    }

    /// <summary>Tells the watches that something may have become possible: the edge of edge-triggered epoll.</summary>
    internal void Notify(Readiness edge)
    {
        foreach (EpollWatch watch in Watches) watch.Wake(edge);
    }
}
