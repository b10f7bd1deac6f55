using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;

namespace UserTcp.PacketdrillShim.Interface;

/// <content>poll and epoll.</content>
internal static unsafe partial class CallTable
{
    [UnmanagedCallersOnly]
    private static int Poll(nint user, PollEntry* entries, nuint count, int timeout)
        => (int)Call(user, machine =>
        {
            if (entries == null && count > 0) return -Errno.BadAddress;
            int found = Look(machine, entries, (int)count);
            if (found > 0 || timeout == 0) return found;
            machine.Time.Wait(() => Look(machine, entries, (int)count) > 0, DeadlineAfter(machine, timeout));
            return Look(machine, entries, (int)count);
        });

    [UnmanagedCallersOnly]
    private static int EpollCreate(nint user, int size)
        => (int)Call(user, machine => size > 0 ? machine.Descriptors.Add(new EpollInstance()) : -Errno.InvalidArgument);

    [UnmanagedCallersOnly]
    private static int EpollControl(nint user, int epoll, int operation, int number, EpollEvent* wish)
        => (int)Call(user, machine =>
        {
            if (!machine.Descriptors.TryGet(epoll, out Descriptor? descriptor) || !machine.Descriptors.TryGet(number, out Descriptor? target)) return -Errno.BadDescriptor;
            return descriptor is EpollInstance instance ? instance.Control(operation, number, target, wish == null ? default : *wish) : -Errno.InvalidArgument;
        });

    [UnmanagedCallersOnly]
    private static int EpollWait(nint user, int epoll, EpollEvent* events, int most, int timeout)
        => (int)OnDescriptor(user, epoll, descriptor =>
        {
            if (descriptor is not EpollInstance instance || most <= 0) return -Errno.InvalidArgument;
            if (events == null) return -Errno.BadAddress;
            Machine machine = MachineOf(user);
            if (timeout != 0) machine.Time.Wait(() => instance.IsReady, DeadlineAfter(machine, timeout));
            return instance.Collect(new(events, most));
        });

    private static int Look(Machine machine, PollEntry* entries, int count)
    {
        int found = 0;
        for (int i = 0; i < count; i++)
        {
            PollEntry* entry = entries + i;
            Readiness ready = Readiness.None;
            if (entry->Descriptor >= 0)
            {
                ready = machine.Descriptors.TryGet(entry->Descriptor, out Descriptor? descriptor)
                    ? descriptor.Readiness & ((Readiness)(ushort)entry->Asked | Readiness.Always)
                    : Readiness.InvalidDescriptor;
            }
            entry->Found = (short)ready;
            if (ready != Readiness.None) found++;
        }
        return found;
    }

    private static Instant DeadlineAfter(Machine machine, int milliseconds)
        => milliseconds < 0 ? Instant.Never : machine.Time.Now + TimeSpan.FromMilliseconds(milliseconds);
}
