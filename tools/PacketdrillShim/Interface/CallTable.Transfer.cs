using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Sockets;

namespace UserTcp.PacketdrillShim.Interface;

/// <content>Bytes in and out.</content>
internal static unsafe partial class CallTable
{
    [UnmanagedCallersOnly]
    private static nint Read(nint user, int number, byte* buffer, nuint length)
        => OnDescriptor(user, number, descriptor => descriptor.Read(new(buffer, length)));

    [UnmanagedCallersOnly]
    private static nint ReadVector(nint user, int number, IoVector* vectors, int count)
        => OnDescriptor(user, number, descriptor => count < 0 ? -Errno.InvalidArgument : descriptor.Read(new(vectors, count)));

    [UnmanagedCallersOnly]
    private static nint Receive(nint user, int number, byte* buffer, nuint length, int flags)
        => OnSocket(user, number, socket => socket.Receive(new(buffer, length), (MessageFlags)flags));

    [UnmanagedCallersOnly]
    private static nint ReceiveFrom(nint user, int number, byte* buffer, nuint length, int flags, byte* address, uint* addressLength)
        => OnSocket(user, number, socket =>
        {
            if (addressLength != null) *addressLength = 0; // a stream names nobody
            return socket.Receive(new(buffer, length), (MessageFlags)flags);
        });

    [UnmanagedCallersOnly]
    private static nint ReceiveMessage(nint user, int number, MessageHeader* message, int flags)
        => OnSocket(user, number, socket =>
        {
            if (message == null) return -Errno.BadAddress;
            long result = socket.Receive(new(message->Vectors, (int)message->VectorCount), (MessageFlags)flags);
            if (result < 0) return result;
            message->NameLength = 0;
            message->Flags = 0;
            WriteQueueLength(socket, message);
            return result;
        });

    [UnmanagedCallersOnly]
    private static nint Write(nint user, int number, byte* buffer, nuint length)
        => OnDescriptor(user, number, descriptor => descriptor.Write(new(buffer, length)));

    [UnmanagedCallersOnly]
    private static nint WriteVector(nint user, int number, IoVector* vectors, int count)
        => OnDescriptor(user, number, descriptor => count < 0 ? -Errno.InvalidArgument : descriptor.Write(new(vectors, count)));

    [UnmanagedCallersOnly]
    private static nint Send(nint user, int number, byte* buffer, nuint length, int flags)
        => OnSocket(user, number, socket => socket.Send(new(buffer, length), (MessageFlags)flags));

    [UnmanagedCallersOnly]
    private static nint SendTo(nint user, int number, byte* buffer, nuint length, int flags, byte* address, uint addressLength)
        => OnSocket(user, number, socket => socket.Send(new(buffer, length), (MessageFlags)flags)); // a connected stream ignores the address

    [UnmanagedCallersOnly]
    private static nint SendMessage(nint user, int number, MessageHeader* message, int flags)
        => OnSocket(user, number, socket
            => message == null ? -Errno.BadAddress : socket.Send(new(message->Vectors, (int)message->VectorCount), (MessageFlags)flags));

    [UnmanagedCallersOnly]
    private static int Pipe(nint user, int* numbers)
        => (int)Call(user, machine =>
        {
            if (numbers == null) return -Errno.BadAddress;
            (numbers[0], numbers[1]) = machine.OpenPipe();
            return 0;
        });

    [UnmanagedCallersOnly]
    private static nint Splice(nint user, int from, long* fromOffset, int to, long* toOffset, nuint length, uint flags)
        => Call(user, machine =>
        {
            if (!machine.Descriptors.TryGet(from, out Descriptor? source) || !machine.Descriptors.TryGet(to, out Descriptor? target)) return -Errno.BadDescriptor;
            bool seeks = (fromOffset != null && *fromOffset != 0) || (toOffset != null && *toOffset != 0); // for NULL packetdrill points at a zero
            return seeks ? -Errno.IllegalSeek : Splicing.Move(source, target, checked((int)length), (SpliceFlags)flags);
        });

    // A control message of one number (TCP_CM_INQ), where the user has given room for it.
    private static void WriteQueueLength(TcpSocket socket, MessageHeader* message)
    {
        nuint size = (nuint)sizeof(ControlHeader) + sizeof(int);
        if (socket.QueueLength is not int left || message->Control == null)
        {
            message->ControlLength = 0;
            return;
        }
        if (message->ControlLength < size)
        {
            message->ControlLength = 0;
            message->Flags |= (int)MessageFlags.ControlTruncated;
            return;
        }
        *(ControlHeader*)message->Control = new() { Length = size, Level = OptionLevel.Tcp, Type = (int)TcpOption.QueueLength };
        *(int*)(message->Control + sizeof(ControlHeader)) = left;
        nuint padded = (size + (nuint)sizeof(nuint) - 1) & ~((nuint)sizeof(nuint) - 1);
        message->ControlLength = Math.Min(padded, message->ControlLength);
    }
}
