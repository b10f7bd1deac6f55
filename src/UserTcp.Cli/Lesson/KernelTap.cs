using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using UserTcp.Cli.Options;
using UserTcp.Link;

namespace UserTcp.Cli.Lesson;

/// <summary>Makes a TAP whose other end is the kernel's, with an address, and brings it up: what `ip tuntap add`, `ip address add` and `ip link set up` do.</summary>
/// <remarks>The lesson needs nothing but the SDK and root, and small systems come without `ip`. The TAP outlives us; it ends with its namespace.</remarks>
internal static unsafe class KernelTap
{
    // linux/if_tun.h and linux/sockios.h
    private const nuint TunSetPersist = 0x400454CB, SetFlags = 0x8914, SetAddress = 0x8916, SetNetmask = 0x891C;

    /// <summary>Makes the TAP.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">The kernel's address on it.</param>
    /// <exception cref="IOException">It cannot be made; the message says why.</exception>
    public static void Make(string name, Cidr address)
    {
        using (TapHandle tap = TapHandle.Open(name, offload: false))
            Call(tap.Tap, TunSetPersist, (void*)1, "keep the TAP");
        SwitchOffIpv6(name);
        using SafeFileHandle socket = Libc.Socket(Libc.InterNetwork, Libc.Datagram | Libc.CloseOnExec, 0);
        SetEndpoint(socket, name, SetAddress, BinaryPrimitives.ReadUInt32BigEndian(address.Address.GetAddressBytes()), "set the address of the TAP");
        SetEndpoint(socket, name, SetNetmask, uint.MaxValue << (32 - address.PrefixLength), "set the network mask of the TAP");

        Libc.InterfaceRequest up = Named(name);
        up.Flags = Libc.InterfaceUp | Libc.InterfaceRunning;
        Call(socket, SetFlags, &up, "bring up the TAP");
    }

    // The kernel would announce itself over IPv6 in the middle of the lesson. Where /proc/sys cannot be written it may.
    private static void SwitchOffIpv6(string name)
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void SetEndpoint(SafeFileHandle socket, string name, nuint request, uint bits, string what)
    {
        Libc.InterfaceRequest argument = Named(name);
        var endpoint = new Span<byte>((byte*)&argument + Libc.InterfaceRequest.NameSize, 8); // struct sockaddr_in: family, port, address
        endpoint.Clear();
        MemoryMarshal.Write(endpoint, (ushort)Libc.InterNetwork);
        BinaryPrimitives.WriteUInt32BigEndian(endpoint[4..], bits);
        Call(socket, request, &argument, what);
    }

    private static Libc.InterfaceRequest Named(string name)
    {
        Libc.InterfaceRequest request = default;
        Encoding.ASCII.GetBytes(name, new Span<byte>(request.Name, Libc.InterfaceRequest.NameSize - 1));
        return request;
    }

    private static void Call(SafeFileHandle file, nuint request, void* argument, string what)
    {
        if (Libc.Control(file, request, argument) < 0)
            throw new IOException($"cannot {what}: {Marshal.GetLastPInvokeErrorMessage()}; it takes CAP_NET_ADMIN in this network namespace");
    }
}
