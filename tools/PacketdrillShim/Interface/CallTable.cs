using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Sockets;

namespace UserTcp.PacketdrillShim.Interface;

/// <summary>The functions behind the table: from C's arguments to the machine's methods and back to a result with errno.</summary>
/// <remarks>An exception here has no caller to go to and ends the process with its message, which is what a broken stack deserves.
/// Sockets are in CallTable.Sockets.cs, bytes in CallTable.Transfer.cs, waiting in CallTable.Waiting.cs, packets and time in CallTable.Packets.cs.</remarks>
internal static unsafe partial class CallTable
{
    /// <summary>Fills the table for a machine.</summary>
    internal static void Fill(out PacketdrillInterface table, Machine machine)
    {
        table.UserData = GCHandle.ToIntPtr(GCHandle.Alloc(machine));
        table.Free = &Free;
        table.Socket = &Socket;
        table.Bind = &Bind;
        table.Listen = &Listen;
        table.Accept = &Accept;
        table.Connect = &Connect;
        table.Read = &Read;
        table.ReadVector = &ReadVector;
        table.Receive = &Receive;
        table.ReceiveFrom = &ReceiveFrom;
        table.ReceiveMessage = &ReceiveMessage;
        table.Write = &Write;
        table.WriteVector = &WriteVector;
        table.Send = &Send;
        table.SendTo = &SendTo;
        table.SendMessage = &SendMessage;
        table.DescriptorControl = &DescriptorControl;
        table.DeviceControl = &DeviceControl;
        table.Close = &Close;
        table.Shutdown = &Shutdown;
        table.GetOption = &GetOption;
        table.SetOption = &SetOption;
        table.Poll = &Poll;
        table.PacketToStack = &PacketToStack;
        table.PacketFromStack = &PacketFromStack;
        table.Sleep = &Sleep;
        table.TimeOfDay = &TimeOfDay;
        table.EpollCreate = &EpollCreate;
        table.EpollControl = &EpollControl;
        table.EpollWait = &EpollWait;
        table.Pipe = &Pipe;
        table.Splice = &Splice;
    }

    private static Machine MachineOf(nint user) => (Machine)GCHandle.FromIntPtr(user).Target!;

    /// <summary>Makes a call on the machine. Its negative results become −1 and errno.</summary>
    private static nint Call(nint user, Func<Machine, long> call)
    {
        Machine machine = MachineOf(user);
        return Finish(machine.Time.Run(() => call(machine)));
    }

    private static nint OnDescriptor(nint user, int number, Func<Descriptor, long> call)
        => Call(user, machine => machine.Descriptors.TryGet(number, out Descriptor? descriptor) ? call(descriptor) : -Errno.BadDescriptor);

    private static nint OnSocket(nint user, int number, Func<TcpSocket, long> call)
        => OnDescriptor(user, number, descriptor => descriptor is TcpSocket socket ? call(socket) : -Errno.NotASocket);

    private static nint Finish(long result)
    {
        if (result >= 0) return (nint)result;
        Marshal.SetLastSystemError((int)-result);
        return -1;
    }

    [UnmanagedCallersOnly]
    private static void Free(nint user)
    {
        MachineOf(user).Descriptors.Abandon();
        GCHandle.FromIntPtr(user).Free();
    }
}
