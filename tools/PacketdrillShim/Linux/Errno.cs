namespace UserTcp.PacketdrillShim.Linux;

/// <summary>Linux's error numbers. Inside the shim a call returns them negated, as inside the kernel; <see cref="Interface.CallTable"/> makes −1 and errno of them.</summary>
internal static class Errno
{
    internal const int NotPermitted = 1; // EPERM
    internal const int BadDescriptor = 9; // EBADF
    internal const int TryAgain = 11; // EAGAIN, EWOULDBLOCK
    internal const int BadAddress = 14; // EFAULT
    internal const int FileExists = 17; // EEXIST
    internal const int NoEntry = 2; // ENOENT
    internal const int InvalidArgument = 22; // EINVAL
    internal const int NotATerminal = 25; // ENOTTY
    internal const int IllegalSeek = 29; // ESPIPE
    internal const int BrokenPipe = 32; // EPIPE
    internal const int Deadlock = 35; // EDEADLK
    internal const int NotASocket = 88; // ENOTSOCK
    internal const int DestinationRequired = 89; // EDESTADDRREQ
    internal const int NoProtocolOption = 92; // ENOPROTOOPT
    internal const int ProtocolNotSupported = 93; // EPROTONOSUPPORT
    internal const int NotSupported = 95; // EOPNOTSUPP
    internal const int FamilyNotSupported = 97; // EAFNOSUPPORT
    internal const int AddressInUse = 98; // EADDRINUSE
    internal const int AddressNotAvailable = 99; // EADDRNOTAVAIL
    internal const int NetworkUnreachable = 101; // ENETUNREACH
    internal const int ConnectionAborted = 103; // ECONNABORTED
    internal const int ConnectionReset = 104; // ECONNRESET
    internal const int AlreadyConnected = 106; // EISCONN
    internal const int NotConnected = 107; // ENOTCONN
    internal const int TimedOut = 110; // ETIMEDOUT
    internal const int ConnectionRefused = 111; // ECONNREFUSED
    internal const int HostUnreachable = 113; // EHOSTUNREACH
    internal const int AlreadyInProgress = 114; // EALREADY
    internal const int InProgress = 115; // EINPROGRESS
}
