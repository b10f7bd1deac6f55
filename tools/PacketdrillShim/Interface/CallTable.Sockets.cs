using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.Wire;

namespace UserTcp.PacketdrillShim.Interface;

/// <content>Opening, closing and options.</content>
internal static unsafe partial class CallTable
{
    private const ushort FamilyUnspecified = 0, FamilyIpv4 = 2; // AF_UNSPEC, AF_INET
    private const int Ipv4AddressSize = 16; // struct sockaddr_in

    [UnmanagedCallersOnly]
    private static int Socket(nint user, int domain, int type, int protocol) => (int)Call(user, machine => machine.OpenSocket(domain, type, protocol));

    [UnmanagedCallersOnly]
    private static int Bind(nint user, int number, byte* address, uint length)
        => (int)OnSocket(user, number, socket => OnAddress(address, length, socket.Bind));

    [UnmanagedCallersOnly]
    private static int Listen(nint user, int number, int backlog) => (int)OnSocket(user, number, socket => socket.Listen(backlog));

    [UnmanagedCallersOnly]
    private static int Accept(nint user, int number, byte* address, uint* length)
        => (int)OnSocket(user, number, socket =>
        {
            long result = socket.Accept(out IpEndpoint remote);
            if (result >= 0) WriteAddress(remote, address, length);
            return result;
        });

    [UnmanagedCallersOnly]
    private static int Connect(nint user, int number, byte* address, uint length)
        => (int)OnSocket(user, number, socket =>
        {
            bool disconnect = address != null && length >= sizeof(ushort) && *(ushort*)address == FamilyUnspecified;
            return disconnect ? socket.Disconnect() : OnAddress(address, length, socket.Connect);
        });

    [UnmanagedCallersOnly]
    private static int Close(nint user, int number) => (int)Call(user, machine => machine.Close(number));

    [UnmanagedCallersOnly]
    private static int Shutdown(nint user, int number, int how) => (int)OnSocket(user, number, socket => socket.Shutdown(how));

    [UnmanagedCallersOnly]
    private static int SetOption(nint user, int number, int level, int name, byte* value, uint length)
        => (int)OnSocket(user, number, socket => socket.SetOption(level, name, new(value, length)));

    [UnmanagedCallersOnly]
    private static int GetOption(nint user, int number, int level, int name, byte* value, uint* length)
        => (int)OnSocket(user, number, socket =>
        {
            if (length == null) return -Errno.BadAddress;
            UserMemory memory = new(value, *length);
            if (memory.IsBad) return -Errno.BadAddress;
            long result = socket.GetOption(level, name, out byte[] bytes);
            if (result == 0) *length = (uint)memory.Scatter(bytes.AsSpan(0, Math.Min(bytes.Length, memory.Length)));
            return result;
        });

    [UnmanagedCallersOnly]
    private static int DescriptorControl(nint user, int number, int command, nint argument)
        => (int)OnDescriptor(user, number, descriptor =>
        {
            switch (command)
            {
                case DescriptorCommand.GetStatusFlags:
                    return descriptor.StatusFlags;
                case DescriptorCommand.SetStatusFlags:
                    descriptor.NonBlocking = (argument & OpenFlags.NonBlocking) != 0; // the access mode cannot be changed
                    return 0;
                case DescriptorCommand.GetDescriptorFlags or DescriptorCommand.SetDescriptorFlags:
                    return 0;
                default:
                    return -Errno.InvalidArgument;
            }
        });

    [UnmanagedCallersOnly]
    private static int DeviceControl(nint user, int number, nuint request, nint argument)
        => (int)OnDescriptor(user, number, descriptor =>
        {
            UserMemory memory = new((void*)argument, sizeof(int));
            if (request != IoRequest.NonBlocking) return descriptor.Control((uint)request, memory);
            if (memory.IsBad) return -Errno.BadAddress;
            descriptor.NonBlocking = *(int*)argument != 0;
            return 0;
        });

    private static long OnAddress(byte* address, uint length, Func<IpEndpoint, long> call)
    {
        if (address == null) return -Errno.BadAddress;
        if (length < Ipv4AddressSize) return -Errno.InvalidArgument;
        ReadOnlySpan<byte> bytes = new(address, Ipv4AddressSize);
        if (BitConverter.ToUInt16(bytes) != FamilyIpv4) return -Errno.FamilyNotSupported;
        return call(new(IpAddress.ReadV4(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])));
    }

    private static void WriteAddress(IpEndpoint endpoint, byte* address, uint* length)
    {
        if (address == null || length == null) return;
        Span<byte> bytes = stackalloc byte[Ipv4AddressSize];
        bytes.Clear();
        BitConverter.TryWriteBytes(bytes, FamilyIpv4);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], endpoint.Port);
        endpoint.Address.WriteV4(bytes[4..]);
        bytes[..(int)Math.Min(*length, Ipv4AddressSize)].CopyTo(new(address, Ipv4AddressSize));
        *length = Ipv4AddressSize;
    }
}
