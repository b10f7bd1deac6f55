using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Wire;

namespace UserTcp.PacketdrillShim.Interface;

/// <content>Packets and time.</content>
internal static unsafe partial class CallTable
{
    [UnmanagedCallersOnly]
    private static int PacketToStack(nint user, byte* packet, nuint length)
        => (int)Call(user, machine =>
        {
            machine.Port.Inject(new(packet, checked((int)length)), machine.Time.Now);
            return 0;
        });

    [UnmanagedCallersOnly]
    private static int PacketFromStack(nint user, byte* buffer, nuint* length, long* microseconds)
    {
        Machine machine = MachineOf(user);
        bool any = machine.Time.TryTakePacket(out SentPacket packet);
        if (any && (nuint)packet.Bytes.Length > *length) return (int)Finish(-Errno.InvalidArgument);
        *length = any ? (nuint)packet.Bytes.Length : 0; // 0: the stack is idle and sends nothing more by itself
        *microseconds = (any ? packet.At : machine.Time.Now).Microseconds;
        if (any) packet.Bytes.CopyTo(new Span<byte>(buffer, packet.Bytes.Length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Sleep(nint user, uint microseconds)
    {
        MachineOf(user).Time.Sleep(TimeSpan.FromMicroseconds(microseconds));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int TimeOfDay(nint user, TimeValue* time, nint zone)
    {
        *time = TimeValue.Of(MachineOf(user).Time.Ask() - Instant.Zero);
        return 0;
    }
}
