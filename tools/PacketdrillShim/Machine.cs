using UserTcp.Host;
using UserTcp.PacketdrillShim.Descriptors;
using UserTcp.PacketdrillShim.Linux;
using UserTcp.PacketdrillShim.Sockets;
using UserTcp.PacketdrillShim.Time;
using UserTcp.PacketdrillShim.Wire;

namespace UserTcp.PacketdrillShim;

/// <summary>Everything that one run of a script needs: a stack, a clock, open descriptors. Nothing is shared between two of them.</summary>
internal sealed class Machine
{
    // The same script gives the same packets each time.
    private const ulong Seed = 1;

    private readonly ShimFlags _flags;

    internal Machine(ShimFlags flags)
    {
        _flags = flags;
        Port = new(RandomBits.Seeded(Seed));
        Time = new(Port, Review);
    }

    /// <summary>The stack's packets.</summary>
    internal StackPort Port { get; }

    /// <summary>The clock, and the gate that every call passes.</summary>
    internal VirtualTime Time { get; }

    /// <summary>What is open.</summary>
    internal DescriptorTable Descriptors { get; } = new();

    /// <summary>socket: the sysctls are read anew, so that a script can set them in between.</summary>
    internal long OpenSocket(int domain, int type, int protocol)
    {
        const int Ipv4 = 2, Stream = 1, TypeMask = 0xf, Tcp = 6;
        if (domain != Ipv4) return -Errno.FamilyNotSupported;
        if ((type & TypeMask) != Stream || protocol is not (0 or Tcp)) return -Errno.ProtocolNotSupported;
        TcpSocket socket = new(this, new(Sysctls.Read(_flags.SysctlsPath))) { NonBlocking = (type & OpenFlags.NonBlocking) != 0 };
        return Descriptors.Add(socket);
    }

    /// <summary>close.</summary>
    internal long Close(int number)
    {
        if (!Descriptors.Remove(number, out Descriptor? descriptor)) return -Errno.BadDescriptor;
        foreach (Descriptor other in Descriptors.Open)
        {
            if (other is EpollInstance epoll) epoll.Forget(number);
        }
        return descriptor.Close();
    }

    /// <summary>pipe.</summary>
    internal (int Reader, int Writer) OpenPipe()
    {
        PipeContents contents = new();
        return (Descriptors.Add(new PipeEnd(contents, isWriter: false)), Descriptors.Add(new PipeEnd(contents, isWriter: true)));
    }

    private void Review()
    {
        foreach (Descriptor descriptor in Descriptors.Open) descriptor.Review();
    }
}
