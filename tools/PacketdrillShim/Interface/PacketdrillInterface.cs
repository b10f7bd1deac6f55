using System.Runtime.InteropServices;

namespace UserTcp.PacketdrillShim.Interface;

/// <summary>The table of calls that packetdrill makes, as it lies in C: the user's pointer, which every call gets first, and the functions in this order.</summary>
/// <remarks>packetdrill calls every slot without looking: none may stay null. fcntl and ioctl are variadic in C; on Linux's 64-bit ABIs their third
/// argument lies where a plain one would.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PacketdrillInterface
{
    internal nint UserData;
    internal delegate* unmanaged<nint, void> Free;
    internal delegate* unmanaged<nint, int, int, int, int> Socket;
    internal delegate* unmanaged<nint, int, byte*, uint, int> Bind;
    internal delegate* unmanaged<nint, int, int, int> Listen;
    internal delegate* unmanaged<nint, int, byte*, uint*, int> Accept;
    internal delegate* unmanaged<nint, int, byte*, uint, int> Connect;
    internal delegate* unmanaged<nint, int, byte*, nuint, nint> Read;
    internal delegate* unmanaged<nint, int, IoVector*, int, nint> ReadVector;
    internal delegate* unmanaged<nint, int, byte*, nuint, int, nint> Receive;
    internal delegate* unmanaged<nint, int, byte*, nuint, int, byte*, uint*, nint> ReceiveFrom;
    internal delegate* unmanaged<nint, int, MessageHeader*, int, nint> ReceiveMessage;
    internal delegate* unmanaged<nint, int, byte*, nuint, nint> Write;
    internal delegate* unmanaged<nint, int, IoVector*, int, nint> WriteVector;
    internal delegate* unmanaged<nint, int, byte*, nuint, int, nint> Send;
    internal delegate* unmanaged<nint, int, byte*, nuint, int, byte*, uint, nint> SendTo;
    internal delegate* unmanaged<nint, int, MessageHeader*, int, nint> SendMessage;
    internal delegate* unmanaged<nint, int, int, nint, int> DescriptorControl;
    internal delegate* unmanaged<nint, int, nuint, nint, int> DeviceControl;
    internal delegate* unmanaged<nint, int, int> Close;
    internal delegate* unmanaged<nint, int, int, int> Shutdown;
    internal delegate* unmanaged<nint, int, int, int, byte*, uint*, int> GetOption;
    internal delegate* unmanaged<nint, int, int, int, byte*, uint, int> SetOption;
    internal delegate* unmanaged<nint, PollEntry*, nuint, int, int> Poll;
    internal delegate* unmanaged<nint, byte*, nuint, int> PacketToStack;
    internal delegate* unmanaged<nint, byte*, nuint*, long*, int> PacketFromStack;
    internal delegate* unmanaged<nint, uint, int> Sleep;
    internal delegate* unmanaged<nint, TimeValue*, nint, int> TimeOfDay;
    internal delegate* unmanaged<nint, int, int> EpollCreate;
    internal delegate* unmanaged<nint, int, int, int, EpollEvent*, int> EpollControl;
    internal delegate* unmanaged<nint, int, EpollEvent*, int, int, int> EpollWait;
    internal delegate* unmanaged<nint, int*, int> Pipe;
    internal delegate* unmanaged<nint, int, long*, int, long*, nuint, uint, nint> Splice;
}
