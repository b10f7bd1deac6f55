using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.Link;

/// <summary>The system calls a TAP needs, with the constants of Linux (asm-generic; linux/if_tun.h, linux/sockios.h).</summary>
internal static unsafe partial class Libc
{
    internal const int ReadWrite = 2, NonBlocking = 0x800, CloseOnExec = 0x80000;
    internal const int InterNetwork = 2, Datagram = 2;
    internal const short PollIn = 1;

    internal const int NotPermitted = 1, NoEntry = 2, Interrupted = 4, InputOutput = 5, NoSuchAddress = 6, Again = 11, AccessDenied = 13,
        BadAddress = 14, Busy = 16, NoDevice = 19, InvalidArgument = 22, BadState = 77, NoBuffers = 105;

    internal const uint TunSetInterface = 0x400454CA, TunSetOffload = 0x400454D0, TunSetHeaderSize = 0x400454D8;
    internal const uint GetFlags = 0x8913, GetMtu = 0x8921, GetHardwareAddress = 0x8927;

    internal const short InterfaceTap = 0x0002, InterfaceNoPacketInfo = 0x1000, InterfaceVirtioHeader = 0x4000;
    internal const short InterfaceUp = 0x0001, InterfaceRunning = 0x0040;
    internal const uint OffloadChecksum = 1, OffloadTcpV4 = 2, OffloadTcpV6 = 4;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial SafeFileHandle EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial SafeFileHandle Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(SafeFileHandle file, nuint request, void* argument);

    // The calls of the data path leave errno where it is: whoever sees a failure asks Marshal.GetLastSystemError. Keeping it costs three more calls each time.
    [LibraryImport("libc", EntryPoint = "read")]
    internal static partial nint Read(SafeFileHandle file, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    internal static partial nint Write(SafeFileHandle file, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "writev")]
    internal static partial nint WriteVector(SafeFileHandle file, IoVector* vectors, int count);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    internal static partial int Poll(PollEntry* entries, nuint count, TimeSpecification* timeout, void* signalMask);

    /// <summary>struct iovec.</summary>
    internal struct IoVector
    {
        internal void* Base;
        internal nuint Length;
    }

    /// <summary>struct timespec on a 64-bit system.</summary>
    internal struct TimeSpecification
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    /// <summary>struct pollfd.</summary>
    internal struct PollEntry
    {
        internal int File;
        internal short Events;
        internal short Returned;
    }

    /// <summary>struct ifreq: a name and what is asked of or said about it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct InterfaceRequest
    {
        internal const int NameSize = 16;

        [FieldOffset(0)] internal fixed byte Name[NameSize];
        [FieldOffset(NameSize)] internal short Flags;
        [FieldOffset(NameSize)] internal int Number;
        [FieldOffset(NameSize + 2)] internal fixed byte HardwareAddress[6];
    }
}
