using System.Runtime.InteropServices;
using UserTcp.PacketdrillShim.Linux;

namespace UserTcp.PacketdrillShim.Interface;

/// <summary>struct iovec: a piece of the user's memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    internal byte* Base;
    internal nuint Length;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    internal byte* Name;
    internal uint NameLength;
    internal IoVector* Vectors;
    internal nuint VectorCount;
    internal byte* Control;
    internal nuint ControlLength;
    internal int Flags;
}

/// <summary>struct cmsghdr: what stands in front of each control message.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    internal nuint Length;
    internal int Level;
    internal int Type;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    internal int Descriptor;
    internal short Asked;
    internal short Found;
}

/// <summary>struct epoll_event, packed as on x86-64.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct EpollEvent
{
    internal Readiness Events;
    internal ulong Data;
}

/// <summary>struct timeval.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeValue
{
    internal long Seconds;
    internal long Microseconds;

    /// <summary>The span it stands for.</summary>
    internal readonly TimeSpan Span => TimeSpan.FromSeconds(Seconds) + TimeSpan.FromMicroseconds(Microseconds);

    /// <summary>Writes a span.</summary>
    internal static TimeValue Of(TimeSpan span) => new() { Seconds = span.Ticks / TimeSpan.TicksPerSecond, Microseconds = span.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond };
}
